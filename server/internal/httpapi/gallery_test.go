package httpapi_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"lantoa/server/internal/httpapi"
	"lantoa/server/internal/media"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

// gallery is a world with files.
type gallery struct {
	*world
	media  *media.Service
	kept   *watched
	author syncproto.ID // the person of the world's device
}

// watched counts the readers of blobs that are open.
type watched struct {
	*memory.Blobs
	open  atomic.Int64
	read  atomic.Int64
	fails atomic.Bool // every Read
	shut  atomic.Bool // every Get
	sign  string      // what Presign answers
}

func (b *watched) Get(ctx context.Context, id storage.BlobID, offset, length int64) (io.ReadCloser, error) {
	if b.shut.Load() {
		return nil, syncproto.E(syncproto.CodeUnavailable, "read a blob", errors.New("down"))
	}
	body, err := b.Blobs.Get(ctx, id, offset, length)
	if err != nil {
		return nil, err
	}
	b.open.Add(1)
	return &watchedBody{ReadCloser: body, b: b}, nil
}

// Presign implements storage.BlobPresigner.
func (b *watched) Presign(_ context.Context, id storage.BlobID, _ time.Duration, contentType, disposition string) (string, error) {
	if b.sign == "" {
		return "", nil
	}
	return b.sign + id.String() + "?" + contentType + disposition[:6], nil
}

type watchedBody struct {
	io.ReadCloser
	b *watched
}

func (r *watchedBody) Read(p []byte) (int, error) {
	if r.b.fails.Load() {
		return 0, syncproto.E(syncproto.CodeUnavailable, "read a blob", errors.New("cut"))
	}
	n, err := r.ReadCloser.Read(p)
	r.b.read.Add(int64(n))
	return n, err
}

func (r *watchedBody) Close() error {
	r.b.open.Add(-1)
	return r.ReadCloser.Close()
}

func newGallery(t testing.TB, presign time.Duration) *gallery {
	t.Helper()
	g := &gallery{kept: &watched{Blobs: memory.NewBlobs()}}
	g.world = newWorldWith(t, func(w *world, cfg *httpapi.Config) {
		g.media = media.New(w.store, g.kept, media.Options{Work: t.TempDir(), Presign: presign})
		cfg.Media = g.media
	})
	err := g.store.View(t.Context(), func(r storage.Reader) error {
		d, err := r.Device(g.device)
		g.author = d.Person
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// photo puts a published photo whose file has come and was looked at.
func (g *gallery) photo(b []byte) syncproto.ID {
	g.t.Helper()
	id := storage.BlobID(sha256.Sum256(b))
	m := syncproto.Media{MediaFile: syncproto.MediaFile{SHA256: id.String(), Size: int64(len(b))}, Type: "image/jpeg"}
	r := &syncproto.Record{
		ID: syncproto.NewID(), Kind: syncproto.KindPhoto, Unit: g.root.ID, Author: g.author, Revision: 1,
		State: syncproto.StatePublished, Fields: syncproto.Fields{syncproto.MediaField: m.Value()},
	}
	if _, err := g.kept.Put(g.t.Context(), id, int64(len(b)), bytes.NewReader(b)); err != nil {
		g.t.Fatal(err)
	}
	err := g.store.Update(g.t.Context(), func(tx storage.Tx) error {
		if err := tx.PutRecord(r, syncproto.Placement(r, nil)); err != nil {
			return err
		}
		now := time.Now().UnixMilli()
		err := tx.PutMediaLink(&storage.MediaLink{Blob: id, Record: r.ID, Lane: syncproto.LaneOriginal, Person: g.author, At: now})
		if err != nil {
			return err
		}
		return tx.PutMedia(&storage.Media{ID: id, Person: g.author, Size: int64(len(b)), State: storage.MediaWaiting, Created: now, Due: 1})
	})
	if err != nil {
		g.t.Fatal(err)
	}
	for worked := true; worked; {
		if worked, err = g.media.Step(g.t.Context()); err != nil {
			g.t.Fatal(err)
		}
	}
	return r.ID
}

func (g *gallery) get(id syncproto.ID, lane syncproto.Lane, header ...string) (int, []byte, http.Header) {
	g.t.Helper()
	return g.ask(http.MethodGet, id, lane, header...)
}

// ask sends "Name: value" headers as they are, also the same one twice.
func (g *gallery) ask(method string, id syncproto.ID, lane syncproto.Lane, header ...string) (int, []byte, http.Header) {
	g.t.Helper()
	conn, r := g.dial()
	defer conn.Close()
	raw := method + " /v1/media/" + string(id) + "/" + string(lane) + " HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " + g.token + "\r\n"
	for _, h := range header {
		raw += h + "\r\n"
	}
	if _, err := io.WriteString(conn, raw+"\r\n"); err != nil {
		g.t.Fatal(err)
	}
	resp, err := http.ReadResponse(r, &http.Request{Method: method})
	if err != nil {
		g.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return resp.StatusCode, body, resp.Header
}

func (g *gallery) audits() (n int) {
	g.t.Helper()
	err := g.store.View(g.t.Context(), func(r storage.Reader) error {
		all, err := r.Audits("", 0, 10000)
		n = len(all)
		return err
	})
	if err != nil {
		g.t.Fatal(err)
	}
	return n
}

// closed waits until no reader of a blob is open: the library closes a body after its last byte went out.
func (g *gallery) closed() {
	g.t.Helper()
	until(g.t, "readers of blobs are closed", func() bool { return g.kept.open.Load() == 0 })
}
