package mobilesdk_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"lantoa/mobile-sdk"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile/sample"
)

// BenchmarkAttach measures what the person waits for when a photo of 12 megapixels is captured: without its copies, which
// are made afterwards.
func BenchmarkAttach(b *testing.B) {
	file := filepath.Join(b.TempDir(), "12mp.jpg")
	if err := os.WriteFile(file, sample.JPEG(sample.Options{Width: 4000, Height: 3000, Quality: 90}), 0o600); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%d bytes", info.Size())
	for name, c := range map[string]struct {
		pin  string
		keep mobilesdk.Keep
	}{"copy": {"", mobilesdk.KeepCopy}, "sealed copy": {"2468", mobilesdk.KeepCopy}, "reference": {"", mobilesdk.KeepReference}} {
		b.Run(name, func(b *testing.B) {
			e, err := mobilesdk.Open(context.Background(), mobilesdk.Config{Path: filepath.Join(b.TempDir(), "phone.db"), PIN: c.pin})
			if err != nil {
				b.Fatal(err)
			}
			defer e.Close()
			var took []time.Duration
			for b.Loop() {
				started := time.Now()
				if _, err := e.AttachFile(context.Background(), "", nil, mobilesdk.File{Path: file, Keep: c.keep}); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(started))
				b.StopTimer() // the person takes a breath; the copies are made
				for making := 1; making > 0; {
					list, err := e.Media(context.Background(), 0, 1)
					if err != nil {
						b.Fatal(err)
					}
					making = list.Making
					time.Sleep(time.Millisecond)
				}
				b.StartTimer()
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
		})
	}
}

// BenchmarkCopies measures how long the copies of that photo take.
func BenchmarkCopies(b *testing.B) {
	l := newLab(b)
	d := newDepot(b, l)
	file := filepath.Join(b.TempDir(), "12mp.jpg")
	l.must(os.WriteFile(file, sample.JPEG(sample.Options{Width: 4000, Height: 3000, Quality: 90}), 0o600))
	p := d.phone("Lan", syncproto.RoleVolunteer)
	for b.Loop() {
		p.attach("", mobilesdk.File{Path: file, Keep: mobilesdk.KeepReference})
		for making := 1; making > 0; {
			list, err := p.Media(context.Background(), 0, 1)
			l.must(err)
			making = list.Making
			time.Sleep(time.Millisecond)
		}
	}
}
