package privacy_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lantoa/server/internal/media"
	"lantoa/server/internal/people"
	"lantoa/server/internal/privacy"
	"lantoa/server/internal/review"
	"lantoa/server/internal/syncer"
	"lantoa/server/internal/upload"
	"lantoa/storage"
	"lantoa/storage/dirblob"
	"lantoa/storage/memory"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile/sample"
)

// world is a commune with an author, an editor, an admin and an operator, and every service that erasing concerns.
type world struct {
	freed  []syncproto.ID // calls in which a place came free
	t      testing.TB
	dir    string
	store  storage.Store
	blobs  storage.Blobs
	people *people.Service
	sync   *syncer.Service
	media  *media.Service
	upload *upload.Service
	cases  *privacy.Service
	log    *journal
	fail   func(point string) error

	now              int64
	province, unit   syncproto.ID
	lan, minh, admin *who
	operator         *who
}

// who is a person with a device, under which their acts are judged.
type who struct {
	w      *world
	person syncproto.ID
	device *storage.Device
}

func (p *who) by() privacy.By {
	return privacy.By{Person: p.person, Device: p.device.ID, Proved: p.w.now}
}

// journal keeps the log.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// both runs a test in memory and on disk.
func both(t *testing.T, test func(t *testing.T, w *world)) {
	t.Run("memory", func(t *testing.T) { test(t, newWorld(t, memory.New())) })
	t.Run("disk", func(t *testing.T) {
		store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "lantoa.db"), sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		test(t, newWorld(t, store))
	})
}

func newWorld(t testing.TB, store storage.Store) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), store: store, now: time.Date(2026, 11, 18, 2, 0, 0, 0, time.UTC).UnixMilli(), log: &journal{}}
	w.fail = func(string) error { return nil }
	var err error
	w.blobs, err = dirblob.Open(t.Context(), filepath.Join(w.dir, "media"), dirblob.Options{})
	w.must(err)
	t.Cleanup(func() {
		store.Close()
		w.blobs.Close()
	})
	w.people = people.New(store).WithClock(w.clock)
	w.start()
	province, err := w.people.CreateUnit(t.Context(), syncproto.Unit{Name: "Thanh Hóa"})
	w.must(err)
	commune, err := w.people.CreateUnit(t.Context(), syncproto.Unit{Name: "Hoằng Lộc", Parent: province.ID})
	w.must(err)
	w.province, w.unit = province.ID, commune.ID
	w.lan, w.minh = w.joins("Nguyễn Thị Lan", syncproto.RoleVolunteer), w.joins("Minh", syncproto.RoleEditor)
	w.admin, w.operator = w.joins("Quản trị", syncproto.RoleAdmin), w.joins("Vận hành", syncproto.RoleOperator)
	return w
}

func (w *world) clock() time.Time { return time.UnixMilli(w.now) }

// start makes the services anew, as after the process ended.
func (w *world) start() {
	w.t.Helper()
	log := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.sync = syncer.New(w.store, syncer.Options{Now: w.clock, Logger: log, Reviewer: review.New(review.Options{Clocks: privacy.Clocks})})
	w.media = media.New(w.store, w.blobs, media.Options{Now: w.clock, Log: log, Work: filepath.Join(w.dir, "work")})
	var err error
	w.upload, err = upload.New(w.store, w.blobs, upload.Options{Spool: filepath.Join(w.dir, "spool"), MinFree: -1, Now: w.clock, Log: log})
	w.must(err)
	w.cases = privacy.New(w.store, w.blobs, w.sync, w.media, w.upload, privacy.Options{
		Facts: func(*storage.Fact) (string, error) { return "O+", nil },
		Freed: func(_ context.Context, call syncproto.ID) error { w.freed = append(w.freed, call); return nil },
		Now:   w.clock, Log: log, At: func(point string) error { return w.fail(point) },
	})
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) joins(name string, role syncproto.Role) *who {
	w.t.Helper()
	unit := w.unit
	if role == syncproto.RoleOperator {
		unit = w.province
	}
	person, _, err := w.people.CreatePerson(w.t.Context(), name, unit, role)
	w.must(err)
	d := &storage.Device{ID: syncproto.NewID(), Person: person.ID, Unit: w.unit, Created: w.now}
	d.TokenHash = sha256.Sum256([]byte(d.ID))
	w.must(w.store.Update(w.t.Context(), func(tx storage.Tx) error { return tx.PutDevice(d) }))
	return &who{w: w, person: person.ID, device: d}
}

// does takes one act and returns its record.
func (p *who) does(m syncproto.Mutation) syncproto.ID {
	p.w.t.Helper()
	out := p.tries(m)
	if out.Result == syncproto.Rejected {
		p.w.t.Fatalf("%s %s %s: %s %s", m.Kind, m.Command, m.Record, out.Code, out.Detail)
	}
	return m.Record
}

func (p *who) tries(m syncproto.Mutation) syncproto.Outcome {
	p.w.t.Helper()
	m.ID = syncproto.NewID()
	if stored := p.w.record(m.Record); stored != nil && (m.Command != "" || m.BaseRevision == 0) {
		m.BaseRevision = stored.Revision
	}
	out, err := p.w.sync.Act(p.w.t.Context(), syncer.Actor{Person: p.person, Device: p.device.ID}, &m)
	p.w.must(err)
	return out
}

func (p *who) makes(kind syncproto.Kind, set syncproto.Fields) syncproto.ID {
	p.w.t.Helper()
	return p.does(syncproto.Mutation{Record: syncproto.NewID(), Kind: kind, Unit: p.w.unit, Set: set})
}

func (p *who) story(title, body string) syncproto.ID {
	return p.makes(syncproto.KindStory, syncproto.Fields{"title": syncproto.Text(title), "body": syncproto.Text(body)})
}

func (p *who) photo(parent syncproto.ID, caption string, file []byte) syncproto.ID {
	m := syncproto.Media{MediaFile: syncproto.MediaFile{SHA256: blobOf(file).String(), Size: int64(len(file))}, Type: "image/jpeg"}
	set := syncproto.Fields{"caption": syncproto.Text(caption), syncproto.MediaField: m.Value(), syncproto.ShowsField: `"people"`}
	if parent != "" {
		set["parent"] = syncproto.Text(string(parent))
	}
	return p.makes(syncproto.KindPhoto, set)
}

func (p *who) consent(parent syncproto.ID, name string) syncproto.ID {
	return p.makes(syncproto.KindConsent, syncproto.Fields{
		"parent": syncproto.Text(string(parent)), "who": syncproto.Text(name), "age": `"adult"`, "given_by": `["self"]`,
		"how": `"spoken"`, "uses": `["publish"]`,
	})
}

func (p *who) commands(kind syncproto.Kind, id syncproto.ID, c syncproto.Command, reason string) {
	p.w.t.Helper()
	p.does(syncproto.Mutation{Record: id, Kind: kind, Command: c, Reason: reason})
}

// pictures are made once.
var pictures sync.Map

func picture(seed uint64) []byte {
	made, ok := pictures.Load(seed)
	if !ok {
		made, _ = pictures.LoadOrStore(seed, sample.JPEG(sample.Options{Width: 400, Height: 300, Seed: seed, Lat: 19.8, Lon: 105.8, Orientation: 6}))
	}
	return slices.Clone(made.([]byte))
}

func blobOf(b []byte) storage.BlobID { return sha256.Sum256(b) }

// reader is the body of an upload that may stop in the middle.
type reader struct {
	io.Reader
	once sync.Once
	cut  chan struct{}
	hang bool          // wait for the cut at the end
	read chan struct{} // closed when that begins
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if errors.Is(err, io.EOF) && n == 0 && r.hang {
		close(r.read)
		<-r.cut
	}
	return n, err
}

func (r *reader) Cut(time.Time) { r.once.Do(func() { close(r.cut) }) }

func bodyOf(b []byte) *reader {
	return &reader{Reader: bytes.NewReader(b), cut: make(chan struct{}), read: make(chan struct{})}
}

// sends brings a whole file.
func (p *who) sends(record syncproto.ID, file []byte) {
	p.w.t.Helper()
	st, err := p.w.upload.Create(p.w.t.Context(), p.device, upload.Creation{Record: record, Lane: syncproto.LaneOriginal, Size: int64(len(file))}, nil)
	p.w.must(err)
	if st.Offset == int64(len(file)) {
		return // the server had it
	}
	_, err = p.w.upload.Write(p.w.t.Context(), p.device, st.ID, &upload.Chunk{Length: int64(len(file)), Size: -1, Body: bodyOf(file)})
	p.w.must(err)
}

// look lets media look at all that waits.
func (w *world) look() {
	w.t.Helper()
	for {
		worked, err := w.media.Step(w.t.Context())
		w.must(err)
		if !worked {
			return
		}
	}
}

// work lets the worker work on what is due.
func (w *world) work() {
	w.t.Helper()
	for range 100 {
		worked, err := w.cases.Step(w.t.Context())
		w.must(err)
		if !worked {
			return
		}
	}
	w.t.Fatal("the worker does not come to an end")
}

func (w *world) view(fn func(r storage.Reader) error) {
	w.t.Helper()
	w.must(w.store.View(w.t.Context(), fn))
}

func (w *world) record(id syncproto.ID) (out *syncproto.Record) {
	w.t.Helper()
	w.view(func(r storage.Reader) error {
		stored, err := r.Record(id)
		if syncproto.CodeOf(err) == syncproto.CodeNotFound && err != nil {
			return nil
		}
		if err == nil {
			out = stored.Record
		}
		return err
	})
	return out
}

// caseOf returns the only case there is.
func (w *world) caseOf() (c storage.Case) {
	w.t.Helper()
	w.view(func(r storage.Reader) error {
		all, err := r.Cases(nil, false, "", 10)
		if len(all) != 1 {
			w.t.Fatalf("%d cases", len(all))
		}
		c = all[0]
		return err
	})
	return c
}

// lies returns the names of the files below the world's folder: blobs, spool and work.
func (w *world) lies() (names []string) {
	w.t.Helper()
	w.must(filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && !strings.Contains(path, "CACHEDIR") {
			names = append(names, strings.TrimPrefix(path, w.dir))
		}
		return err
	}))
	return names
}

// blobsThere returns how many blobs the store has.
func (w *world) blobsThere() int {
	w.t.Helper()
	list, err := w.blobs.List(w.t.Context(), storage.BlobID{}, 1000)
	w.must(err)
	return len(list)
}

// wantErased checks that nothing is kept of records but tombstones that tell nothing.
func (w *world) wantErased(ids ...syncproto.ID) {
	w.t.Helper()
	w.view(func(r storage.Reader) error {
		for _, id := range ids {
			stored, err := r.Record(id)
			if err != nil {
				return err
			}
			rec := stored.Record
			bare := syncproto.Record{
				ID: rec.ID, Kind: rec.Kind, Unit: rec.Unit, Revision: rec.Revision, State: rec.State, Deleted: true, Erased: true,
				Received: rec.Received, Changed: rec.Changed,
			}
			if got, want := string(syncproto.AppendRecord(nil, rec)), string(syncproto.AppendRecord(nil, &bare)); got != want || rec.Author != "" || len(rec.Fields)+len(rec.Marks) > 0 {
				w.t.Errorf("the tombstone tells %s", got)
			}
			revisions, err := r.Revisions(id)
			if err != nil {
				return err
			}
			for _, old := range revisions {
				if !old.Erased || len(old.Fields) > 0 {
					w.t.Errorf("revision %d of %s stays", old.Revision, id)
				}
			}
			links, err := r.RecordMedia(id)
			if err != nil || len(links) > 0 {
				w.t.Errorf("%s has links %v %v", id, links, err)
			}
			if _, err := r.Submission(id); syncproto.CodeOf(err) != syncproto.CodeNotFound {
				w.t.Errorf("%s is in the queue: %v", id, err)
			}
		}
		return nil
	})
}

// wantNowhere looks for texts in the whole database (a copy, so that it is what the tables hold), the log, and the audits.
func (w *world) wantNowhere(texts ...string) {
	w.t.Helper()
	for _, text := range texts {
		if w.inDatabase(text) {
			w.t.Errorf("the database holds %q", text)
		}
	}
	w.wantQuiet(texts...)
}

// wantQuiet looks in the log and the audits only.
func (w *world) wantQuiet(texts ...string) {
	w.t.Helper()
	said := w.log.String()
	w.view(func(r storage.Reader) error {
		all, err := r.Audits("", 0, 10_000)
		for _, a := range all {
			said += a.Act + " " + a.Detail + "\n"
		}
		return err
	})
	for _, text := range texts {
		if strings.Contains(said, text) {
			w.t.Errorf("log or audits hold %q", text)
		}
	}
}

func (w *world) inDatabase(text string) bool {
	w.t.Helper()
	backuper, ok := w.store.(storage.Backuper)
	if !ok {
		return false // memory is looked at record by record
	}
	path := filepath.Join(w.t.TempDir(), "copy.db")
	w.must(backuper.Backup(w.t.Context(), path))
	data, err := os.ReadFile(path)
	w.must(err)
	return bytes.Contains(data, []byte(text))
}

func (w *world) audits() (acts []string) {
	w.t.Helper()
	w.view(func(r storage.Reader) error {
		all, err := r.Audits("", 0, 10_000)
		for _, a := range all {
			acts = append(acts, a.Act)
		}
		return err
	})
	return acts
}

func wantCode(t testing.TB, err error, code syncproto.Code) {
	t.Helper()
	if err == nil || syncproto.CodeOf(err) != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

var errCrash = errors.New("crash")

// crashAt makes the worker end at the n-th point of a name, as a crash does: its process is gone. It returns how often the
// worker came there.
func (w *world) crashAt(name string, n int) func() int {
	seen := 0
	w.fail = func(point string) error {
		if point == name {
			if seen++; seen == n {
				return syncproto.E(syncproto.CodeInternal, "work", errCrash)
			}
		}
		return nil
	}
	return func() int { return seen }
}
