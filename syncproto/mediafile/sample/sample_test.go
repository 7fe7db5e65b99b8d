package sample_test

import (
	"bytes"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	"image/png"
	"testing"
	"time"

	"lantoa/syncproto/mediafile/sample"
)

var hanoi = sample.Options{
	Width: 200, Height: 120, Seed: 1, Orientation: 6, Lat: 21.0285, Lon: 105.8542, Tail: true,
	Taken: time.Date(2026, 11, 22, 7, 30, 0, 0, time.FixedZone("", 7*3600)),
}

func TestSamples(t *testing.T) {
	for name, make := range sample.All {
		t.Run(name, func(t *testing.T) {
			b := make(hanoi)
			if !bytes.Equal(b, make(hanoi)) {
				t.Error("the same options give other bytes")
			}
			if !sample.HasPosition(b) {
				t.Error("no position in it")
			}
			bare := hanoi
			bare.Bare, bare.Tail = true, false
			if sample.HasPosition(make(bare)) {
				t.Error("a position in a bare file")
			}
			nowhere := hanoi
			nowhere.Lat, nowhere.Lon = 0, 0
			if sample.HasPosition(make(nowhere)) {
				t.Error("a position in a file of nowhere")
			}
			if name == ".jpg" || name == ".png" || name == ".gif" {
				img, _, err := image.Decode(bytes.NewReader(b))
				if err != nil || img.Bounds() != image.Rect(0, 0, 200, 120) {
					t.Errorf("decoded: %v", err)
				}
			}
		})
	}
}

func TestPNGBomb(t *testing.T) {
	b := sample.PNGBomb(1500, 1200)
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil || img.Bounds() != image.Rect(0, 0, 1500, 1200) {
		t.Fatalf("a small bomb does not decode: %v", err)
	}
	huge := sample.PNGBomb(30000, 30000)
	c, err := png.DecodeConfig(bytes.NewReader(huge))
	if err != nil || c.Width != 30000 || len(huge) > 8<<20 {
		t.Fatalf("%d bytes, %v, %v", len(huge), c, err)
	}
	t.Logf("30000 × 30000 in %d bytes", len(huge))
}
