package picture_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"lantoa/syncproto/picture"
)

const twelveX, twelveY = 4032, 3024 // the usual 12 megapixels

// TestMain is also the fresh process of measure: a peak can only be told in a process that did nothing else.
func TestMain(m *testing.M) {
	if path := os.Getenv("PICTURE_MEASURE"); path != "" {
		measured(path, os.Getenv("PICTURE_BARE") != "")
		return
	}
	os.Exit(m.Run())
}

func measured(path string, bare bool) {
	started := time.Now()
	f, err := os.Open(path)
	if err == nil {
		if bare {
			_, err = jpeg.Decode(bufio.NewReader(f))
		} else {
			info, _ := f.Stat()
			_, err = (picture.Copier{}).Copies(context.Background(), f, info.Size(), 6)
		}
	}
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	took := time.Since(started)
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "VmHWM:") {
			var kib int
			_, _ = fmt.Sscanf(line, "VmHWM: %d", &kib)
			fmt.Printf("%d %d\n", kib, took.Microseconds())
		}
	}
}

// measure runs a fresh process over a file and returns its peak in MiB and its milliseconds.
func measure(t testing.TB, path string, bare bool) (peak, took float64) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "PICTURE_MEASURE="+path)
	if bare {
		cmd.Env = append(cmd.Env, "PICTURE_BARE=1")
	}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var kib, micros float64
	if _, err := fmt.Sscan(string(out), &kib, &micros); err != nil {
		t.Fatalf("%v: %q", err, out)
	}
	return kib / 1024, micros / 1000
}

// twelveMegapixels writes the two photos that are measured.
func twelveMegapixels(t testing.TB) (baseline, progressive string) {
	t.Helper()
	m := photo(twelveX, twelveY, 1, 12)
	baseline, progressive = filepath.Join(t.TempDir(), "b.jpg"), filepath.Join(t.TempDir(), "p.jpg")
	files := map[string][]byte{
		baseline: encodeJPEG(t, m, 90),
		progressive: writeJPEG(jpegSpec{
			width: twelveX, height: twelveY, sampling: [][2]int{{2, 2}, {1, 1}, {1, 1}}, progressive: true, adobe: -1, quant: 8,
			sample: func(c, x, y int) byte {
				if c == 0 {
					return m.Y[y*m.YStride+x]
				}
				return [][]byte{m.Cb, m.Cr}[c-1][y/2*m.CStride+x/2]
			},
		}),
	}
	for path, data := range files {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return baseline, progressive
}

// TestPeakMemory holds the aim: at most 96 MiB for a photo of 12 megapixels, and little more than the decoder alone.
func TestPeakMemory(t *testing.T) {
	if runtime.GOOS != "linux" || testing.Short() {
		t.Skip("the peak is read from Linux's /proc, without the race detector's own memory")
	}
	baseline, progressive := twelveMegapixels(t)
	for name, path := range map[string]string{"baseline": baseline, "progressive": progressive} {
		peak, _ := measure(t, path, false)
		bare, _ := measure(t, path, true)
		t.Logf("%s: %.0f MiB, the decoder alone %.0f MiB", name, peak, bare)
		if limit := map[string]float64{"baseline": 96, "progressive": 160}[name]; peak > limit {
			t.Errorf("%s: peak of %.0f MiB, the aim is %.0f", name, peak, limit)
		}
	}
}

// BenchmarkFresh measures whole processes: their peak, and both peak and time as multiples of a bare jpeg.Decode.
func BenchmarkFresh(b *testing.B) {
	if runtime.GOOS != "linux" {
		b.Skip("the peak is read from Linux's /proc")
	}
	baseline, progressive := twelveMegapixels(b)
	for _, c := range []struct{ name, path string }{{"baseline", baseline}, {"progressive", progressive}} {
		b.Run(c.name, func(b *testing.B) {
			var peak, took, barePeak, bareTook float64
			for b.Loop() {
				p, t := measure(b, c.path, false)
				bp, bt := measure(b, c.path, true)
				peak, took, barePeak, bareTook = max(peak, p), took+t, max(barePeak, bp), bareTook+bt
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(peak, "peak-MiB")
			b.ReportMetric(peak/barePeak, "peak/bare")
			b.ReportMetric(took/float64(b.N), "ms")
			b.ReportMetric(took/bareTook, "time/bare")
		})
	}
}

// BenchmarkCopies measures pictures one after another in one process.
func BenchmarkCopies(b *testing.B) {
	baseline, _ := twelveMegapixels(b)
	data, err := os.ReadFile(baseline)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := (picture.Copier{}).Copies(context.Background(), bytes.NewReader(data), int64(len(data)), 1); err != nil {
			b.Fatal(err)
		}
	}
}
