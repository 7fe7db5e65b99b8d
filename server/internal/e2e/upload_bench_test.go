package e2e

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/valyala/fasthttp"

	"lantoa/server/internal/app"
	"lantoa/syncproto"
)

const benchFile = 200 << 20

// benchData is a file that no run had before: what the server has it does not take again.
func benchData() []byte {
	data := make([]byte, benchFile)
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], rand.Uint64())
	rand.NewChaCha8(key).Read(data)
	return data
}

// stir makes another file of it.
func stir(data []byte) { binary.LittleEndian.PutUint64(data, rand.Uint64()) }

// BenchmarkUpload holds the upload of a long file against a handler that does nothing but write the same bytes to the
// same disk, in turns. Both have them durable when they answer.
func BenchmarkUpload(b *testing.B) {
	y := benchYard(b)
	data := benchData()
	phone := newBringer(b, y.URL(), benchCode(b, y), data)
	bare := serveBare(b, b.TempDir())
	b.SetBytes(benchFile)
	var ours, theirs []time.Duration
	for b.Loop() {
		b.StopTimer()
		stir(data)
		phone.announce(data)
		path := phone.create()
		settle()
		theirs = append(theirs, timed(func() { put(b, bare, data) }))
		settle()
		b.StartTimer()
		ours = append(ours, timed(func() { phone.must("PATCH", path, data, http.StatusNoContent, "Upload-Offset", "0") }))
		b.StopTimer()
		phone.looked()
		b.StartTimer()
	}
	report(b, ours, theirs, 0.8)
}

// BenchmarkUploadToS3 holds the way of a long file into a bucket, receipt included, against one multipart put of the
// client library.
func BenchmarkUploadToS3(b *testing.B) {
	gateway := newGateway(b)
	y := benchYard(b, func(c *app.Config) { gateway.use(c, "") })
	data := benchData()
	phone := newBringer(b, y.URL(), benchCode(b, y), data)
	client := gateway.client()
	b.SetBytes(benchFile)
	var ours, theirs []time.Duration
	for b.Loop() {
		b.StopTimer()
		stir(data)
		phone.announce(data)
		path := phone.create()
		settle()
		theirs = append(theirs, timed(func() {
			_, err := client.PutObject(background, gatewayBucket, "bare", bytes.NewReader(data), benchFile, minio.PutObjectOptions{PartSize: 8 << 20})
			if err != nil {
				b.Fatal(err)
			}
		}))
		settle()
		b.StartTimer()
		ours = append(ours, timed(func() {
			phone.must("PATCH", path, data, http.StatusNoContent, "Upload-Offset", "0")
			for phone.ask().State == syncproto.MediaChecking {
				time.Sleep(5 * time.Millisecond)
			}
		}))
		b.StopTimer()
		phone.looked()
		b.StartTimer()
	}
	report(b, ours, theirs, 0.8)
}

// BenchmarkSlowUploads measures what each of 300 phones costs that send a little now and then.
func BenchmarkSlowUploads(b *testing.B) {
	const phones = 300
	for b.Loop() {
		v := &victim{t: b, data: filepath.Join(b.TempDir(), "data"), address: "127.0.0.1:0"}
		v.start()
		data := benchData()[:1<<20]
		var uploads []func() net.Conn
		for _, code := range v.codes[:2] { // one person may have 200 open
			phone := newBringer(b, "http://"+v.address, code, data)
			for range phones / 2 {
				stir(data)
				phone.announce(data)
				path := phone.create()
				uploads = append(uploads, func() net.Conn { return phone.dribble(path) })
			}
		}
		before := residentOf(b, v.cmd.Process.Pid, "VmRSS")
		var conns []net.Conn
		for _, begin := range uploads {
			conns = append(conns, begin())
		}
		for range 20 {
			for _, c := range conns {
				if _, err := c.Write(data[:1024]); err != nil {
					b.Fatal(err)
				}
			}
			time.Sleep(20 * time.Millisecond)
		}
		each := (residentOf(b, v.cmd.Process.Pid, "VmRSS") - before) / phones
		b.ReportMetric(float64(each)/1024, "KiB/upload")
		if each > 64<<10 {
			b.Errorf("a slow upload takes %d KiB, want at most 64", each>>10)
		}
		for _, c := range conns {
			c.Close()
		}
		v.kill()
	}
}

// BenchmarkUploadMemory measures how much a server grows by one long file.
func BenchmarkUploadMemory(b *testing.B) { growth(b, "") }

// BenchmarkUploadMemoryToS3 measures it for a server whose files are in a bucket, until the file is there.
func BenchmarkUploadMemoryToS3(b *testing.B) {
	gateway := newGateway(b)
	var cfg app.Config
	gateway.use(&cfg, "")
	growth(b, cfg.S3)
}

func growth(b *testing.B, bucket string) {
	data := benchData()
	for b.Loop() {
		v := &victim{t: b, data: filepath.Join(b.TempDir(), "data"), address: "127.0.0.1:0", bucket: bucket}
		v.start()
		stir(data)
		phone := newBringer(b, "http://"+v.address, v.codes[0], data)
		path := phone.create()
		before := residentOf(b, v.cmd.Process.Pid, "VmRSS")
		phone.must("PATCH", path, data, http.StatusNoContent, "Upload-Offset", "0")
		for phone.ask().State == syncproto.MediaChecking {
			time.Sleep(5 * time.Millisecond)
		}
		grown := residentOf(b, v.cmd.Process.Pid, "VmHWM") - before
		b.ReportMetric(float64(grown)/(1<<20), "MiB-grown")
		b.ReportMetric(float64(before)/(1<<20), "MiB-before")
		if grown > 32<<20 {
			b.Errorf("the server grew by %d MiB, want at most 32", grown>>20)
		}
		v.kill()
	}
}

func benchYard(b *testing.B, change ...func(*app.Config)) *app.Server {
	b.Helper()
	cfg := app.Config{Data: filepath.Join(b.TempDir(), "data"), Listen: "127.0.0.1:0", MinFree: -1, MediaQuota: 1 << 40}
	for _, c := range change {
		c(&cfg)
	}
	s, err := app.Start(background, cfg)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

func benchCode(b *testing.B, s *app.Server) string {
	y := &yard{t: b, s: s}
	return y.code(syncproto.RoleVolunteer, "Lan")
}

// looked waits until the server has nothing to do with the file any more.
func (b *bringer) looked() {
	b.t.Helper()
	for st := b.ask(); st.State != syncproto.MediaRefused; st = b.ask() {
		time.Sleep(5 * time.Millisecond)
	}
}

// dribble begins a request on a connection of its own and leaves it open.
func (b *bringer) dribble(path string) net.Conn {
	b.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(b.url, "http://"))
	if err != nil {
		b.t.Fatal(err)
	}
	fmt.Fprintf(conn, "PATCH %s HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer %s\r\nTus-Resumable: 1.0.0\r\n"+
		"Content-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\nContent-Length: %d\r\n\r\n", path, b.token, len(b.data))
	return conn
}

// serveBare writes bodies to a file, makes them durable, and answers.
func serveBare(b *testing.B, dir string) (url string) {
	b.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &fasthttp.Server{StreamRequestBody: true, MaxRequestBodySize: 1, Handler: func(ctx *fasthttp.RequestCtx) {
		file, err := os.Create(filepath.Join(dir, "bare"))
		if err == nil {
			buf := make([]byte, 128<<10)
			_, err = io.CopyBuffer(struct{ io.Writer }{file}, struct{ io.Reader }{ctx.RequestBodyStream()}, buf)
		}
		if err == nil {
			err = file.Sync()
		}
		file.Close()
		os.Remove(file.Name())
		if err != nil {
			ctx.Error(err.Error(), http.StatusInternalServerError)
		}
	}}
	go func() { _ = server.Serve(ln) }()
	b.Cleanup(func() { _ = server.Shutdown() })
	return "http://" + ln.Addr().String()
}

func put(b *testing.B, url string, data []byte) {
	b.Helper()
	req, err := http.NewRequestWithContext(background, "PUT", url, bytes.NewReader(data))
	if err != nil {
		b.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		b.Fatalf("got %d", resp.StatusCode)
	}
}

func timed(work func()) time.Duration {
	start := time.Now()
	work()
	return time.Since(start)
}

// settle lets the work before not count for the work behind.
func settle() { runtime.GC() }

// report holds the lower quartiles of runs that took turns against each other: what else runs on a machine makes a run
// slower and never faster.
func report(b *testing.B, ours, theirs []time.Duration, least float64) {
	b.Helper()
	quartile := func(all []time.Duration) float64 {
		slices.Sort(all)
		return all[len(all)/4].Seconds()
	}
	mine, other := quartile(ours), quartile(theirs)
	b.ReportMetric(benchFile/mine/1e6, "MB/s-ours")
	b.ReportMetric(benchFile/other/1e6, "MB/s-bare")
	b.ReportMetric(other/mine, "ratio")
	if len(ours) > 2 && other/mine < least {
		b.Errorf("%.2f of the bare speed, want %.2f; %.0f against %.0f MB/s", other/mine, least, benchFile/mine/1e6, benchFile/other/1e6)
	}
}

// residentOf reads a process's memory from the system.
func residentOf(b *testing.B, pid int, what string) int64 {
	b.Helper()
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		b.Skip("the memory of a process cannot be read here")
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, what+":"); ok {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err != nil {
				b.Fatal(err)
			}
			return n << 10
		}
	}
	b.Fatalf("no %s", what)
	return 0
}
