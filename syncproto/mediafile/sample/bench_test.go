package sample_test

import (
	"testing"

	"lantoa/syncproto/mediafile/sample"
)

// BenchmarkJPEG makes a photo of twelve megapixels.
func BenchmarkJPEG(b *testing.B) {
	o := hanoi
	o.Width, o.Height, o.Quality, o.Tail = 4032, 3024, 90, false
	for b.Loop() {
		b.ReportMetric(float64(len(sample.JPEG(o))), "file-bytes")
	}
}
