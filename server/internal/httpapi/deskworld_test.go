package httpapi_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"testing"
	"time"

	"lantoa/server/internal/desk"
	"lantoa/server/internal/httpapi"
	"lantoa/server/internal/media"
	"lantoa/server/internal/review"
	"lantoa/server/internal/staff"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

// editors is a world with a review desk: a commune below the root and one beside it.
type editors struct {
	*gallery
	rounds         *syncer.Service
	commune, other syncproto.ID
}

func newEditors(t testing.TB) *editors {
	t.Helper()
	e := &editors{gallery: &gallery{kept: &watched{}}}
	e.world = newWorldWith(t, func(w *world, cfg *httpapi.Config) {
		e.kept.Blobs = w.blobs
		e.rounds = syncer.New(w.store, syncer.Options{Reviewer: review.New(review.Options{})})
		e.media = media.New(w.store, e.kept, media.Options{Work: t.TempDir()})
		service, err := staff.New(w.store, staff.Options{})
		if err != nil {
			t.Fatal(err)
		}
		cfg.Sync, cfg.Media, cfg.Staff = e.rounds, e.media, service
		cfg.Desk = desk.New(w.store, desk.Options{Actor: e.rounds})
	})
	e.commune, e.other = e.unit("Hoằng Lộc"), e.unit("Đông Sơn")
	return e
}

func (e *editors) unit(name string) syncproto.ID {
	e.t.Helper()
	u, err := e.people.CreateUnit(e.t.Context(), syncproto.Unit{Name: name, Parent: e.root.ID})
	if err != nil {
		e.t.Fatal(err)
	}
	return u.ID
}

// seat is somebody who is signed in at a terminal.
type seat struct {
	e *editors
	syncer.Actor
	token string
	hash  [32]byte
}

// sit makes a person with an account and a session.
func (e *editors) sit(name string, unit syncproto.ID, role syncproto.Role) *seat {
	e.t.Helper()
	p, _, err := e.people.CreatePerson(e.t.Context(), name, unit, role)
	if err != nil {
		e.t.Fatal(err)
	}
	raw, now := make([]byte, 32), time.Now().UnixMilli()
	rand.Read(raw)
	s := &seat{
		e: e, Actor: syncer.Actor{Person: p.ID, Device: syncproto.NewID()}, token: base64.RawURLEncoding.EncodeToString(raw),
		hash: sha256.Sum256(raw),
	}
	err = e.store.Update(e.t.Context(), func(tx storage.Tx) error {
		device := &storage.Device{ID: s.Device, Person: p.ID, Unit: unit, TokenHash: sha256.Sum256([]byte(s.Device)), Created: now}
		if err := tx.PutDevice(device); err != nil {
			return err
		}
		account := &storage.Account{Person: p.ID, Login: string(p.ID), Created: now, Handle: raw, Device: s.Device}
		if err := tx.PutAccount(account); err != nil {
			return err
		}
		return tx.PutSession(&storage.Session{
			Hash: s.hash, ID: syncproto.NewID(), Person: p.ID, Created: now, Proved: now, Seen: now, Expires: now + 3_600_000, Method: "password",
		})
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return s
}

// send sends a value as JSON, or bytes as they are.
func (s *seat) send(method, path string, value any) reply {
	s.e.t.Helper()
	body, raw := value.([]byte)
	if value != nil && !raw {
		var err error
		if body, err = json.Marshal(value); err != nil {
			s.e.t.Fatal(err)
		}
	}
	status, got, header := s.e.do(method, path, s.token, body, nil)
	return reply{status, got, header}
}

// get reads what has to be there.
func (s *seat) get(path string, into any) {
	s.e.t.Helper()
	s.must(http.MethodGet, path, nil, into)
}

func (s *seat) must(method, path string, value, into any) {
	s.e.t.Helper()
	r := s.send(method, path, value)
	if r.status != http.StatusOK {
		s.e.t.Fatalf("%s %s: %d %s", method, path, r.status, r.body)
	}
	if got := r.header.Get("Cache-Control"); got != "no-store" {
		s.e.t.Errorf("%s: a cache may keep it: %q", path, got)
	}
	if err := json.Unmarshal(r.body, into); err != nil {
		s.e.t.Fatal(err)
	}
}

// refused is a request that has to fail with a code.
func (s *seat) refused(want syncproto.Code, method, path string, value any) {
	s.e.t.Helper()
	if p := s.send(method, path, value).problem(s.e.t); p.Code != want {
		s.e.t.Errorf("%s %s: got %s at %q, want %s", method, path, p.Code, p.At, want)
	}
}

// act takes one act over HTTP.
func (s *seat) act(act object) desk.Done {
	s.e.t.Helper()
	whole := object{"id": syncproto.NewID(), "kind": "story"}
	maps.Copy(whole, act)
	var out struct{ Outcomes []desk.Done }
	s.must(http.MethodPost, "/v1/desk/acts", object{"acts": []object{whole}}, &out)
	return out.Outcomes[0]
}

// do takes a step as a phone does, which must go through.
func (s *seat) do(m syncproto.Mutation) int64 {
	s.e.t.Helper()
	m.ID = syncproto.NewID()
	outcome, err := s.e.rounds.Act(s.e.t.Context(), s.Actor, &m)
	if err != nil || outcome.Result == syncproto.Rejected {
		s.e.t.Fatalf("%s %v: got %+v, %v", m.Command, m.Set, outcome, err)
	}
	return outcome.Revision
}

// story makes a story of the commune and submits it, if it is to be.
func (s *seat) story(title string, submit bool) syncproto.ID {
	s.e.t.Helper()
	id := syncproto.NewID()
	m := syncproto.Mutation{Record: id, Kind: syncproto.KindStory, Unit: s.e.commune, Set: syncproto.Fields{"title": syncproto.Text(title)}}
	s.do(m)
	if submit {
		s.do(syncproto.Mutation{Record: id, Kind: syncproto.KindStory, Command: syncproto.CommandSubmit, BaseRevision: 1})
	}
	return id
}
