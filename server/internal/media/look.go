package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"lantoa/storage"
	"lantoa/syncproto"
)

// job is the work on one file. Its steps are begin, inspect, refer, put and settle, in this order; after a crash
// between two of them the next attempt starts at the first, and none of them minds having been done before.
type job struct {
	s     *Service
	m     *storage.Media // as begin found it, with what the look found
	need  needs
	facts *storage.MediaFacts
	made  []product
}

// look looks at one file and writes down what came of it. An error means that it was not begun.
func (s *Service) look(ctx context.Context, id storage.BlobID) error {
	j, err := s.begin(ctx, id)
	if err != nil || j == nil {
		return err
	}
	defer j.discard()
	for _, step := range []func(context.Context) error{j.inspect, j.refer, j.put, j.settle} {
		if err := guarded(ctx, step); err != nil {
			s.failed(ctx, j, err)
			return nil
		}
	}
	s.forgive(id)
	s.opt.Log.Debug("media file looked at", "blob", id, "state", j.m.State, "type", j.m.Type, "code", j.m.Code)
	return nil
}

// guarded takes one step and makes a panic an error: one file must not end the server for everybody.
func guarded(ctx context.Context, step func(context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &poisoned{what: r, stack: debug.Stack()}
		}
	}()
	return step(ctx)
}

// begin counts an attempt, durably, before anything is looked at: a file that ends the process, by memory that no
// estimate foresaw or by a fault in a decoder, is refused after a few starts. It returns nil if there is nothing to do.
func (s *Service) begin(ctx context.Context, id storage.BlobID) (j *job, err error) {
	now := s.now()
	var scopes []syncproto.Scope
	err = s.store.Update(ctx, func(tx storage.Tx) error {
		j, scopes = nil, nil
		m, err := tx.Media(id)
		if isNotFound(err) || err == nil && (m.State != storage.MediaWaiting || m.Due == 0 || m.Due > now) {
			return nil
		}
		if err != nil {
			return err
		}
		if m.Attempts >= maxAttempts {
			m.State, m.Code, m.Due = storage.MediaRefused, syncproto.CodeMediaBroken, 0
			if err := tx.PutMedia(m); err != nil {
				return err
			}
			scopes, err = announce(tx, id, now, id)
			return err
		}
		m.Due = now + firstRetry.Milliseconds()<<(2*m.Attempts)
		m.Attempts++
		need, err := needsOf(tx, m)
		if err != nil {
			return err
		}
		j = &job{s: s, m: m, need: need}
		return tx.PutMedia(m)
	})
	s.tell(scopes)
	if len(scopes) > 0 && err == nil {
		s.opt.Log.Error("media file given up", "blob", id, "attempts", maxAttempts)
	}
	return j, err
}

// refer writes down which blobs are about to be put, so that none is removed as nobody's between its putting and the
// row that names it. Such a row has no person and no links; settle removes it, and after a crash the collection does.
func (j *job) refer(ctx context.Context) error {
	if len(j.made) == 0 {
		return nil
	}
	now := j.s.now()
	return j.s.store.Update(ctx, func(tx storage.Tx) error {
		for _, p := range j.made {
			m, err := tx.Media(p.id)
			switch {
			case err == nil && m.State == storage.MediaRemoving:
				return syncproto.E(syncproto.CodeUnavailable, "refer to a copy", errors.New("it is being removed"))
			case err == nil:
				continue
			case !isNotFound(err):
				return err
			}
			// The type tells such a row from one of bytes that were found (inTheMaking).
			if err := tx.PutMedia(&storage.Media{ID: p.id, Size: p.size, State: storage.MediaArriving, Type: j.m.Type, Created: now}); err != nil {
				return err
			}
		}
		return nil
	})
}

// put stores what was made.
func (j *job) put(ctx context.Context) error {
	for _, p := range j.made {
		if err := j.s.putOne(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) putOne(ctx context.Context, p product) error {
	if p.file == nil {
		_, err := s.blobs.Put(ctx, p.id, p.size, bytes.NewReader(p.jpeg))
		return err
	}
	if adopter, ok := s.blobs.(storage.BlobAdopter); ok {
		_, err := adopter.Adopt(ctx, p.id, p.size, p.file.Name())
		return err
	}
	if _, err := p.file.Seek(0, io.SeekStart); err != nil {
		return storage.DiskFailure("read the served copy", err)
	}
	_, err := s.blobs.Put(ctx, p.id, p.size, p.file)
	return err
}

// settle writes down what became of the file and says so in the records. A file that went meanwhile stays gone; what
// was made of it is then collected by the rows of refer.
func (j *job) settle(ctx context.Context) error {
	now := j.s.now()
	var scopes []syncproto.Scope
	err := j.s.store.Update(ctx, func(tx storage.Tx) error {
		scopes = nil
		m, err := tx.Media(j.m.ID)
		if isNotFound(err) || err == nil && m.State != storage.MediaWaiting {
			return nil
		}
		if err != nil {
			return err
		}
		next := *j.m
		next.Person, next.Created, next.Due, next.Attempts = m.Person, m.Created, 0, 0
		if need, err := needsOf(tx, m); err != nil {
			return err
		} else if next.State == storage.MediaReady && need.above(j.need) {
			next.State, next.Due = storage.MediaWaiting, now // a record was linked meanwhile that wants more of it
		}
		if err := j.settleProducts(tx); err != nil {
			return err
		}
		if err := tx.PutMedia(&next); err != nil {
			return err
		}
		if _, err := tx.MediaFacts(j.m.ID); j.facts != nil && isNotFound(err) {
			if err := tx.PutMediaFacts(j.facts); err != nil {
				return err
			}
		}
		scopes, err = announce(tx, j.m.ID, now, j.m.ID)
		return err
	})
	if err == nil {
		j.s.tell(scopes)
		j.s.Wake() // a refused copy may have sent another file back into the queue
	}
	return err
}

// settleProducts removes the rows of refer: from here on the file's own row names the blobs. One whose row went, without
// another file naming the blob, may have lost its bytes, too.
func (j *job) settleProducts(tx storage.Tx) error {
	for _, p := range j.made {
		m, err := tx.Media(p.id)
		switch {
		case isNotFound(err):
			made, err := tx.MediaMade(p.id)
			if err == nil && !made {
				err = syncproto.E(syncproto.CodeUnavailable, "name a copy", errors.New("it was removed"))
			}
			if err != nil {
				return err
			}
		case err != nil:
			return err
		case m.State == storage.MediaRemoving:
			return syncproto.E(syncproto.CodeUnavailable, "name a copy", errors.New("it is being removed"))
		case Unowned(m):
			if err := tx.DeleteMedia(p.id); err != nil {
				return err
			}
		}
	}
	return nil
}

// Unowned reports whether a row is only there so that its blob is not taken for nobody's at once, or so that it is known
// since when it is: of a copy that is about to be put, and of bytes that were found without a row. Whoever brings the
// file puts another row in its place.
func Unowned(m *storage.Media) bool { return m.State == storage.MediaArriving && m.Person == "" }

// poisoned is a panic while a file was looked at.
type poisoned struct {
	what  any
	stack []byte
}

func (p *poisoned) Error() string { return fmt.Sprint("panic: ", p.what) }

// failed decides when a file is tried again. A panic is the file's: its attempt stays counted. A fault of a store, and
// a server that is being closed, are not.
func (s *Service) failed(ctx context.Context, j *job, err error) {
	id := j.m.ID
	if p, ok := errors.AsType[*poisoned](err); ok {
		s.opt.Log.Error("panic", "in", "media file", "blob", id, "panic", p.what, "stack", string(p.stack))
		return
	}
	pause := int64(0)
	if ctx.Err() == nil {
		pause = s.pause(id).Milliseconds()
		s.opt.Log.Warn("media file put off", "blob", id, "code", syncproto.CodeOf(err), "ms", pause, "err", err)
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	due, attempts := s.now()+pause, j.m.Attempts
	err = s.store.Update(last, func(tx storage.Tx) error {
		m, err := tx.Media(id)
		if isNotFound(err) || err == nil && (m.State != storage.MediaWaiting || m.Attempts != attempts) {
			return nil
		}
		if err != nil {
			return err
		}
		m.Attempts, m.Due = attempts-1, due
		return tx.PutMedia(m)
	})
	if err != nil {
		s.opt.Log.Warn("media attempt stays counted", "blob", id, "code", syncproto.CodeOf(err))
	}
}
