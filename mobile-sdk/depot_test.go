package mobilesdk_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"lantoa/mobile-sdk"
	"lantoa/mobile-sdk/internal/hook"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile/sample"
)

// depot is a small server of files in front of the lab's server of records: it keeps every byte that arrives, hashes
// what is whole, and is as bad as a test asks.
type depot struct {
	t   testing.TB
	l   *lab
	url string

	mu       sync.Mutex
	holds    map[syncproto.MediaItem]*held
	log      []string // "PATCH display", in the order in which requests ended
	received int64    // bytes of bodies
	asks     int

	stall time.Duration // of phones that are opened from now on

	cut      func(item syncproto.MediaItem, at int64) int64 // bytes after which a body's connection is cut; < 0 never
	refuse   func(method string, item syncproto.MediaItem) (status int, code syncproto.Code)
	deny     bool              // asks are answered with need, whatever is there
	slow     func(bytes int64) // called while a body comes
	entered  func(r *http.Request)
	checking bool // what is whole stays checking
	down     bool
	away     bool // files are given at another address, to whoever has that

	orphans map[string][]byte // by hash: files that lie in its store and are nobody's, since it was restored
	silent  bool              // its store does not answer
}

// held is one file as the depot has it.
type held struct {
	id    syncproto.ID
	item  syncproto.MediaItem
	file  syncproto.MediaFile
	bytes []byte
	turn  int // of the request that may write: a newer one takes over
	whole bool
}

func newDepot(t testing.TB, l *lab) *depot {
	d := &depot{t: t, l: l, holds: map[syncproto.MediaItem]*held{}, stall: 2 * time.Second}
	records := l.recordHandler()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		down, entered := d.down, d.entered
		d.mu.Unlock()
		if entered != nil {
			entered(r)
		}
		if down {
			panic(http.ErrAbortHandler)
		}
		switch {
		case r.URL.Path == "/v1/media/ask":
			d.ask(w, r)
		case strings.HasPrefix(r.URL.Path, "/v1/uploads"):
			d.upload(w, r)
		case strings.HasPrefix(r.URL.Path, "/v1/media/"):
			d.serve(w, r)
		default:
			records.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(s.Close)
	d.url = s.URL
	return d
}

func (d *depot) set(change func(*depot)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(d)
}

// announced returns what the server's record says of a file.
func (d *depot) announced(item syncproto.MediaItem) (syncproto.MediaFile, bool) {
	d.l.mu.Lock()
	defer d.l.mu.Unlock()
	entry := d.l.server.State().Records[item.Record]
	if entry == nil {
		return syncproto.MediaFile{}, false
	}
	media, ok := syncproto.MediaOf(entry.Record)
	if !ok || entry.Record.Deleted {
		return syncproto.MediaFile{}, false
	}
	return media.File(item.Lane)
}

// arrive writes into the record what the depot has of it.
func (d *depot) arrive(record syncproto.ID) {
	original, ok := d.announced(syncproto.MediaItem{Record: record, Lane: syncproto.LaneOriginal})
	if !ok {
		return
	}
	a := syncproto.Arrived{Of: original.SHA256, Lanes: map[syncproto.Lane]syncproto.Arrival{}}
	for item, h := range d.holds {
		if item.Record == record && h.whole {
			a.Lanes[item.Lane] = syncproto.ArrivalStored
			if d.checking {
				a.Lanes[item.Lane] = syncproto.ArrivalChecking
			}
		}
	}
	d.l.mu.Lock()
	defer d.l.mu.Unlock()
	if d.l.server.State().Records[record].Record.Fields[syncproto.ArrivedField] != a.Value() {
		d.l.server.Arrive(record, a.Value())
	}
}

func (d *depot) ask(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	question, err := syncproto.DecodeMediaAsk(unpacked(r, body))
	if err != nil {
		refuse(w, 400, syncproto.CodeOf(err))
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asks++
	d.log = append(d.log, "ask "+strconv.Itoa(len(question.Items)))
	answer := &syncproto.MediaAnswer{}
	for _, item := range question.Items {
		status := syncproto.MediaStatus{MediaItem: item, State: syncproto.MediaNeed}
		file, ok := d.announced(item)
		h := d.holds[item]
		switch {
		case !ok:
			status.State, status.Code = syncproto.MediaRefused, syncproto.CodeRecordMissing
		case d.deny || h == nil || h.file != file:
		case h.whole && d.checking:
			status.State = syncproto.MediaChecking
		case h.whole:
			status.State = syncproto.MediaStored
			d.arrive(item.Record) // a record that says otherwise is set right
		default:
			status.State, status.Upload, status.Offset = syncproto.MediaReceiving, h.id, int64(len(h.bytes))
		}
		answer.Items = append(answer.Items, status)
	}
	w.Write(syncproto.AppendMediaAnswer(nil, answer))
}

func refuse(w http.ResponseWriter, status int, code syncproto.Code) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"code":%q}`, code)
}

func (d *depot) upload(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Tus-Resumable") != "1.0.0" {
		refuse(w, http.StatusPreconditionFailed, syncproto.CodeUploadVersion)
		return
	}
	d.mu.Lock()
	h, status, code := d.find(r)
	var cutAfter int64 = -1
	if h != nil {
		if d.refuse != nil {
			if s, c := d.refuse(r.Method, h.item); s != 0 {
				status, code = s, c
			}
		}
		if d.cut != nil && status == 0 {
			cutAfter = d.cut(h.item, int64(len(h.bytes)))
		}
	}
	slow := d.slow
	d.mu.Unlock()
	if status != 0 {
		io.Copy(io.Discard, r.Body)
		refuse(w, status, code)
		return
	}
	whole := d.take(h, r, cutAfter, slow)
	d.mu.Lock()
	d.log = append(d.log, r.Method+" "+string(h.item.Lane))
	d.mu.Unlock()
	if !whole {
		panic(http.ErrAbortHandler)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if !h.whole && int64(len(h.bytes)) == h.file.Size {
		if sum := sha256.Sum256(h.bytes); hex.EncodeToString(sum[:]) != h.file.SHA256 {
			h.bytes = nil
			refuse(w, 460, syncproto.CodeHashMismatch)
			return
		}
		h.whole = true
		d.arrive(h.item.Record)
	}
	w.Header().Set("Tus-Resumable", "1.0.0")
	w.Header().Set("Upload-Offset", strconv.Itoa(len(h.bytes)))
	w.Header().Set("Upload-Length", strconv.FormatInt(h.file.Size, 10))
	if h.whole && !d.checking {
		w.Header().Set("Lantoa-State", "stored")
	}
	switch r.Method {
	case http.MethodPost:
		w.Header().Set("Location", "uploads/"+string(h.id))
		w.WriteHeader(http.StatusCreated)
	case http.MethodPatch:
		w.WriteHeader(http.StatusNoContent)
	}
}

// find returns the upload that a request is about, making it for a creation.
func (d *depot) find(r *http.Request) (h *held, status int, code syncproto.Code) {
	if r.Method == http.MethodPost {
		item, claim := syncproto.MediaItem{}, false
		for part := range strings.SplitSeq(r.Header.Get("Upload-Metadata"), ",") {
			name, value, _ := strings.Cut(part, " ")
			text, _ := base64.StdEncoding.DecodeString(value)
			switch name {
			case "record":
				item.Record = syncproto.ID(text)
			case "lane":
				item.Lane = syncproto.Lane(text)
			case syncproto.UploadClaim:
				claim = true
			}
		}
		if claim && d.silent {
			return nil, http.StatusServiceUnavailable, syncproto.CodeUnavailable
		}
		file, ok := d.announced(item)
		if !ok {
			return nil, 404, syncproto.CodeRecordMissing
		}
		if r.Header.Get("Upload-Length") != strconv.FormatInt(file.Size, 10) {
			return nil, 409, syncproto.CodeMediaMismatch
		}
		if h = d.holds[item]; h == nil || h.file != file {
			h = &held{id: syncproto.NewID(), item: item, file: file}
			if body, there := d.orphans[file.SHA256]; there && !d.silent {
				h.bytes, h.whole = body, true
			}
			d.holds[item] = h
			if h.whole {
				d.arrive(item.Record)
			}
		}
		return h, 0, ""
	}
	for _, h := range d.holds {
		if string(h.id) != path.Base(r.URL.Path) {
			continue
		}
		if r.Method == http.MethodPatch && r.Header.Get("Upload-Offset") != strconv.Itoa(len(h.bytes)) {
			return h, 409, syncproto.CodeOffsetMismatch
		}
		return h, 0, ""
	}
	return nil, 404, syncproto.CodeUploadMissing
}

// take reads a body and keeps what comes, up to a cut.
func (d *depot) take(h *held, r *http.Request, cutAfter int64, slow func(int64)) (whole bool) {
	d.mu.Lock()
	h.turn++
	turn := h.turn
	d.mu.Unlock()
	buffer := make([]byte, 16<<10)
	for n := int64(0); ; {
		room := int64(len(buffer))
		if cutAfter >= 0 {
			if room = min(room, cutAfter-n); room == 0 {
				return false
			}
		}
		k, err := r.Body.Read(buffer[:room])
		d.mu.Lock()
		if h.turn != turn {
			d.mu.Unlock()
			return false
		}
		h.bytes = append(h.bytes, buffer[:k]...)
		d.received += int64(k)
		d.mu.Unlock()
		n += int64(k)
		if k > 0 && slow != nil {
			slow(n)
		}
		if err == io.EOF {
			return true
		}
		if err != nil {
			return false
		}
	}
}

// serve gives a file, with ranges.
func (d *depot) serve(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/v1/media/"), "/")
	d.mu.Lock()
	h := d.holds[syncproto.MediaItem{Record: syncproto.ID(parts[0]), Lane: syncproto.Lane(parts[1])}]
	d.log = append(d.log, r.Method+" media "+r.Header.Get("Range"))
	cut, away := d.cut, d.away
	d.mu.Unlock()
	signed := r.URL.Query().Has("signed")
	switch token := r.Header.Get("Authorization"); {
	case signed && token != "":
		d.t.Error("the token went to a stranger")
	case away && !signed:
		w.Header().Set("Location", d.url+r.URL.Path+"?signed")
		w.WriteHeader(http.StatusFound)
		return
	}
	if h == nil || !h.whole {
		refuse(w, 404, syncproto.CodeMediaWaiting)
		return
	}
	w.Header().Set("ETag", `"`+h.file.SHA256+`"`)
	w.Header().Set("Content-Type", "image/jpeg")
	if cut != nil {
		if after := cut(h.item, 0); after >= 0 {
			w.Header().Set("Content-Length", strconv.FormatInt(h.file.Size, 10))
			w.Write(h.bytes[:after])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(h.bytes))
}

// has reports whether the depot has a file whole.
func (d *depot) has(record syncproto.ID, lane syncproto.Lane) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.holds[syncproto.MediaItem{Record: record, Lane: lane}]
	return h != nil && h.whole
}

// orders returns the log and forgets it.
func (d *depot) orders() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	log := d.log
	d.log = nil
	return log
}

// phone opens a phone of a person that reaches the depot over real HTTP.
func (d *depot) phone(person string, role syncproto.Role) *phone {
	return d.phoneAt(filepath.Join(d.t.TempDir(), "phone.db"), person, role, "", hook.Hooks{})
}

func (d *depot) phoneAt(file, person string, role syncproto.Role, pin string, hooks hook.Hooks) *phone {
	d.t.Helper()
	p := d.open(file, pin, hooks)
	d.l.must(p.Enroll(context.Background(), d.url, d.l.code(person, role)))
	return p
}

// open opens a store as a phone that reaches the depot.
func (d *depot) open(file, pin string, hooks hook.Hooks) *phone {
	d.t.Helper()
	p := &phone{l: d.l, clock: &fixedClock{l: d.l, boot: "boot-1", up: time.Hour}, path: file}
	e, err := mobilesdk.OpenWithHooks(context.Background(), mobilesdk.Config{
		Path: file, PIN: pin, Clock: p.clock, Language: "en", Stall: d.stall,
	}, hooks)
	if err != nil {
		d.t.Fatal(err)
	}
	p.Engine = e
	d.t.Cleanup(func() { e.Close() })
	d.l.must(e.SetNetwork(mobilesdk.NetworkWifi))
	return p
}

// picture writes a photo of its own and returns its path.
func (l *lab) picture(side int) string {
	l.t.Helper()
	file := filepath.Join(l.t.TempDir(), "IMG.jpg")
	l.mu.Lock()
	n := l.random.Uint64()
	l.mu.Unlock()
	l.must(os.WriteFile(file, sample.JPEG(sample.Options{Width: side, Height: side * 3 / 4, Seed: n, Lat: 10, Lon: 105, Orientation: 6}), 0o600))
	return file
}

// bulk writes a recording of so many bytes: real at its head, and then noise.
func (l *lab) bulk(size int) string {
	l.t.Helper()
	file := filepath.Join(l.t.TempDir(), "video.mp4")
	l.mu.Lock()
	r := rand.New(rand.NewPCG(l.random.Uint64(), 1))
	l.mu.Unlock()
	body := sample.MP4(sample.Options{Seed: r.Uint64()})
	for len(body) < size {
		body = append(body, byte(r.Uint32()))
	}
	l.must(os.WriteFile(file, body, 0o600))
	return file
}

// attach captures a photo with a file.
func (p *phone) attach(parent syncproto.ID, f mobilesdk.File) syncproto.ID {
	p.l.t.Helper()
	id, err := p.AttachFile(context.Background(), parent, syncproto.Fields{"caption": `"Ở bến đò"`}, f)
	p.l.must(err)
	return id
}

func (p *phone) carry() *mobilesdk.MediaSummary {
	p.l.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s, err := p.SyncMedia(ctx)
	if err != nil {
		list, _ := p.Media(context.Background(), 0, 500)
		for _, m := range list.Items {
			p.l.t.Log(m.Record, m.Lane, m.State, m.Code, m.Sent, m.Size)
		}
	}
	p.l.must(err)
	return s
}

// file returns how far a lane of a photo is.
func (p *phone) file(record syncproto.ID, lane syncproto.Lane) mobilesdk.MediaItem {
	p.l.t.Helper()
	list, err := p.Media(context.Background(), 0, 500)
	p.l.must(err)
	for _, item := range list.Items {
		if item.Record == record && item.Lane == lane {
			return item
		}
	}
	return mobilesdk.MediaItem{}
}

func (p *phone) wantFile(record syncproto.ID, lane syncproto.Lane, want mobilesdk.FileState, code syncproto.Code) {
	p.l.t.Helper()
	if got := p.file(record, lane); got.State != want || got.Code != code {
		p.l.t.Fatalf("%s is %s %s (%d of %d), want %s %s", lane, got.State, got.Code, got.Sent, got.Size, want, code)
	}
}
