package picture_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"
)

// noise is a photo that was never taken: value noise in seven octaves, which has the spectrum of a landscape, and a
// fine grain like that of a cheap sensor.
type noise struct {
	lattice [3][64][64]float32
	grain   float32
}

func newNoise(seed uint64, grain float32) *noise {
	rnd, n := rand.New(rand.NewPCG(seed, 7)), &noise{grain: grain}
	for c := range n.lattice {
		for y := range 64 {
			for x := range 64 {
				n.lattice[c][y][x] = rnd.Float32() - 0.5
			}
		}
	}
	return n
}

// at returns luma (0) or chroma (1, 2) at a point.
func (n *noise) at(c, x, y int) byte {
	octaves, period, amplitude, sum := 7, 1024, float32(150), float32(128)
	if c > 0 {
		octaves, amplitude = 3, 60
	}
	for o := range octaves {
		fx, fy := float32(x)/float32(period), float32(y)/float32(period)
		x0, y0 := int(fx), int(fy)
		fx, fy = fx-float32(x0), fy-float32(y0)
		p := func(dx, dy int) float32 { return n.lattice[c][(y0+dy+11*o)&63][(x0+dx+17*o)&63] }
		sum += amplitude * ((p(0, 0)*(1-fx)+p(1, 0)*fx)*(1-fy) + (p(0, 1)*(1-fx)+p(1, 1)*fx)*fy)
		period, amplitude = max(1, period/2), amplitude*0.6
	}
	if n.grain > 0 && c == 0 {
		h := uint32(x)*0x9E3779B1 ^ uint32(y)*0x85EBCA77
		h = (h ^ h>>15) * 0x2C1B3C6D
		sum += n.grain * (float32(h>>16)/65535 - 0.5)
	}
	return byte(min(max(sum, 0), 255))
}

// photo draws noise as planes of 4:2:0.
func photo(width, height int, seed uint64, grain float32) *image.YCbCr {
	m, n := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420), newNoise(seed, grain)
	for y := range height {
		for x := range width {
			m.Y[y*m.YStride+x] = n.at(0, x, y)
		}
	}
	for i := range m.Cb {
		x, y := 2*(i%m.CStride), 2*(i/m.CStride)
		m.Cb[i], m.Cr[i] = n.at(1, x, y), n.at(2, x, y)
	}
	return m
}

func encodeJPEG(t testing.TB, m image.Image, quality int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// psnr compares two pictures by luma, in decibels.
func psnr(t testing.TB, got, want image.Image) float64 {
	t.Helper()
	if got.Bounds().Size() != want.Bounds().Size() {
		t.Fatalf("the sizes differ: %v and %v", got.Bounds(), want.Bounds())
	}
	var sum float64
	b := got.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			g := color.GrayModel.Convert(got.At(b.Min.X+x, b.Min.Y+y)).(color.Gray)
			w := color.GrayModel.Convert(want.At(want.Bounds().Min.X+x, want.Bounds().Min.Y+y)).(color.Gray)
			d := float64(g.Y) - float64(w.Y)
			sum += d * d
		}
	}
	if sum == 0 {
		return math.Inf(1)
	}
	return 10 * math.Log10(255*255*float64(b.Dx()*b.Dy())/sum)
}

func decodeJPEG(t testing.TB, data []byte) image.Image {
	t.Helper()
	m, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("a copy does not decode: %v", err)
	}
	return m
}
