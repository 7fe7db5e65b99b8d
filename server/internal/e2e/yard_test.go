package e2e

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/server/internal/app"
	"lantoa/server/internal/enroll"
	"lantoa/storage"
	"lantoa/storage/dirblob"
	"lantoa/syncproto"
)

// yard is the whole product on loopback: a server with its data directory, and phones.
type yard struct {
	t   testing.TB
	cfg app.Config
	s   *app.Server
	at  string // where it is, if another process serves; "" for s
}

// newYard starts a server. The disk of a test machine may be nearly full: that is not what is tested, unless asked for.
func newYard(t testing.TB, change ...func(*app.Config)) *yard {
	t.Helper()
	y := &yard{t: t, cfg: app.Config{Data: filepath.Join(t.TempDir(), "data"), Listen: "127.0.0.1:0", MinFree: -1, Grace: 5 * time.Second}}
	for _, c := range change {
		c(&y.cfg)
	}
	y.start()
	t.Cleanup(y.stop)
	return y
}

func (y *yard) start() {
	y.t.Helper()
	s, err := app.Start(background, y.cfg)
	if err != nil {
		y.t.Fatal(err)
	}
	y.s = s
	y.cfg.Listen = s.Addr().String() // comes back where it was
}

func (y *yard) stop() {
	if y.s == nil {
		return
	}
	if err := y.s.Close(); err != nil {
		y.t.Errorf("close the server: %v", err)
	}
	y.s = nil
}

// address is where the server listens.
func (y *yard) address() string {
	if y.at != "" {
		return y.at
	}
	return y.s.Addr().String()
}

// code makes an enrollment code.
func (y *yard) code(role syncproto.Role, name string) string {
	y.t.Helper()
	c, err := y.s.Enroll().Issue(background, enroll.Invitation{Unit: y.s.Root().ID, Role: role, Name: name})
	if err != nil {
		y.t.Fatal(err)
	}
	return c.Code
}

// handset is a phone that carries files.
type handset struct {
	*mobilesdk.Engine
	t   testing.TB
	dir string
}

// phone enrolls a new person's phone at an address, on a network that costs nothing.
func (y *yard) phone(url string, role syncproto.Role, name string, change ...func(*mobilesdk.Config)) *handset {
	y.t.Helper()
	h := &handset{t: y.t, dir: y.t.TempDir()}
	cfg := mobilesdk.Config{Path: filepath.Join(h.dir, "phone.db"), Transport: mobilesdk.NewHTTPTransport()}
	for _, c := range change {
		c(&cfg)
	}
	e, err := mobilesdk.Open(background, cfg)
	if err != nil {
		y.t.Fatal(err)
	}
	y.t.Cleanup(func() { e.Close() })
	h.Engine = e
	if err := e.Enroll(background, url, y.code(role, name)); err != nil {
		y.t.Fatal(err)
	}
	if err := e.SetNetwork(mobilesdk.NetworkWifi); err != nil {
		y.t.Fatal(err)
	}
	return h
}

func (h *handset) sync() {
	h.t.Helper()
	if _, err := h.Sync(background); err != nil {
		h.t.Fatalf("sync: %v", err)
	}
}

// recording attaches a sound recording of a size, made from a seed: no small copies are made of it, so what travels is
// exactly its bytes.
func (h *handset) recording(seed uint64, size int64) (record syncproto.ID, blob storage.BlobID) {
	h.t.Helper()
	path := filepath.Join(h.dir, "rec-"+strconv.FormatUint(seed, 10)+".wav")
	blob = writeRecording(h.t, path, seed, size)
	record, err := h.AttachFile(background, "", nil, mobilesdk.File{Path: path, Keep: mobilesdk.KeepReference})
	if err != nil {
		h.t.Fatal(err)
	}
	return record, blob
}

// writeRecording writes a WAV of noise.
func writeRecording(t testing.TB, path string, seed uint64, size int64) (blob storage.BlobID) {
	t.Helper()
	head := make([]byte, 44)
	copy(head, "RIFF....WAVEfmt ")
	binary.LittleEndian.PutUint32(head[4:], uint32(size-8))
	copy(head[16:], []byte{16, 0, 0, 0, 1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x80, 0x3e, 0, 0, 2, 0, 16, 0})
	copy(head[36:], "data")
	binary.LittleEndian.PutUint32(head[40:], uint32(size-44))
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.New()
	out := bufio.NewWriterSize(io.MultiWriter(file, sum), 1<<20)
	_, err = out.Write(head)
	if err == nil {
		_, err = io.CopyN(out, rand.NewChaCha8(key), size-44)
	}
	if err == nil {
		err = out.Flush()
	}
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return storage.BlobID(sum.Sum(nil))
}

// view reads from the server's database.
func (y *yard) view(fn func(r storage.Reader) error) {
	y.t.Helper()
	if err := y.s.Store().View(background, fn); err != nil {
		y.t.Fatal(err)
	}
}

// state is how far a file is on the server: that of its row, or "" if there is none.
func (y *yard) state(blob storage.BlobID) (state storage.MediaState) {
	y.t.Helper()
	y.view(func(r storage.Reader) error {
		m, err := r.Media(blob)
		if err == nil {
			state = m.State
		}
		if syncproto.CodeOf(err) == syncproto.CodeNotFound {
			return nil
		}
		return err
	})
	return state
}

// waitFor waits for something that happens by itself, and reports whether it did.
func waitFor(limit time.Duration, done func() bool) bool {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	end := time.Now().Add(limit)
	for !done() {
		if time.Now().After(end) {
			return false
		}
		<-tick.C
	}
	return true
}

// until waits for something that must happen.
func until(t testing.TB, limit time.Duration, what string, done func() bool) {
	t.Helper()
	if !waitFor(limit, done) {
		t.Fatalf("%s: not within %s", what, limit)
	}
}

// kept waits until a file is stored and was looked at.
func (y *yard) kept(limit time.Duration, blobs ...storage.BlobID) {
	y.t.Helper()
	for _, blob := range blobs {
		until(y.t, limit, "file "+blob.String()[:8]+" stored", func() bool {
			state := y.state(blob)
			return state == storage.MediaReady || state == storage.MediaRefused
		})
		if state := y.state(blob); state != storage.MediaReady {
			y.t.Errorf("file %s is %s", blob.String()[:8], state)
		}
	}
}

// stored waits until a file has its receipt. It may have to wait yet to be looked at: that makes a copy, which takes room.
func (y *yard) stored(limit time.Duration, blob storage.BlobID) {
	y.t.Helper()
	until(y.t, limit, "file "+blob.String()[:8]+" stored", func() bool {
		state := y.state(blob)
		return state == storage.MediaWaiting || state == storage.MediaReady
	})
}

// figures are the server's own counters, by name with labels.
func (y *yard) figures() map[string]float64 {
	y.t.Helper()
	answer, err := http.Get("http://" + y.address() + "/metrics")
	if err != nil {
		y.t.Fatal(err)
	}
	defer answer.Body.Close()
	out := map[string]float64{}
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), " ")
		if n, err := strconv.ParseFloat(value, 64); ok && err == nil {
			out[name] = n
		}
	}
	return out
}

// noFaults fails for every answer that says that the server was at fault.
func (y *yard) noFaults() {
	y.t.Helper()
	for name, n := range y.figures() {
		if strings.HasPrefix(name, "lantoa_requests_total{") && strings.Contains(name, `status="5`) && n > 0 {
			y.t.Errorf("%s %g", name, n)
		}
	}
}

// nothingLeft checks that no upload is open, no request brings bytes and the spool is empty.
func (y *yard) nothingLeft() {
	y.t.Helper()
	until(y.t, time.Minute, "requests ended", func() bool { return y.figures()["lantoa_uploads_open"] == 0 })
	y.view(func(r storage.Reader) error {
		list, err := r.Uploads("", 1000)
		for i := range list {
			if u := &list[i]; u.State != storage.UploadStored || u.Offset != u.Size || u.Remote != "" {
				y.t.Errorf("an upload is left: %s at %d of %d", u.State, u.Offset, u.Size)
			}
		}
		return err
	})
	for _, name := range []string{"spool", "work"} {
		left, err := os.ReadDir(filepath.Join(y.cfg.Data, name))
		if err != nil && !os.IsNotExist(err) {
			y.t.Fatal(err)
		}
		for _, entry := range left {
			y.t.Errorf("%s/%s is left", name, entry.Name())
		}
	}
}

// wantBlob reads a blob from the store itself and hashes it.
func wantBlob(t testing.TB, blobs storage.Blobs, id storage.BlobID, size int64) {
	t.Helper()
	r, err := blobs.Get(background, id, 0, -1)
	if err != nil {
		t.Errorf("read blob: %v", err)
		return
	}
	defer r.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, r)
	if err != nil || n != size || storage.BlobID(sum.Sum(nil)) != id {
		t.Errorf("the stored bytes are others: %d of %d, %v", n, size, err)
	}
}

// directory opens the server's folder of media; the server need not be closed for reading.
func (y *yard) directory() storage.Blobs {
	y.t.Helper()
	blobs, err := dirblob.Open(background, filepath.Join(y.cfg.Data, "media"), dirblob.Options{})
	if err != nil {
		y.t.Fatal(err)
	}
	y.t.Cleanup(func() { blobs.Close() })
	return blobs
}

// carry sends files until the server has all of them whole, however often the link breaks. Whatever the phone would wait
// before it tries again it does not wait here.
func (h *handset) carry(limit time.Duration) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(background, limit)
	defer cancel()
	for {
		_, err := h.SendMedia(ctx)
		if h.unsent() == 0 {
			return
		}
		if ctx.Err() != nil {
			h.t.Fatalf("files are not there within %s: %v", limit, err)
		}
		if err := h.RetryMedia(background, ""); err != nil {
			h.t.Fatal(err)
		}
	}
}

// unsent counts the files that have not come to the server whole.
func (h *handset) unsent() (n int) {
	h.t.Helper()
	list, err := h.Media(background, 0, 500)
	if err != nil {
		h.t.Fatal(err)
	}
	for i := range list.Items {
		switch list.Items[i].State {
		case mobilesdk.FileChecking, mobilesdk.FileReceived, mobilesdk.FileFreed:
		case mobilesdk.FileParked:
			h.t.Fatalf("a file is parked: %s", list.Items[i].Code)
		default:
			n++
		}
	}
	return n
}

// text captures a story and submits it.
func (h *handset) text(title string) syncproto.ID {
	h.t.Helper()
	id, err := h.Create(background, syncproto.KindStory, "", syncproto.Fields{"title": syncproto.Text(title)})
	if err == nil {
		err = h.Command(background, id, syncproto.CommandSubmit, "")
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

// wantCode checks why the newest file waits.
func (h *handset) wantCode(code syncproto.Code) {
	h.t.Helper()
	list, err := h.Media(background, 0, 1)
	if err != nil {
		h.t.Fatal(err)
	}
	if got := list.Items[0]; got.Code != code {
		h.t.Errorf("the file is %s with %q, want %q", got.State, got.Code, code)
	}
}
