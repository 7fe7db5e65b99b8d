package picture_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"strings"
	"testing"

	"github.com/galdor/go-thumbhash"

	"lantoa/syncproto/picture"
)

var (
	red   = color.RGBA{R: 220, G: 30, B: 30, A: 255}
	green = color.RGBA{R: 20, G: 160, B: 40, A: 255}
	blue  = color.RGBA{R: 30, G: 40, B: 200, A: 255}
	white = color.RGBA{R: 255, G: 255, B: 255, A: 255}
)

// copies makes copies of a file and checks what holds for every one of them.
func copies(t *testing.T, file []byte, orientation int) picture.Result {
	t.Helper()
	r, err := (picture.Copier{}).Copies(context.Background(), bytes.NewReader(file), int64(len(file)), orientation)
	if err != nil {
		t.Fatalf("Copies: %v", err)
	}
	checkCopy(t, "thumbnail", r, r.Thumbnail, picture.ThumbnailSide, picture.ThumbnailBytes)
	if r.Display.JPEG == nil {
		if len(file) > picture.DisplayBytes || orientation > 1 || r.Display.Width != r.Width || r.Display.Height != r.Height {
			t.Errorf("no display copy of %d bytes, %d×%d px", len(file), r.Width, r.Height)
		}
	} else {
		checkCopy(t, "display", r, r.Display, picture.DisplaySide, picture.DisplayBytes)
	}
	if n := len(r.Thumbhash); n < 5 || n > 25 {
		t.Errorf("a thumbhash of %d bytes", n)
	}
	return r
}

func checkCopy(t *testing.T, name string, r picture.Result, c picture.Copy, side, ceiling int) {
	t.Helper()
	m := decodeJPEG(t, c.JPEG)
	if b := m.Bounds(); b.Dx() != c.Width || b.Dy() != c.Height {
		t.Errorf("%s: %v px, the result says %d×%d", name, b, c.Width, c.Height)
	}
	if max(c.Width, c.Height) > side || len(c.JPEG) > ceiling || c.Width > r.Width || c.Height > r.Height {
		t.Errorf("%s: %d×%d px of %d×%d, %d bytes", name, c.Width, c.Height, r.Width, r.Height, len(c.JPEG))
	}
	// Only quantisation, frame, codes and scan: nothing that could hold metadata.
	for at := 2; c.JPEG[at+1] != 0xDA; at += 2 + int(binary.BigEndian.Uint16(c.JPEG[at+2:])) {
		switch c.JPEG[at+1] {
		case 0xDB, 0xC0, 0xC4:
		default:
			t.Fatalf("%s: segment %X", name, c.JPEG[at+1])
		}
	}
}

// wantColour checks the pixel at a fraction of the width and the height.
func wantColour(t *testing.T, m image.Image, fx, fy float64, want color.RGBA) {
	t.Helper()
	b := m.Bounds()
	got := color.RGBAModel.Convert(m.At(int(fx*float64(b.Dx())), int(fy*float64(b.Dy())))).(color.RGBA)
	far := func(a, b byte) bool { return max(a, b)-min(a, b) > 12 }
	if far(got.R, want.R) || far(got.G, want.G) || far(got.B, want.B) {
		t.Errorf("at %.2f, %.2f: got %v, want %v", fx, fy, got, want)
	}
}

// corners is what a viewer shall see: red and green above, blue and white below.
func corners(fx, fy float64) color.RGBA {
	return [2][2]color.RGBA{{red, green}, {blue, white}}[int(2*fy)][int(2*fx)]
}

// The EXIF standard says for each orientation which side of the picture the file's first row is, and which its first
// column.
var exifSides = [9][2]string{
	1: {"top", "left"},
	2: {"top", "right"},
	3: {"bottom", "right"},
	4: {"bottom", "left"},
	5: {"left", "top"},
	6: {"right", "top"},
	7: {"right", "bottom"},
	8: {"left", "bottom"},
}

// visual returns where a file's sample is seen, both as fractions.
func visual(orientation int, column, row float64) (x, y float64) {
	for i, along := range []float64{row, column} {
		switch exifSides[orientation][i] {
		case "top":
			y = along
		case "bottom":
			y = 1 - along
		case "left":
			x = along
		case "right":
			x = 1 - along
		}
	}
	return x, y
}

func TestOrientations(t *testing.T) {
	for orientation := 1; orientation <= 8; orientation++ {
		for _, size := range []image.Point{{2101, 300}, {301, 201}} {
			t.Run(fmt.Sprintf("%d of %v", orientation, size), func(t *testing.T) {
				stored := image.NewRGBA(image.Rectangle{Max: size})
				for row := range size.Y {
					for column := range size.X {
						x, y := visual(orientation, (float64(column)+0.5)/float64(size.X), (float64(row)+0.5)/float64(size.Y))
						stored.SetRGBA(column, row, corners(min(x, 0.999), min(y, 0.999)))
					}
				}
				r := copies(t, encodeJPEG(t, stored, 95), orientation)
				want := size
				if orientation >= 5 {
					want = image.Pt(size.Y, size.X)
				}
				if r.Width != want.X || r.Height != want.Y {
					t.Errorf("upright %d×%d, want %v", r.Width, r.Height, want)
				}
				for _, c := range []picture.Copy{r.Thumbnail, r.Display} {
					m := decodeJPEG(t, c.JPEG)
					for _, fx := range []float64{0.01, 0.3, 0.7, 0.98} {
						for _, fy := range []float64{0.01, 0.3, 0.7, 0.98} {
							wantColour(t, m, fx, fy, corners(fx, fy))
						}
					}
				}
			})
		}
	}
}

func TestUnknownOrientationMeansUpright(t *testing.T) {
	file := encodeJPEG(t, photo(300, 200, 1, 0), 90)
	want := copies(t, file, 1)
	for _, orientation := range []int{-1, 0, 9, 1 << 30} {
		if got := copies(t, file, orientation); got.Width != 300 || !bytes.Equal(got.Thumbnail.JPEG, want.Thumbnail.JPEG) {
			t.Errorf("orientation %d turns the picture", orientation)
		}
	}
}

// TestCeilings gives the encoder what it can compress least.
func TestCeilings(t *testing.T) {
	for _, c := range []struct {
		name  string
		size  image.Point
		grain float32
	}{
		{"12 megapixels of noise", image.Pt(twelveX, twelveY), 600},
		{"noise that need not shrink for the screen", image.Pt(2048, 2048), 600},
		{"noise that need not shrink for the list", image.Pt(320, 320), 600},
	} {
		t.Run(c.name, func(t *testing.T) {
			if testing.Short() && c.size.X > 1000 {
				return // megapixels of noise take a minute under the race detector
			}
			r := copies(t, encodeJPEG(t, photo(c.size.X, c.size.Y, 2, c.grain), 95), 1)
			t.Logf("thumbnail %d×%d, %d bytes; display %d×%d, %d bytes", r.Thumbnail.Width, r.Thumbnail.Height,
				len(r.Thumbnail.JPEG), r.Display.Width, r.Display.Height, len(r.Display.JPEG))
			if r.Thumbnail.Width < 200 || r.Display.JPEG != nil && r.Display.Width < min(c.size.X, 1000) {
				t.Error("the copies are smaller than they need be")
			}
		})
	}
}

func TestOddSizes(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {1, 5000}, {7000, 3}, {2, 2}, {3, 3}, {2049, 1}, {321, 320}, {65535, 2}, {1, 65535}, {2101, 499}} {
		t.Run(size.String(), func(t *testing.T) {
			m := image.NewRGBA(image.Rectangle{Max: size})
			for i := range m.Pix {
				m.Pix[i] = []byte{red.R, red.G, red.B, red.A}[i%4]
			}
			for _, file := range [][]byte{encodeJPEG(t, m, 90), encodePNG(t, m)} {
				for _, orientation := range []int{1, 6} {
					r := copies(t, file, orientation)
					if max(r.Thumbnail.Width, r.Thumbnail.Height) != min(max(size.X, size.Y), 320) {
						t.Errorf("a thumbnail of %d×%d px", r.Thumbnail.Width, r.Thumbnail.Height)
					}
					wantColour(t, decodeJPEG(t, r.Thumbnail.JPEG), 0, 0, red)
				}
			}
		})
	}
}

func encodePNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestTransparencyLiesOnWhite draws red on the left of what is transparent.
func TestTransparencyLiesOnWhite(t *testing.T) {
	bounds := image.Rect(0, 0, 400, 200)
	left := image.Rect(0, 0, 200, 200)
	alpha, deep := image.NewNRGBA(bounds), image.NewNRGBA64(bounds)
	palette := color.Palette{color.NRGBA{}, red}
	indexed, small := image.NewPaletted(bounds, palette), image.NewPaletted(left, palette)
	for y := range 200 {
		for x := range 200 {
			alpha.Set(x, y, red)
			deep.Set(x, y, red)
			indexed.Set(x, y, red)
			small.Set(x, y, red)
		}
	}
	var whole, part bytes.Buffer
	if err := gif.Encode(&whole, indexed, nil); err != nil {
		t.Fatal(err)
	}
	second := image.NewPaletted(bounds, color.Palette{blue})
	animation := gif.GIF{
		Image: []*image.Paletted{small, second}, Delay: []int{1, 1},
		Config: image.Config{ColorModel: palette, Width: 400, Height: 200},
	}
	if err := gif.EncodeAll(&part, &animation); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{
		"PNG": encodePNG(t, alpha), "16-bit PNG": encodePNG(t, deep), "palette PNG": encodePNG(t, indexed),
		"GIF": whole.Bytes(), "GIF whose first frame is smaller": part.Bytes(),
		"WebP": unbase64(t, webpLossless), "lossy WebP": unbase64(t, webpAlpha), "opaque lossy WebP": unbase64(t, webpLossy),
	} {
		t.Run(name, func(t *testing.T) {
			r := copies(t, file, 3) // upside down, so red comes to the right
			m := decodeJPEG(t, r.Thumbnail.JPEG)
			wantColour(t, m, 0.25, 0.5, white)
			wantColour(t, m, 0.75, 0.5, color.RGBA{R: 224, G: 32, B: 32, A: 255})
			if r.Width != 2*r.Height {
				t.Errorf("%d×%d px", r.Width, r.Height)
			}
		})
	}
}

// Pictures of 40×20 px by libwebp 1.2.4: the left half is #E02020; the right is white or transparent.
const (
	webpLossy    = "UklGRmoAAABXRUJQVlA4IF4AAADwAwCdASooABQAPm0skkWkIqGYBABABsSgDGboAyv8CVI97wF2mSAAAP7u09/+47A3Xi3/+5wP+7J//bJ/6yf+7YUsHozSmrI92//7eY9yY3v/7eY9ykUjlDpAsAAA"
	webpAlpha    = "UklGRpgAAABXRUJQVlA4WAoAAAAQAAAAJwAAEwAAQUxQSBQAAAABDzD/ERFCIEA48F9rQEBE/6OEPVZQOCBeAAAAkAMAnQEqKAAUAD5tLJJFpCKhmAQAQAbEoAxm6AMr/AmGbcYsAAD+7tPf/uOwN14t//ucD/uyf/2yf+tn/iz//9aH1U4ovkpFB8m/9vMe5Mb3/9vMe5SKRyhMr8AAAA=="
	webpLossless = "UklGRigAAABXRUJQVlA4TBwAAAAvJ8AEEA8wIAM+IPMf8BAIEA781xoQENH/KGEP"
	webpAnimated = "UklGRsAAAABXRUJQVlA4WAoAAAACAAAADwAADwAAQU5JTQYAAAD/////AABBTk1GSAAAAAAAAAAAAA8AAA8AAGQAAAJWUDggMAAAANABAJ0BKhAAEAACADQloAJ0ugH4AAOwAP7wxAv/ILlhdcjX/yA/5Af8gP/48gAAAEFOTUZEAAAAAAAAAAAADwAADwAAZAAAAFZQOCAsAAAAlAEAnQEqEAAQAAAANCWgAnS6AAOYAP75k2//kB//kB//kB//ID/iF3sgMAA="
)

func unbase64(t testing.TB, text string) []byte {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestEveryJPEG compares the thumbnail of every dialect with an average of what the decoder gives.
func TestEveryJPEG(t *testing.T) {
	const width, height = 400, 263
	n := newNoise(3, 10)
	luma := func(c, x, y int) byte { return n.at(c, x, y) }
	for _, c := range []struct {
		name     string
		sampling [][2]int
		ids      string
		adobe    int
	}{
		{"4:4:4", [][2]int{{1, 1}, {1, 1}, {1, 1}}, "", -1},
		{"4:2:2", [][2]int{{2, 1}, {1, 1}, {1, 1}}, "", -1},
		{"4:2:0", [][2]int{{2, 2}, {1, 1}, {1, 1}}, "", -1},
		{"4:4:0", [][2]int{{1, 2}, {1, 1}, {1, 1}}, "", -1},
		{"4:1:1", [][2]int{{4, 1}, {1, 1}, {1, 1}}, "", -1},
		{"4:1:0", [][2]int{{4, 2}, {1, 1}, {1, 1}}, "", -1},
		{"grey", [][2]int{{1, 1}}, "", -1},
		{"RGB by names", [][2]int{{1, 1}, {1, 1}, {1, 1}}, "RGB", -1},
		{"RGB by Adobe", [][2]int{{1, 1}, {1, 1}, {1, 1}}, "", 0},
		{"CMYK", [][2]int{{1, 1}, {1, 1}, {1, 1}, {1, 1}}, "", 0},
		{"YCCK", [][2]int{{1, 1}, {1, 1}, {1, 1}, {1, 1}}, "", 2},
	} {
		for _, progressive := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s progressive %v", c.name, progressive), func(t *testing.T) {
				file := writeJPEG(jpegSpec{
					width: width, height: height, sampling: c.sampling, ids: c.ids, progressive: progressive, adobe: c.adobe,
					quant: 4, sample: func(c, x, y int) byte { return luma(c%3, x, y) },
				})
				r := copies(t, file, 1)
				want := areaAverage(decodeJPEG(t, file), 320, 210)
				if got := psnr(t, decodeJPEG(t, r.Thumbnail.JPEG), want); got < 35 {
					t.Errorf("%.1f dB against the average of areas, want 35", got)
				}
			})
		}
	}
}

// areaAverage is the plain way: the mean of all samples that a pixel covers, in floating point.
func areaAverage(m image.Image, width, height int) image.Image {
	b, out := m.Bounds(), image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			var sum [3]float64
			x0, x1 := float64(x)*float64(b.Dx())/float64(width), float64(x+1)*float64(b.Dx())/float64(width)
			y0, y1 := float64(y)*float64(b.Dy())/float64(height), float64(y+1)*float64(b.Dy())/float64(height)
			for sy := int(y0); float64(sy) < y1; sy++ {
				for sx := int(x0); float64(sx) < x1; sx++ {
					weight := (min(x1, float64(sx+1)) - max(x0, float64(sx))) * (min(y1, float64(sy+1)) - max(y0, float64(sy)))
					r, g, bl, _ := m.At(b.Min.X+sx, b.Min.Y+sy).RGBA()
					sum[0], sum[1], sum[2] = sum[0]+weight*float64(r), sum[1]+weight*float64(g), sum[2]+weight*float64(bl)
				}
			}
			area := (x1 - x0) * (y1 - y0) * 257
			out.SetRGBA(x, y, color.RGBA{byte(sum[0]/area + .5), byte(sum[1]/area + .5), byte(sum[2]/area + .5), 255})
		}
	}
	return out
}

// TestDisplayQuality holds the display copy of a synthetic photo to 35 dB.
func TestDisplayQuality(t *testing.T) {
	file := encodeJPEG(t, photo(2201, 1001, 4, 4), 92)
	r := copies(t, file, 1)
	got := psnr(t, decodeJPEG(t, r.Display.JPEG), areaAverage(decodeJPEG(t, file), r.Display.Width, r.Display.Height))
	t.Logf("%d×%d px, %d bytes, %.1f dB", r.Display.Width, r.Display.Height, len(r.Display.JPEG), got)
	if got < 35 {
		t.Errorf("%.1f dB against the average of areas, want 35", got)
	}
}

func TestThumbhashIsOfTheUprightPicture(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 400, 200))
	for i := range 400 * 200 {
		m.SetRGBA(i%400, i/400, blue)
	}
	r := copies(t, encodeJPEG(t, m, 90), 6)
	shown, err := thumbhash.DecodeImage(r.Thumbhash)
	if err != nil {
		t.Fatal(err)
	}
	if b := shown.Bounds(); b.Dx() >= b.Dy() {
		t.Errorf("the hash shows %v, the picture stands upright", b)
	}
	wantColour(t, shown, 0.5, 0.5, blue)
}

// TestSmallOriginalServesItself holds the rule of Result.Display from both sides.
func TestSmallOriginalServesItself(t *testing.T) {
	m := photo(640, 480, 5, 8)
	squeezed, fine := encodeJPEG(t, m, 40), encodeJPEG(t, m, 97)
	if r := copies(t, squeezed, 1); r.Display.JPEG != nil || r.Display.Width != 640 || r.Display.Height != 480 {
		t.Errorf("a display copy of %d bytes of an original of %d", len(r.Display.JPEG), len(squeezed))
	}
	if r := copies(t, squeezed, 6); r.Display.JPEG == nil {
		t.Error("an original that lies on its side is to be shown as it is")
	}
	if r := copies(t, fine, 1); len(r.Display.JPEG) == 0 || len(r.Display.JPEG) >= len(fine) {
		t.Errorf("a display copy of %d bytes of an original of %d", len(r.Display.JPEG), len(fine))
	}
}

func TestSameBytesEveryTime(t *testing.T) {
	file := encodeJPEG(t, photo(2500, 900, 6, 8), 90)
	first, second := copies(t, file, 5), copies(t, file, 5)
	if !bytes.Equal(first.Display.JPEG, second.Display.JPEG) || !bytes.Equal(first.Thumbnail.JPEG, second.Thumbnail.JPEG) {
		t.Error("two runs differ")
	}
	if strings.Contains(string(first.Display.JPEG), "Exif") {
		t.Error("a copy holds EXIF")
	}
}
