package reach_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"lantoa/server/internal/people"
	"lantoa/server/internal/reach"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

var start = time.Date(2026, 11, 22, 0, 10, 0, 0, time.UTC)

// world is a province of communes with a call that was sent.
type world struct {
	t     testing.TB
	store storage.Store
	svc   *reach.Service
	log   bytes.Buffer
	dir   string

	province, north, south syncproto.ID
	officer, local         people.Actor // of the province, of the north
	stranger               people.Actor
	call                   storage.Call
	count                  int
}

func newWorld(t testing.TB) *world { return newWorldOn(t, memory.New()) }

func newWorldOn(t testing.TB, store storage.Store) *world {
	w := &world{t: t, store: store, dir: t.TempDir()}
	w.province, w.north, w.south = w.unit("Thanh Hóa", ""), "", ""
	w.north, w.south = w.unit("=Bắc", w.province), w.unit("Nam", w.province)
	w.officer = people.Actor{Person: w.person("Đông", "", syncproto.RoleOfficer, w.province)}
	w.local = people.Actor{Person: w.person("Hoà", "", syncproto.RoleOfficer, w.north)}
	w.stranger = people.Actor{Person: w.person("Hà", "", syncproto.RoleOfficer, w.unit("Nghệ An", ""))}
	w.svc = reach.New(reach.Options{
		Store: w.store, Now: func() time.Time { return start }, Log: slog.New(slog.NewTextHandler(&w.log, nil)), Temp: w.dir,
	})
	w.call = storage.Call{
		ID: syncproto.NewID(), Units: []syncproto.ID{w.north, w.south}, Kind: syncproto.CallUrgent, State: storage.CallSent, Revision: 1,
		Title: "Cần máu nhóm O", Choices: []storage.Choice{{Name: "yes", Takes: true}, {Name: "no"}}, Capacity: 40,
	}
	w.update(func(tx storage.Tx) error { return tx.PutCall(&w.call) })
	return w
}

func (w *world) update(fn func(tx storage.Tx) error) {
	w.t.Helper()
	if err := w.store.Update(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) unit(name string, parent syncproto.ID) syncproto.ID {
	u := syncproto.Unit{ID: syncproto.NewID(), Name: name, Parent: parent, From: 1}
	w.update(func(tx storage.Tx) error { return tx.PutUnit(&u) })
	return u.ID
}

func (w *world) person(name, phone string, role syncproto.Role, unit syncproto.ID) syncproto.ID {
	id := syncproto.NewID()
	w.update(func(tx storage.Tx) error {
		if err := tx.PutPerson(&storage.Person{ID: id, Name: name, Phone: phone, Created: 1}); err != nil {
			return err
		}
		return tx.PutGrant(&syncproto.Grant{ID: syncproto.NewID(), Person: id, Unit: unit, Role: role, From: 1})
	})
	return id
}

// chosen puts somebody on the list. A number says that they may be telephoned.
func (w *world) chosen(name, phone string, unit syncproto.ID, r storage.Recipient) syncproto.ID {
	w.t.Helper()
	id := w.person(name, phone, syncproto.RoleVolunteer, unit)
	r.Call, r.Person, r.Unit, r.Gone = w.call.ID, id, unit, start.UnixMilli()+1
	w.update(func(tx storage.Tx) error {
		if err := tx.AddRecipients([]storage.Recipient{r}); err != nil {
			return err
		}
		return tx.PutPreference(&storage.Preference{Person: id, MayPhone: phone != ""})
	})
	return id
}

// many puts so many on the list of whom nothing is known.
func (w *world) many(n int, unit syncproto.ID, r storage.Recipient) {
	for range n {
		w.count++
		w.chosen(fmt.Sprint("Người ", w.count), "", unit, r)
	}
}

func (w *world) audits(act string) (details []string) {
	w.t.Helper()
	err := w.store.View(w.t.Context(), func(r storage.Reader) error {
		all, err := r.Audits(w.call.ID, 0, 10_000)
		for i := range all {
			if all[i].Act == act {
				details = append(details, all[i].Detail)
			}
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return details
}

func wantCode(t testing.TB, err error, code syncproto.Code) {
	t.Helper()
	if err == nil || syncproto.CodeOf(err) != code {
		t.Errorf("got %v, want %s", err, code)
	}
}
