package mobilesdk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile"
)

// FetchMedia returns the path of a photo's file in one lane: this phone's own if it has it, without any network;
// otherwise what was fetched before; otherwise it asks the server, goes on where a cut left off, and keeps the file in a
// cache that MediaPolicy.Cache bounds, the longest unused going first. In a profile with a PIN the file is kept sealed,
// and the path is that of a plain copy which lasts until the profile is closed.
//
// Do not change or keep the file. Errors: media_waiting for a lane that has not arrived at the server, not_found for
// what this person may not see, offline and timeout, and the code of a file that was refused.
func (e *Engine) FetchMedia(ctx context.Context, record syncproto.ID, lane syncproto.Lane) (string, error) {
	if !lane.Valid() || !record.Valid() {
		return "", syncproto.E(syncproto.CodeUsage, "fetch file", nil)
	}
	f := &fetch{e: e, record: record, lane: lane}
	if err := f.look(ctx); err != nil {
		return "", err
	}
	if f.path != "" {
		return f.path, nil
	}
	files, ok := e.cfg.Transport.(FileTransport)
	if !ok {
		return "", syncproto.E(syncproto.CodeOffline, "fetch file", nil)
	}
	var b backoff
	for {
		moved, err := f.once(ctx, files)
		if err == nil {
			return f.path, nil
		}
		if ctx.Err() != nil || !passes(err) {
			return "", err
		}
		if moved {
			b = backoff{}
		}
		if !pause(ctx, b.next(e, err)) {
			return "", err
		}
	}
}

// fetch is one file that is wanted.
type fetch struct {
	e      *Engine
	record syncproto.ID
	lane   syncproto.Lane

	path   string // found
	server string
	token  string
	want   syncproto.MediaFile // what the record announces; zero if it does not
	of     string              // the hash of its original
	have   *phonestore.Fetched // what was fetched before, whole or not
}

// look finds the file on this phone, or what is needed to ask for it.
func (f *fetch) look(ctx context.Context) error {
	var own *phonestore.Media
	err := f.e.store.View(ctx, func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		f.server = state.Server
		if f.token, err = f.e.store.OpenToken(state.Token); err != nil {
			return err
		}
		cur, err := f.e.current(tx, f.record)
		if err != nil {
			return err
		}
		if media, ok := syncproto.MediaOf(cur.record); ok {
			f.want, _ = media.File(f.lane)
			f.of = media.SHA256
		}
		all, err := tx.MediaOf(f.record)
		if err != nil {
			return err
		}
		for _, m := range all {
			if m.Lane == f.lane && m.MediaFile == f.want && m.State != phonestore.MediaFreed {
				own = m
			}
		}
		f.have, err = tx.Fetched(f.record, f.lane)
		return err
	})
	if err != nil {
		return err
	}
	if own != nil {
		if f.path, err = f.e.ownPath(own); err == nil {
			return nil
		}
		f.path = "" // it vanished from the gallery; the server may have it
	}
	if f.have != nil && f.have.Whole && f.current() {
		if f.path, err = f.cached(); err == nil {
			f.have.Used = f.e.cfg.Clock.Wall().UnixMilli()
			return f.e.store.UpdateLazily(ctx, "used", func(tx *phonestore.Tx) error { return tx.PutFetched(f.have) })
		}
		f.path = ""
	}
	if f.server == "" {
		return syncproto.E(syncproto.CodeNotEnrolled, "fetch file", nil)
	}
	return nil
}

// current reports whether a file in the cache is of the original that the record announces now.
func (f *fetch) current() bool { return f.have.Of == f.of }

func (e *Engine) ownPath(m *phonestore.Media) (string, error) {
	src, err := e.openFile(m)
	if err != nil {
		return "", err
	}
	defer src.Close()
	if src.Size() != m.Size {
		return "", syncproto.E(syncproto.CodeMediaMismatch, "open file", nil)
	}
	if m.Name == "" {
		return m.Path, nil
	}
	return e.plainPath(m.Name, m.Type)
}

// plainPath is where an app may read a file of the vault.
func (e *Engine) plainPath(name, kind string) (string, error) {
	if !e.vault.Sealed() {
		return e.vault.Path(name), nil
	}
	return e.vault.Unseal(name, mediafile.Type(kind).Extension())
}

func (f *fetch) cached() (string, error) {
	src, err := f.e.vault.Open(f.have.Name)
	if err != nil {
		return "", err
	}
	defer src.Close()
	if src.Size() != f.have.Size {
		return "", syncproto.E(syncproto.CodeStoreBroken, "open file", nil)
	}
	return f.e.plainPath(f.have.Name, f.have.Type)
}

// once asks for the file, or for what is left of it, and reports whether anything came.
func (f *fetch) once(ctx context.Context, files FileTransport) (moved bool, err error) {
	w, at, err := f.begin()
	if err != nil {
		return false, err
	}
	finished, kept := false, at > 0 // whether a row names the file
	defer func() {
		switch {
		case finished:
		case kept:
			w.Leave()
		default:
			w.Drop() // nothing came, and nobody would go on with it
		}
	}()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	stalled := time.AfterFunc(f.e.cfg.Stall, stop)
	defer stalled.Stop()
	request := &FileRequest{Method: http.MethodGet, Server: f.server, Path: "/v1/media/" + string(f.record) + "/" + string(f.lane), Token: f.token, Header: map[string]string{}}
	if at > 0 {
		request.Header["Range"] = "bytes=" + strconv.FormatInt(at, 10) + "-"
		request.Header["If-Range"] = f.have.Tag
	}
	response, err := f.ask(ctx, files, request)
	if err != nil {
		return false, err
	}
	defer response.Body.Close()
	defer f.pay(ctx, response)
	if err := f.accept(response, at); err != nil {
		return false, err
	}
	if at > 0 && response.Status == http.StatusOK { // it is another file by now: from the start
		w.Drop()
		if w, err = f.e.vault.Create(); err != nil {
			finished = true
			return false, err
		}
		at, kept = 0, false
	}
	if err := f.remember(ctx, w.Name(), response.Header, false); err != nil {
		return false, err
	}
	kept = true
	n, err := io.CopyBuffer(w, reader(func(p []byte) (int, error) {
		stalled.Reset(f.e.cfg.Stall)
		return response.Body.Read(p)
	}), make([]byte, 32<<10))
	if err != nil {
		if syncproto.CodeOf(err) == syncproto.CodeInternal { // the link's, not the disk's
			err = syncproto.E(syncproto.CodeOffline, "fetch file", err)
		}
		return n > 0, err
	}
	if length := response.Header.Get("Content-Length"); length != "" && length != strconv.FormatInt(n, 10) {
		return n > 0, syncproto.E(syncproto.CodeOffline, "fetch file", io.ErrUnexpectedEOF)
	}
	finished = true
	return true, f.finish(ctx, w, at+n)
}

// ask sends a request and follows one answer that sends it elsewhere: to the store of files itself, under an address that
// says by itself who may read. The token stays with the server.
func (f *fetch) ask(ctx context.Context, files FileTransport, request *FileRequest) (*FileResponse, error) {
	response, err := files.File(ctx, request)
	if err != nil {
		return nil, syncproto.E(syncproto.CodeOffline, "fetch file", err)
	}
	if response.Status != http.StatusFound {
		return response, nil
	}
	response.Body.Close()
	f.pay(ctx, response)
	to, err := url.Parse(response.Header.Get("Location"))
	if err != nil || to.Host == "" || to.Scheme != "https" && (to.Scheme != "http" || strings.HasPrefix(f.server, "https:")) {
		return nil, syncproto.E(syncproto.CodeUnavailable, "fetch file", errors.New("sent to no safe address"))
	}
	elsewhere := *request
	elsewhere.Server, elsewhere.Path, elsewhere.Token = to.String(), "", ""
	if response, err = files.File(ctx, &elsewhere); err != nil {
		return nil, syncproto.E(syncproto.CodeOffline, "fetch file", err)
	}
	return response, nil
}

// pay adds an exchange to the meter.
func (f *fetch) pay(ctx context.Context, response *FileResponse) {
	if response.Traffic != nil {
		up, down := response.Traffic()
		f.e.meter(ctx, string(f.lane), up, down)
	}
}

// reader makes a function an io.Reader.
type reader func(p []byte) (int, error)

func (r reader) Read(p []byte) (int, error) { return r(p) }

// begin goes on with what a cut left, or begins anew.
func (f *fetch) begin() (*phonestore.VaultWriter, int64, error) {
	if f.have == nil || f.have.Whole || f.have.Tag == "" {
		w, err := f.e.vault.Create()
		return w, 0, err
	}
	return f.e.vault.Continue(f.have.Name)
}

// accept turns an answer that is no part of the file into an error.
func (f *fetch) accept(response *FileResponse, at int64) error {
	switch {
	case response.Status == http.StatusOK:
		return nil
	case response.Status == http.StatusPartialContent:
		if from, ok := strings.CutPrefix(response.Header.Get("Content-Range"), "bytes "+strconv.FormatInt(at, 10)+"-"); ok && from != "" {
			return nil
		}
		return syncproto.E(syncproto.CodeUnavailable, "fetch file", errors.New("another range than asked for"))
	case response.Status == http.StatusRequestedRangeNotSatisfiable && f.have != nil:
		f.e.vault.DropUnfinished(f.have.Name) // it became shorter
		f.have = nil
		return syncproto.E(syncproto.CodeUnavailable, "fetch file", nil)
	}
	text, _ := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	return refusal(&Response{Status: response.Status, Body: text, RetryAfter: response.RetryAfter})
}

// remember notes what is being fetched, so that it can be gone on with and is not swept.
func (f *fetch) remember(ctx context.Context, name string, header http.Header, whole bool) error {
	kind, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	f.have = &phonestore.Fetched{
		Record: f.record, Lane: f.lane, Of: f.of, Tag: header.Get("ETag"), Type: kind, Name: name, Whole: whole,
		Used: f.e.cfg.Clock.Wall().UnixMilli(),
	}
	return f.e.store.UpdateLazily(ctx, "fetching", func(tx *phonestore.Tx) error {
		if err := refuseErased(tx, f.record); err != nil {
			return err
		}
		return tx.PutFetched(f.have)
	})
}

// finish checks a whole file, keeps it, and makes room for it.
func (f *fetch) finish(ctx context.Context, w *phonestore.VaultWriter, size int64) error {
	if err := w.Finish(); err != nil {
		return err
	}
	f.have.Size, f.have.Whole = size, true
	var gone []*phonestore.Fetched
	err := f.e.store.Update(ctx, "fetched", func(tx *phonestore.Tx) error {
		if err := refuseErased(tx, f.record); err != nil {
			f.e.vault.DropUnfinished(w.Name())
			return err
		}
		if err := f.e.vault.Adopt(w.Name()); err != nil {
			return err
		}
		if err := tx.PutFetched(f.have); err != nil {
			return err
		}
		state, err := tx.State()
		if err != nil {
			return err
		}
		if gone, err = tx.FetchedOver(policyOf(state).Cache); err != nil {
			return err
		}
		for _, old := range gone {
			if err := tx.DropFetched(old); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, old := range gone {
		_ = f.e.vault.Remove(old.Name)
		f.e.vault.DropUnfinished(old.Name)
	}
	if err := f.check(ctx); err != nil {
		return err
	}
	f.path, err = f.cached()
	return err
}

// check holds an original against its announced hash. Small copies are told apart by their tag: the server takes their
// metadata out, or made them.
func (f *fetch) check(ctx context.Context) error {
	if f.lane != syncproto.LaneOriginal || f.want.SHA256 == "" {
		return nil
	}
	src, err := f.e.vault.Open(f.have.Name)
	if err != nil {
		return err
	}
	defer src.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, patient{ctx, io.NewSectionReader(src, 0, src.Size())}); err != nil {
		return err
	}
	if hex.EncodeToString(hash.Sum(nil)) == f.want.SHA256 {
		return nil
	}
	if err := f.e.store.Update(ctx, "fetched", func(tx *phonestore.Tx) error { return tx.DropFetched(f.have) }); err != nil {
		return err
	}
	_ = f.e.vault.Remove(f.have.Name)
	f.have = nil
	return syncproto.E(syncproto.CodeHashMismatch, "fetch file", nil)
}
