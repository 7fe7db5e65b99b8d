package e2e

import (
	"context"
	"crypto/sha256"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/valyala/fasthttp"

	"lantoa/mobile-sdk/simtest"
	"lantoa/mobile-sdk/simtest/model"
	"lantoa/server/internal/enroll"
	"lantoa/server/internal/httpapi"
	"lantoa/server/internal/live"
	"lantoa/server/internal/metrics"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

// backend is the product's server in this process, for the simulation: the handlers are called without a socket, and
// the store lies under a layer that hurts it.
type backend struct {
	simtest.Setting
	dir    string // of the database; "" for a store in memory
	file   string // the database of now; a restored one is another file
	copy   string // the last backup
	files  int
	real   storage.Store
	hub    *live.Hub
	answer fasthttp.RequestHandler
	seen   map[syncproto.ID]bool // records that travelled
}

var background = context.Background()

// overMemory and overSQLite make backends for simtest.Options.
func overMemory(s simtest.Setting) (simtest.Backend, error) {
	b := &backend{Setting: s, seen: map[syncproto.ID]bool{}}
	b.serveFrom(memory.NewAt(b.Now))
	return b, nil
}

func overSQLite(s simtest.Setting) (simtest.Backend, error) {
	dir, err := os.MkdirTemp(simtest.Room(), "e2e")
	if err != nil {
		return nil, err
	}
	b := &backend{Setting: s, dir: dir, seen: map[syncproto.ID]bool{}}
	return b, b.open(b.name())
}

func (b *backend) name() string {
	b.files++
	return filepath.Join(b.dir, time.UnixMilli(int64(b.files)).UTC().Format("150405.000")+".db")
}

func (b *backend) open(file string) error {
	store, err := sqlite.Open(background, file, sqlite.Options{Readers: 2, Now: b.Now})
	if err != nil {
		return err
	}
	b.file = file
	b.serveFrom(store)
	return nil
}

// serveFrom wires the services as the product does, with the simulation's clock.
func (b *backend) serveFrom(store storage.Store) {
	now := func() time.Time { return time.UnixMilli(b.Now()) }
	b.real = store
	hurt := &hurtStore{Store: store, fault: b.Fault}
	b.hub = live.New(store, live.Config{Now: now})
	api := httpapi.New(httpapi.Config{
		Sync: syncer.New(hurt, syncer.Options{Now: now}), Enroll: enroll.New(hurt, now), Live: b.hub,
		Metrics: metrics.New("e2e"), Ready: func(context.Context) error { return nil }, Version: "e2e", Now: now,
	})
	b.answer = api.Handler()
}

// Serve hands a request to the handlers.
func (b *backend) Serve(path, token string, body []byte) (int, []byte, bool) {
	var ctx fasthttp.RequestCtx
	ctx.Init(&fasthttp.Request{}, nil, nil)
	ctx.Request.Header.SetMethod("POST")
	ctx.Request.SetRequestURI(path)
	ctx.Request.Header.SetContentType("application/json")
	if token != "" {
		ctx.Request.Header.Set("Authorization", "Bearer "+token)
	}
	ctx.Request.SetBody(body)
	b.answer(&ctx)
	b.note(path, body)
	return ctx.Response.StatusCode(), ctx.Response.Body(), true
}

// note remembers which records exist: a store is not asked to list them all.
func (b *backend) note(path string, body []byte) {
	if path != "/v1/sync" {
		return
	}
	if r, err := syncproto.DecodeSyncRequest(body); err == nil {
		for i := range r.Mutations {
			if id := r.Mutations[i].Record; id != "" {
				b.seen[id] = true
			}
		}
	}
}

func (b *backend) update(fn func(tx storage.Tx) error) {
	if err := b.real.Update(background, fn); err != nil {
		panic(err) // the simulation itself is broken
	}
}

func (b *backend) PutUnit(u syncproto.Unit) {
	b.update(func(tx storage.Tx) error { return tx.PutUnit(&u) })
}

func (b *backend) PutPerson(id syncproto.ID, name string, closed bool) {
	p := &storage.Person{ID: id, Name: name, Created: b.Now()}
	if closed {
		p.Closed = b.Now()
	}
	b.update(func(tx storage.Tx) error { return tx.PutPerson(p) })
}

func (b *backend) PutGrant(g syncproto.Grant) {
	b.update(func(tx storage.Tx) error { return tx.PutGrant(&g) })
}

func (b *backend) Invite(bare string, unit, person syncproto.ID, role syncproto.Role) {
	c := &storage.EnrollCode{
		Hash: sha256.Sum256([]byte(bare)), Unit: unit, Person: person, Role: role, Created: b.Now(),
		Expires: b.Now() + simtest.CodeValid,
	}
	b.update(func(tx storage.Tx) error { return tx.PutEnrollCode(c) })
}

// Arrive writes what the server says of a photo's file, in the places where the photo is.
func (b *backend) Arrive(photo syncproto.ID, arrived syncproto.Value) {
	b.update(func(tx storage.Tx) error {
		stored, err := tx.Record(photo)
		if err != nil || stored.Record.Deleted {
			return err
		}
		return tx.PutRecord(model.Arrived(stored.Record, arrived, b.Now()), stored.Scopes)
	})
}

// Backup copies the database as the operator's command does. A store in memory cannot.
func (b *backend) Backup() {
	store, ok := b.real.(storage.Backuper)
	if !ok {
		return
	}
	name := b.name()
	if err := store.Backup(background, name); err != nil {
		panic(err)
	}
	if b.copy != "" {
		os.Remove(b.copy)
	}
	b.copy = name
}

// Restore goes back to the backup, with the operator's tool or by putting the file back by hand.
func (b *backend) Restore(tool bool) bool {
	if b.copy == "" {
		return false
	}
	next := b.name()
	err := b.real.Close()
	if tool {
		err = errors.Join(err, sqlite.Restore(background, b.copy, next))
	} else {
		data, readErr := os.ReadFile(b.copy)
		err = errors.Join(err, readErr, os.WriteFile(next, data, 0o600))
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		os.Remove(b.file + suffix)
	}
	if err = errors.Join(err, b.open(next)); err != nil {
		panic(err)
	}
	return true
}

// Compact forgets every tombstone, and every outcome that its device has acknowledged.
func (b *backend) Compact() {
	b.update(func(tx storage.Tx) error { return tx.Compact(b.Now() + 1) })
}

func (b *backend) Close() {
	b.hub.Close()
	b.real.Close()
	if b.dir != "" {
		os.RemoveAll(b.dir)
	}
}

func (b *backend) Facts() simtest.Facts { return facts{b} }

// hurtStore makes commits fail, and mutations fail half-way.
type hurtStore struct {
	storage.Store
	fault func(model.Point) model.Fault
}

var errHurt = syncproto.E(syncproto.CodeUnavailable, "write", nil)

func (h *hurtStore) Update(ctx context.Context, fn func(storage.Tx) error) error {
	err := h.Store.Update(ctx, func(tx storage.Tx) error {
		if err := fn(&hurtTx{Tx: tx, fault: h.fault}); err != nil {
			return err
		}
		if h.fault(model.BeforeCommit) != model.None {
			return errHurt
		}
		return nil
	})
	if err == nil && h.fault(model.AfterCommit) != model.None {
		return errHurt // committed, and nobody knows
	}
	return err
}

type hurtTx struct {
	storage.Tx
	fault func(model.Point) model.Fault
}

func (h *hurtTx) PutRecord(r *syncproto.Record, scopes []syncproto.Scope) error {
	if err := h.Tx.PutRecord(r, scopes); err != nil {
		return err
	}
	if h.fault(model.RecordPut) != model.None {
		return errHurt
	}
	return nil
}

// facts shows the store to the invariants.
type facts struct{ b *backend }

func (f facts) view(fn func(r storage.Reader) error) {
	if err := f.b.real.View(background, fn); err != nil && syncproto.KindOf(err) != syncproto.NotFound {
		panic(err)
	}
}

func (f facts) Record(id syncproto.ID) (fact *simtest.Fact) {
	f.view(func(r storage.Reader) error {
		s, err := r.Record(id)
		if err != nil {
			return err
		}
		fact = &simtest.Fact{Record: s.Record, Wire: slices.Clone(s.Wire), Scopes: s.Scopes}
		if s.Record.Deleted {
			fact.Scopes = nil
		}
		return nil
	})
	return fact
}

func (f facts) Revisions(id syncproto.ID) (out []*syncproto.Record) {
	f.view(func(r storage.Reader) (err error) {
		out, err = r.Revisions(id)
		return err
	})
	return out
}

// Records returns everything that travelled and what hangs under it, because conflicts are made by the server, and the
// profiles of all who have a phone.
func (f facts) Records() []*simtest.Fact {
	ids := map[syncproto.ID]bool{}
	f.view(func(r storage.Reader) error {
		devices, err := r.Devices("", 1000)
		if err != nil {
			return err
		}
		for i := range devices {
			ids[devices[i].Person] = true
		}
		for id := range f.b.seen {
			ids[id] = true
			below, err := r.Children(id, 1000)
			if err != nil {
				return err
			}
			for _, child := range below {
				ids[child] = true
			}
		}
		return nil
	})
	var out []*simtest.Fact
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		if fact := f.Record(id); fact != nil {
			out = append(out, fact)
		}
	}
	return out
}

func (f facts) DeadLetters() (out [][]byte) {
	f.view(func(r storage.Reader) error {
		for _, id := range f.Devices() {
			letters, err := r.DeadLetters(id, 0, 1000)
			if err != nil {
				return err
			}
			for i := range letters {
				out = append(out, slices.Clone(letters[i].Wire))
			}
		}
		return nil
	})
	return out
}

func (f facts) Sum(scope syncproto.Scope) (sum syncproto.Sum) {
	f.view(func(r storage.Reader) error {
		heads, err := r.Heads([]syncproto.Scope{scope})
		if err == nil {
			sum = heads[0].Sum
		}
		return err
	})
	return sum
}

func (f facts) Devices() (ids []syncproto.ID) {
	f.view(func(r storage.Reader) error {
		devices, err := r.Devices("", 1000)
		for i := range devices {
			ids = append(ids, devices[i].ID)
		}
		return err
	})
	return ids
}

func (f facts) Grants(person syncproto.ID) (grants []syncproto.Grant) {
	f.view(func(r storage.Reader) (err error) {
		grants, err = r.Grants(person)
		return err
	})
	return grants
}

func (f facts) Effects() map[syncproto.ID]int { return nil }
