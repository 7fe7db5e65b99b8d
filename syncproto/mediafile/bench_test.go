package mediafile_test

import (
	"bytes"
	"io"
	"testing"

	"lantoa/syncproto/mediafile"
	"lantoa/syncproto/mediafile/sample"
)

// BenchmarkStrip takes a photo of twelve megapixels apart and copies it.
func BenchmarkStrip(b *testing.B) {
	photo := sample.JPEG(sample.Options{Width: 4032, Height: 3024, Seed: 1, Orientation: 6, Lat: 21, Lon: 105, Quality: 90})
	b.SetBytes(int64(len(photo)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := mediafile.Strip(io.Discard, bytes.NewReader(photo), int64(len(photo))); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSniff(b *testing.B) {
	film := sample.MP4(sample.Options{Width: 1920, Height: 1080, Seed: 1})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := mediafile.Sniff(bytes.NewReader(film), int64(len(film))); err != nil {
			b.Fatal(err)
		}
	}
}
