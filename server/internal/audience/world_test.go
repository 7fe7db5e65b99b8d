package audience_test

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	"lantoa/server/internal/audience"
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

// start is 07:10 of 22 November 2026 in Vietnam.
var start = time.Date(2026, 11, 22, 0, 10, 0, 0, time.UTC)

// world is a province of three communes beside another, with an officer.
type world struct {
	t     testing.TB
	store storage.Store
	svc   *audience.Service
	keys  *audience.Keys
	now   time.Time
	log   bytes.Buffer

	province, other     syncproto.ID
	north, south, west  syncproto.ID // communes of the province
	team                syncproto.ID // below north
	officer, stranger   people.Actor // of the province, of the other
	operator, volunteer people.Actor
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, store: memory.New(), now: start}
	w.keys = newKeys(t, 1)
	w.build()
	w.svc = w.service(w.keys)
	return w
}

func newKeys(t testing.TB, seeds ...byte) *audience.Keys {
	t.Helper()
	var list [][]byte
	for _, seed := range seeds {
		list = append(list, bytes.Repeat([]byte{seed}, 32))
	}
	keys, err := audience.NewKeys(list...)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func (w *world) service(keys *audience.Keys) *audience.Service {
	return audience.New(audience.Options{
		Store: w.store, Keys: keys, Now: func() time.Time { return w.now }, Log: slog.New(slog.NewTextHandler(&w.log, nil)),
	})
}

func (w *world) build() {
	w.province, w.other = w.unit("Thanh Hóa", ""), w.unit("Nghệ An", "")
	w.north, w.south, w.west = w.unit("Bắc", w.province), w.unit("Nam", w.province), w.unit("Tây", w.province)
	w.team = w.unit("Tổ 1", w.north)
	w.officer = people.Actor{Person: w.person("Anh Đông", syncproto.RoleOfficer, w.province)}
	w.stranger = people.Actor{Person: w.person("Chị Hà", syncproto.RoleOfficer, w.other)}
	w.operator = people.Actor{Person: w.person("Bác Tư", syncproto.RoleOperator, w.other)}
	w.volunteer = people.Actor{Person: w.person("Lê Thị Lan", syncproto.RoleVolunteer, w.west)}
}

func (w *world) update(fn func(tx storage.Tx) error) {
	w.t.Helper()
	if err := w.store.Update(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) unit(name string, parent syncproto.ID) syncproto.ID {
	u := syncproto.Unit{ID: syncproto.NewID(), Name: name, Parent: parent, From: start.UnixMilli() - 1000}
	w.update(func(tx storage.Tx) error { return tx.PutUnit(&u) })
	return u.ID
}

func (w *world) person(name string, role syncproto.Role, units ...syncproto.ID) syncproto.ID {
	w.t.Helper()
	p := storage.Person{ID: syncproto.NewID(), Name: name, Created: 1}
	w.update(func(tx storage.Tx) error { return tx.PutPerson(&p) })
	for _, unit := range units {
		w.grant(p.ID, role, unit, 1, 0)
	}
	return p.ID
}

func (w *world) grant(person syncproto.ID, role syncproto.Role, unit syncproto.ID, from, until int64) {
	w.t.Helper()
	g := syncproto.Grant{ID: syncproto.NewID(), Person: person, Unit: unit, Role: role, From: from, Until: until}
	w.update(func(tx storage.Tx) error { return tx.PutGrant(&g) })
}

// tell stores a fact as it is, whether or not it was agreed to.
func (w *world) tell(person syncproto.ID, name, value string, consent int64) {
	w.t.Helper()
	sealed, err := w.keys.Seal(person, name, value)
	if err != nil {
		w.t.Fatal(err)
	}
	w.update(func(tx storage.Tx) error {
		return tx.PutFact(&storage.Fact{Person: person, Name: name, Sealed: sealed, Consent: consent, How: "written", Changed: 1})
	})
}

// call stores a call of a unit with a list.
func (w *world) call(unit syncproto.ID, list ...storage.Recipient) syncproto.ID {
	w.t.Helper()
	c := storage.Call{ID: syncproto.NewID(), Units: []syncproto.ID{unit}, Kind: syncproto.CallOrdinary, State: storage.CallSent, Revision: 1}
	w.update(func(tx storage.Tx) error {
		if err := tx.PutCall(&c); err != nil {
			return err
		}
		for i := range list {
			list[i].Call = c.ID
		}
		return tx.AddRecipients(list)
	})
	return c.ID
}

func parse(t testing.TB, text string) *audience.Predicate {
	t.Helper()
	p, err := audience.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

func (w *world) resolve(by people.Actor, text string) (*audience.List, error) {
	w.t.Helper()
	return w.svc.Resolve(w.t.Context(), by, audience.Ask{Predicate: parse(w.t, text)})
}

func (w *world) preview(by people.Actor, text string) (*audience.Preview, error) {
	w.t.Helper()
	return w.svc.Preview(w.t.Context(), by, audience.Ask{Predicate: parse(w.t, text), Kind: syncproto.CallOrdinary})
}

// found returns who matches, by the unit in which each is counted.
func (w *world) found(by people.Actor, text string) map[syncproto.ID]syncproto.ID {
	w.t.Helper()
	list, err := w.resolve(by, text)
	out := map[syncproto.ID]syncproto.ID{}
	if syncproto.CodeOf(err) == syncproto.CodeAudienceEmpty {
		return out
	}
	if err != nil {
		w.t.Fatalf("%s: %v", text, err)
	}
	for i, id := range list.Persons {
		if _, twice := out[id]; twice {
			w.t.Errorf("%s is there twice", id)
		}
		out[id] = list.Units[i]
	}
	return out
}

func (w *world) audits(act string) (list []storage.Audit) {
	w.t.Helper()
	err := w.store.View(w.t.Context(), func(r storage.Reader) error {
		all, err := r.Audits("", 0, 10_000)
		for i := range all {
			if all[i].Act == act {
				list = append(list, all[i])
			}
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

func wantCode(t testing.TB, err error, code syncproto.Code) {
	t.Helper()
	if syncproto.CodeOf(err) != code || err == nil {
		t.Errorf("got %v, want %s", err, code)
	}
}
