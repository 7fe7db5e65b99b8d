package enroll_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"lantoa/server/internal/enroll"
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

// world is the service over a store in memory, with one unit and a clock that is moved by hand.
type world struct {
	t      *testing.T
	store  *memory.Store
	people *people.Service
	enroll *enroll.Service
	now    time.Time
	unit   syncproto.Unit
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, store: memory.New(), now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	t.Cleanup(func() { w.store.Close() })
	clock := func() time.Time { return w.now }
	w.people, w.enroll = people.New(w.store).WithClock(clock), enroll.New(w.store, clock)
	unit, err := w.people.CreateUnit(t.Context(), syncproto.Unit{Name: "Xã Hải Lăng"})
	w.must(err)
	w.unit = unit
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) issue(inv enroll.Invitation) string {
	w.t.Helper()
	if inv.Unit == "" {
		inv.Unit = w.unit.ID
	}
	if inv.Role == "" {
		inv.Role = syncproto.RoleVolunteer
	}
	issued, err := w.enroll.Issue(w.t.Context(), inv)
	w.must(err)
	return issued.Code
}

func request(code string) *syncproto.EnrollRequest {
	return &syncproto.EnrollRequest{
		Code: code, Device: syncproto.NewID(), Nonce: strings.Repeat("n", 10) + string(syncproto.NewID()), Name: "Lê Thị Nở",
	}
}

func (w *world) redeem(req *syncproto.EnrollRequest) *syncproto.EnrollResponse {
	w.t.Helper()
	resp, err := w.enroll.Redeem(w.t.Context(), req)
	w.must(err)
	return resp
}

func (w *world) refused(req *syncproto.EnrollRequest, want syncproto.Code) {
	w.t.Helper()
	if _, err := w.enroll.Redeem(w.t.Context(), req); err == nil || syncproto.CodeOf(err) != want {
		w.t.Errorf("got %v, want %s", err, want)
	}
}

func TestACodeMakesAPersonAGrantAndADevice(t *testing.T) {
	w := newWorld(t)
	req := request(w.issue(enroll.Invitation{Role: syncproto.RoleEditor}))
	resp := w.redeem(req)
	if resp.Device != req.Device || resp.Unit != w.unit.ID || resp.UnitName != w.unit.Name || resp.Role != syncproto.RoleEditor || resp.Name != req.Name {
		t.Errorf("got %+v", resp)
	}
	person, grants, err := w.people.Person(t.Context(), resp.Person)
	w.must(err)
	if person.Name != req.Name || len(grants) != 1 || grants[0].Role != syncproto.RoleEditor || grants[0].Unit != w.unit.ID {
		t.Errorf("got %+v with %+v", person, grants)
	}
	w.must(w.store.View(t.Context(), func(r storage.Reader) error {
		profile, err := r.Record(resp.Person)
		if err == nil && profile.Record.Kind != syncproto.KindProfile {
			err = errors.New("the person's record is no profile")
		}
		return err
	}))
}

func TestTheSameRequestAgainGetsTheSameAnswer(t *testing.T) {
	w := newWorld(t)
	req := request(w.issue(enroll.Invitation{}))
	first := w.redeem(req)
	w.now = w.now.Add(30 * 24 * time.Hour) // the code has expired meanwhile
	if again := w.redeem(req); *again != *first {
		t.Errorf("got %+v, first %+v", again, first)
	}
	other := *req
	other.Nonce = strings.Repeat("x", 30)
	w.refused(&other, syncproto.CodeEnrollUsed)
	other = *req
	other.Device = syncproto.NewID()
	w.refused(&other, syncproto.CodeEnrollUsed)
	w.must(w.people.RevokeDevice(t.Context(), req.Device))
	w.refused(req, syncproto.CodeTokenRevoked)
}

// backup returns what a backup of now would know of a code, and the store's key.
func (w *world) backup(issued string) (key []byte, code storage.EnrollCode) {
	w.t.Helper()
	bare, err := syncproto.ParseEnrollCode(issued)
	w.must(err)
	w.must(w.store.View(w.t.Context(), func(r storage.Reader) error {
		found, err := r.EnrollCode(sha256.Sum256([]byte(bare)))
		if err == nil {
			code = *found
			key, err = r.Key()
		}
		return err
	}))
	return key, code
}

// restored is a server whose backup was taken after the code was issued and before it was redeemed.
func (w *world) restored(key []byte, code storage.EnrollCode) *world {
	w.t.Helper()
	back := newWorld(w.t)
	back.now = w.now
	back.must(back.store.Update(w.t.Context(), func(tx storage.Tx) error {
		unit := w.unit
		unit.Parent = ""
		if err := people.CreateUnit(tx, unit, w.now.UnixMilli()); err != nil {
			return err
		}
		return tx.PutEnrollCode(&code)
	}))
	back.unit = w.unit
	back.enroll = enroll.New(keyed{back.store, key}, func() time.Time { return back.now })
	return back
}

// keyed is a store with the key of another.
type keyed struct {
	storage.Store
	key []byte
}

type keyedTx struct {
	storage.Tx
	key []byte
}

func (k keyed) Update(ctx context.Context, fn func(storage.Tx) error) error {
	return k.Store.Update(ctx, func(tx storage.Tx) error { return fn(keyedTx{tx, k.key}) })
}

func (k keyedTx) Key() ([]byte, error) { return k.key, nil }

func TestARestoredServerMakesTheSamePersonAgain(t *testing.T) {
	w := newWorld(t)
	issued := w.issue(enroll.Invitation{Role: syncproto.RoleEditor, Name: "Lê Thị Nở"})
	key, code := w.backup(issued)
	req := request(issued)
	first := w.redeem(req)
	_, grants, err := w.people.Person(t.Context(), first.Person)
	w.must(err)
	back := w.restored(key, code)
	again := back.redeem(req)
	if again.Person != first.Person || again.Token != first.Token || again.Device != first.Device {
		t.Errorf("got %+v, first %+v", again, first)
	}
	_, regrants, err := back.people.Person(t.Context(), first.Person)
	w.must(err)
	if len(regrants) != 1 || regrants[0].ID != grants[0].ID {
		t.Errorf("grants %+v, first %+v", regrants, grants)
	}
	if other := w.redeem(request(w.issue(enroll.Invitation{}))); other.Person == first.Person {
		t.Error("two codes made one person")
	}
}

func TestAnExpiredCodeWorksForWhoProvesToHaveRedeemedIt(t *testing.T) {
	w := newWorld(t)
	issued := w.issue(enroll.Invitation{})
	key, code := w.backup(issued)
	req := request(issued)
	first := w.redeem(req)
	w.now = w.now.Add(30 * 24 * time.Hour)
	back := w.restored(key, code)
	back.refused(req, syncproto.CodeEnrollExpired)
	req.Token = strings.Repeat("A", 27)
	back.refused(req, syncproto.CodeEnrollExpired)
	req.Token = first.Token
	if again := back.redeem(req); again.Person != first.Person || again.Token != first.Token {
		t.Errorf("got %+v, first %+v", again, first)
	}
}

func TestManyPhonesRaceForOneCode(t *testing.T) {
	w := newWorld(t)
	code := w.issue(enroll.Invitation{})
	var group sync.WaitGroup
	results := make(chan error, 16)
	for range 16 {
		group.Go(func() {
			_, err := w.enroll.Redeem(context.Background(), request(code))
			results <- err
		})
	}
	group.Wait()
	close(results)
	won := 0
	for err := range results {
		if err == nil {
			won++
		} else if syncproto.CodeOf(err) != syncproto.CodeEnrollUsed {
			t.Errorf("a loser got %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d phones got in with one code", won)
	}
}

func TestCodesThatDoNotWork(t *testing.T) {
	w := newWorld(t)
	w.refused(request("ABCD-EFGH-JKMN"), syncproto.CodeEnrollTypo)
	w.refused(request(syncproto.NewEnrollCode()), syncproto.CodeEnrollUnknown)
	late := request(w.issue(enroll.Invitation{Valid: time.Hour}))
	w.now = w.now.Add(time.Hour)
	w.refused(late, syncproto.CodeEnrollExpired)
	taken := request(w.issue(enroll.Invitation{}))
	w.redeem(taken)
	stolen := request(w.issue(enroll.Invitation{}))
	stolen.Device = taken.Device
	w.refused(stolen, syncproto.CodeRecordExists)
	rude := request(w.issue(enroll.Invitation{}))
	rude.Name = "a\x1b[2J"
	w.refused(rude, syncproto.CodeInvalidValue)
}

func TestACodeIsReadAsPeopleTypeIt(t *testing.T) {
	w := newWorld(t)
	typed := request(strings.ToLower(strings.ReplaceAll(w.issue(enroll.Invitation{}), "-", " ")))
	w.redeem(typed)
}

func TestAFurtherPhoneOfTheSamePerson(t *testing.T) {
	w := newWorld(t)
	first := w.redeem(request(w.issue(enroll.Invitation{Name: "Trần Văn Bưởi"})))
	second := w.redeem(request(w.issue(enroll.Invitation{Person: first.Person})))
	if second.Person != first.Person || second.Name != "Trần Văn Bưởi" || second.Token == first.Token {
		t.Errorf("got %+v, first %+v", second, first)
	}
	if _, grants, err := w.people.Person(t.Context(), first.Person); err != nil || len(grants) != 1 {
		t.Errorf("got %d grants, %v; want the one", len(grants), err)
	}
}

func TestANamelessVolunteerGetsAName(t *testing.T) {
	w := newWorld(t)
	req := request(w.issue(enroll.Invitation{}))
	req.Name = ""
	if resp := w.redeem(req); !strings.HasPrefix(resp.Name, "Tình nguyện viên ") {
		t.Errorf("got %q", resp.Name)
	}
}

func TestInvitationsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name string
		inv  enroll.Invitation
		want syncproto.Code
	}{
		{"unknown unit", enroll.Invitation{Unit: syncproto.NewID(), Role: syncproto.RoleEditor}, syncproto.CodeNotFound},
		{"unknown role", enroll.Invitation{Unit: w.unit.ID, Role: "king"}, syncproto.CodeInvalidValue},
		{"unknown person", enroll.Invitation{Unit: w.unit.ID, Role: syncproto.RoleEditor, Person: syncproto.NewID()}, syncproto.CodeNotFound},
		{"valid for ever", enroll.Invitation{Unit: w.unit.ID, Role: syncproto.RoleEditor, Valid: 1000 * time.Hour * 24}, syncproto.CodeInvalidValue},
		{"valid for no time", enroll.Invitation{Unit: w.unit.ID, Role: syncproto.RoleEditor, Valid: -1}, syncproto.CodeInvalidValue},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := w.enroll.Issue(t.Context(), c.inv); err == nil || syncproto.CodeOf(err) != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestAForkIsRepeatable(t *testing.T) {
	w := newWorld(t)
	first := w.redeem(request(w.issue(enroll.Invitation{Role: syncproto.RoleEditor})))
	old := &storage.Device{ID: first.Device}
	req := &syncproto.ForkRequest{Device: syncproto.NewID(), Nonce: strings.Repeat("f", 30)}
	forked, err := w.enroll.Fork(t.Context(), old, req)
	w.must(err)
	again, err := w.enroll.Fork(t.Context(), old, req)
	w.must(err)
	if *again != *forked || forked.Person != first.Person || forked.Role != syncproto.RoleEditor || forked.Token == first.Token {
		t.Errorf("got %+v and %+v after %+v", forked, again, first)
	}
	req.Nonce = strings.Repeat("g", 30)
	if _, err := w.enroll.Fork(t.Context(), old, req); syncproto.CodeOf(err) != syncproto.CodeRecordExists {
		t.Errorf("another nonce gets %v", err)
	}
}

// TestAForkOfARevokedPhoneEndsWithIt: a copied phone brings what it holds, for as long as the other may.
func TestAForkOfARevokedPhoneEndsWithIt(t *testing.T) {
	w := newWorld(t)
	first := w.redeem(request(w.issue(enroll.Invitation{})))
	w.must(w.people.RevokeDevice(t.Context(), first.Device))
	revoked := w.device(first.Device).Revoked
	w.now = w.now.Add(10 * 24 * time.Hour)
	forked, err := w.enroll.Fork(t.Context(), &storage.Device{ID: first.Device}, &syncproto.ForkRequest{Device: syncproto.NewID(), Nonce: strings.Repeat("f", 30)})
	w.must(err)
	if d := w.device(forked.Device); d.Revoked != revoked || d.ForkedFrom != first.Device {
		t.Errorf("got %+v; the phone ended at %d", d, revoked)
	}
}

// TestForksAreFew: each makes the rights of everybody be read anew, so nobody makes them without end, also not fork by fork.
func TestForksAreFew(t *testing.T) {
	w := newWorld(t)
	from := w.redeem(request(w.issue(enroll.Invitation{}))).Device
	fork := func() error {
		made, err := w.enroll.Fork(t.Context(), &storage.Device{ID: from}, &syncproto.ForkRequest{Device: syncproto.NewID(), Nonce: strings.Repeat("f", 30)})
		if err == nil {
			from = made.Device
		}
		return err
	}
	for range 16 {
		w.must(fork())
	}
	if err := fork(); syncproto.CodeOf(err) != syncproto.CodeRateLimited {
		t.Errorf("the 17th gets %v", err)
	}
	w.now = w.now.Add(24 * time.Hour)
	w.must(fork())
}

func (w *world) device(id syncproto.ID) (d *storage.Device) {
	w.t.Helper()
	w.must(w.store.View(w.t.Context(), func(r storage.Reader) (err error) {
		d, err = r.Device(id)
		return err
	}))
	return d
}

// TestACodeEndsWhenItsPersonMayDoMore: a code for a volunteer's further phone does not become one for an editor's.
func TestACodeEndsWhenItsPersonMayDoMore(t *testing.T) {
	w := newWorld(t)
	person := w.redeem(request(w.issue(enroll.Invitation{}))).Person
	give := func(role syncproto.Role, from time.Duration) {
		w.now = w.now.Add(time.Second)
		_, err := w.people.AddGrant(t.Context(), syncproto.Grant{Person: person, Unit: w.unit.ID, Role: role, From: w.now.Add(from).UnixMilli()})
		w.must(err)
	}
	early, second, other := w.issue(enroll.Invitation{Person: person}), w.issue(enroll.Invitation{Person: person}), w.issue(enroll.Invitation{Person: person, Role: syncproto.RoleOfficer})
	give(syncproto.RoleVolunteer, 0)
	w.redeem(request(early))
	give(syncproto.RoleOfficer, 0)
	w.redeem(request(other))
	w.refused(request(second), syncproto.CodeEnrollExpired)
	ahead := w.issue(enroll.Invitation{Person: person})
	give(syncproto.RoleAdmin, 20*24*time.Hour)
	w.refused(request(ahead), syncproto.CodeEnrollExpired)
	past := w.issue(enroll.Invitation{Person: person})
	give(syncproto.RoleEditor, -20*24*time.Hour)
	w.refused(request(past), syncproto.CodeEnrollExpired)
	w.redeem(request(w.issue(enroll.Invitation{Person: person})))
}

// TestAUsedCodeNamesNobody: the name is the person's, and goes when the person asks for it.
func TestAUsedCodeNamesNobody(t *testing.T) {
	w := newWorld(t)
	code := w.issue(enroll.Invitation{Name: "Trần Văn Bưởi"})
	w.redeem(request(code))
	bare, err := syncproto.ParseEnrollCode(code)
	w.must(err)
	w.must(w.store.View(t.Context(), func(r storage.Reader) error {
		stored, err := r.EnrollCode(sha256.Sum256([]byte(bare)))
		if err == nil && stored.Name != "" {
			t.Errorf("it names %q", stored.Name)
		}
		return err
	}))
}

func TestTheLimiterSlowsGuessersOnly(t *testing.T) {
	now := time.Unix(1000, 0)
	l := enroll.NewLimiter(enroll.Rate{Burst: 3, Every: time.Second}, enroll.Rate{Burst: 100, Every: time.Second}, func() time.Time { return now })
	a, b := netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("2001:db8::1")
	for i := range 3 {
		if wait := l.Wait(a); wait != 0 {
			t.Fatalf("attempt %d waits %v", i, wait)
		}
		l.Failed(a)
	}
	if wait := l.Wait(a); wait != time.Second {
		t.Errorf("the fourth attempt waits %v", wait)
	}
	if wait := l.Wait(b); wait != 0 {
		t.Errorf("another address waits %v", wait)
	}
	for range 3 {
		l.Failed(b)
	}
	if wait := l.Wait(netip.MustParseAddr("2001:db8::2:3")); wait == 0 {
		t.Error("the same network with another address need not wait")
	}
	now = now.Add(time.Second)
	if wait := l.Wait(a); wait != 0 {
		t.Errorf("after a second it still waits %v", wait)
	}
}

func TestTheLimiterIsBounded(t *testing.T) {
	now := time.Unix(1000, 0)
	l := enroll.NewLimiter(enroll.Rate{Burst: 3, Every: time.Hour}, enroll.Rate{Burst: 1 << 30, Every: 1}, func() time.Time { return now })
	for i := range 50_000 {
		l.Failed(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}))
	}
	if wait := l.Wait(netip.MustParseAddr("192.0.2.1")); wait == 0 {
		t.Error("addresses beyond the memory share no bucket")
	}
	if wait := l.Wait(netip.MustParseAddr("10.0.0.1")); wait != 0 {
		t.Errorf("an address with one failure waits %v", wait)
	}
}
