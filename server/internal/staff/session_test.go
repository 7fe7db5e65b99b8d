package staff_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/staff"
	"lantoa/storage"
	"lantoa/syncproto"
)

func TestSessionsEnd(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(w *world, entry *staff.Entry, who *staff.Identity)
	}{
		{"idle", func(w *world, _ *staff.Entry, _ *staff.Identity) { w.wait(12 * time.Hour) }},
		{"used for two weeks", func(w *world, entry *staff.Entry, _ *staff.Identity) {
			for range 14*24/8 - 1 {
				w.wait(8 * time.Hour)
				w.identify(entry.Token)
			}
			w.wait(8 * time.Hour)
		}},
		{"signed out", func(w *world, entry *staff.Entry, _ *staff.Identity) {
			w.must(w.staff.SignOut(w.t.Context(), entry.Token))
		}},
		{"ended elsewhere", func(w *world, _ *staff.Entry, who *staff.Identity) {
			_, other := w.signIn(at("10.0.0.3"), "thino")
			w.must(w.staff.EndSession(w.t.Context(), other, who.Session))
		}},
		{"suspended", func(w *world, _ *staff.Entry, who *staff.Identity) {
			w.change(who.Person, func(p *storage.Person) { p.Suspended = 1 })
		}},
		{"closed", func(w *world, _ *staff.Entry, who *staff.Identity) {
			w.change(who.Person, func(p *storage.Person) { p.Closed = 1 })
		}},
		{"reset", func(w *world, _ *staff.Entry, _ *staff.Identity) {
			_, err := w.staff.Reset(w.t.Context(), "thino")
			w.must(err)
		}},
		{"the account dropped", func(w *world, _ *staff.Entry, who *staff.Identity) {
			w.must(w.store.Update(w.t.Context(), func(tx storage.Tx) error { return tx.DropAccount(who.Person) }))
		}},
		{"the desk's device revoked", func(w *world, _ *staff.Entry, who *staff.Identity) {
			w.must(w.people.RevokeDevice(w.t.Context(), who.Device))
		}},
		{"another password", func(w *world, _ *staff.Entry, _ *staff.Identity) {
			v := at("10.0.0.3")
			_, other := w.signIn(v, "thino")
			_, err := w.staff.SetPassword(w.t.Context(), other, v, "một mật mã khác hẳn")
			w.must(err)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.join("Lê Thị Nở", "thino", w.commune.ID, syncproto.RoleEditor)
			entry, who := w.signIn(at("10.0.0.2"), "thino")
			w.t = t
			c.end(w, entry, who)
			_, err := w.staff.Identify(t.Context(), entry.Token)
			w.refused(err, syncproto.CodeSessionEnded)
		})
	}
}

// TestAnAccountThatIsOpenedAgainNeedsANewSession: what was shut stays shut, and the desk gets a new device where an admin
// revoked the old one.
func TestAnAccountThatIsOpenedAgainNeedsANewSession(t *testing.T) {
	w := newWorld(t)
	w.join("Lê Thị Nở", "thino", w.commune.ID, syncproto.RoleEditor)
	entry, who := w.signIn(at("10.0.0.2"), "thino")
	w.change(who.Person, func(p *storage.Person) { p.Suspended = 1 })
	_, err := w.staff.Identify(t.Context(), entry.Token)
	w.refused(err, syncproto.CodeSessionEnded)
	w.change(who.Person, func(p *storage.Person) { p.Suspended = 0 })
	_, err = w.staff.Identify(t.Context(), entry.Token)
	w.refused(err, syncproto.CodeSessionEnded)
	_, who = w.signIn(at("10.0.0.2"), "thino")
	w.must(w.people.RevokeDevice(t.Context(), who.Device))
	if _, again := w.signIn(at("10.0.0.2"), "thino"); again.Device == who.Device {
		t.Error("a revoked device judges again")
	}
}

func (w *world) change(person syncproto.ID, fn func(*storage.Person)) {
	w.t.Helper()
	w.must(w.store.Update(w.t.Context(), func(tx storage.Tx) error {
		p, err := tx.Person(person)
		if err != nil {
			return err
		}
		fn(p)
		return tx.PutPerson(p)
	}))
}

func TestTokensThatAreNone(t *testing.T) {
	w := newWorld(t)
	w.join("Lê Thị Nở", "thino", w.commune.ID, syncproto.RoleEditor)
	entry, _ := w.signIn(at("10.0.0.2"), "thino")
	for _, token := range []string{"", "x", entry.Token + "A", entry.Token[1:], strings.Repeat("A", 43), entry.Token + "\n", entry.Browser} {
		_, err := w.staff.Identify(t.Context(), token)
		w.refused(err, syncproto.CodeSessionEnded)
	}
}

func TestTheUseOfASessionIsWrittenOnceAMinute(t *testing.T) {
	w := newWorld(t)
	w.join("Lê Thị Nở", "thino", w.commune.ID, syncproto.RoleEditor)
	entry, who := w.signIn(at("10.0.0.2"), "thino")
	seen := func() int64 {
		list, err := w.staff.Sessions(t.Context(), who)
		w.must(err)
		for _, one := range list {
			if one.Current {
				return one.Seen
			}
		}
		t.Fatal("no current session")
		return 0
	}
	start := seen()
	w.wait(59 * time.Second)
	w.identify(entry.Token)
	if seen() != start {
		t.Error("written within the minute")
	}
	w.wait(time.Second)
	w.identify(entry.Token)
	if seen() != w.clock().UnixMilli() {
		t.Error("not written after a minute")
	}
}

func TestAListOfSessions(t *testing.T) {
	w := newWorld(t)
	w.join("Lê Thị Nở", "thino", w.commune.ID, syncproto.RoleEditor)
	v := at("10.0.0.2")
	w.wait(time.Minute)
	v.Agent = "Mozilla/5.0 \x1b[2J" + strings.Repeat("ữ", 200)
	first, _ := w.signIn(v, "thino")
	w.wait(time.Minute)
	_, who := w.signIn(at("10.0.0.3"), "thino")
	list, err := w.staff.Sessions(t.Context(), who)
	w.must(err)
	if len(list) != 3 || !list[0].Current || list[1].Method != staff.MethodPassword || list[2].Method != staff.MethodLink {
		t.Fatalf("got %+v", list)
	}
	if a := list[1].Agent; len(a) > 200 || strings.Contains(a, "\x1b") || !strings.HasPrefix(a, "Mozilla/5.0 [2J") {
		t.Errorf("got agent %q", a)
	}
	// A sign-in with a session of the same person takes its place.
	_, err = w.staff.SignIn(t.Context(), &staff.Visit{From: v.From, Token: first.Token}, "thino", good)
	w.must(err)
	_, err = w.staff.Identify(t.Context(), first.Token)
	w.refused(err, syncproto.CodeSessionEnded)
	// And not one of somebody else.
	w.join("Trần Văn Bưởi", "vanbuoi", w.commune.ID, syncproto.RoleEditor)
	others, _ := w.signIn(at("10.0.0.4"), "vanbuoi")
	_, err = w.staff.SignIn(t.Context(), &staff.Visit{From: v.From, Token: others.Token}, "thino", good)
	w.must(err)
	stranger := w.identify(others.Token)
	w.refused(w.staff.EndSession(t.Context(), stranger, who.Session), syncproto.CodeNotFound)
}

// TestChangingHowSomebodySignsInNeedsAFreshProof goes through all that does.
func TestChangingHowSomebodySignsInNeedsAFreshProof(t *testing.T) {
	w := newWorld(t)
	w.join("Lê Thị Nở", "thino", w.root.ID, syncproto.RoleAdmin)
	other := w.join("Trần Văn Bưởi", "vanbuoi", w.commune.ID, syncproto.RoleEditor)
	v := at("10.0.0.2")
	entry, who := w.signIn(v, "thino")
	w.wait(15 * time.Minute)
	for name, change := range map[string]func() error{
		"password": func() error {
			_, err := w.staff.SetPassword(t.Context(), who, v, "một mật mã khác hẳn")
			return err
		},
		"codes":  func() error { _, err := w.staff.NewCodes(t.Context(), who); return err },
		"key":    func() error { _, err := w.staff.BeginPasskey(t.Context(), who, v); return err },
		"drop":   func() error { return w.staff.DropPasskey(t.Context(), who, "AAAA") },
		"invite": func() error { _, err := w.staff.Invite(t.Context(), who, other); return err },
	} {
		if err := change(); syncproto.CodeOf(err) != syncproto.CodeConfirm {
			t.Errorf("%s: %v", name, err)
		}
	}
	v.Token = entry.Token
	_, who = w.signIn(v, "thino")
	entry, err := w.staff.SetPassword(t.Context(), who, v, "một mật mã khác hẳn")
	w.must(err)
	w.identify(entry.Token)
	w.refused(w.try(v, "thino", good), syncproto.CodeSignInFailed)
	w.must(w.try(v, "thino", "một mật mã khác hẳn"))
	_, err = w.staff.SetPassword(t.Context(), w.identify(entry.Token), v, "thino thino 1")
	w.refused(err, syncproto.CodeWeakPassword)
}

func TestSomebodyRevokesTheirOwnPhonesOnly(t *testing.T) {
	w := newWorld(t)
	person := w.join("Lê Thị Nở", "thino", w.commune.ID, syncproto.RoleEditor)
	other := w.join("Trần Văn Bưởi", "vanbuoi", w.commune.ID, syncproto.RoleEditor)
	phone := storage.Device{ID: syncproto.NewID(), Person: person, Unit: w.commune.ID, TokenHash: [32]byte{1}, Created: 1}
	w.must(w.store.Update(t.Context(), func(tx storage.Tx) error { return tx.PutDevice(&phone) }))
	_, who := w.signIn(at("10.0.0.2"), "thino")
	list, err := w.staff.Devices(t.Context(), who)
	w.must(err)
	if len(list) != 1 || list[0].ID != phone.ID {
		t.Fatalf("got %+v", list)
	}
	for _, id := range []syncproto.ID{w.account(other).Device, who.Device, syncproto.NewID()} {
		w.refused(w.staff.RevokeDevice(t.Context(), who, id), syncproto.CodeNotFound)
	}
	w.must(w.staff.RevokeDevice(t.Context(), who, phone.ID))
	w.must(w.staff.RevokeDevice(t.Context(), who, phone.ID))
	list, err = w.staff.Devices(t.Context(), who)
	w.must(err)
	if list[0].Revoked == 0 {
		t.Error("not revoked")
	}
	if n := slices.Index(w.acts(), staff.ActRevokeDevice); n < 0 {
		t.Error("not in the audit log")
	}
}

func TestSessionsArePerPersonBounded(t *testing.T) {
	w := newWorld(t)
	w.join("Lê Thị Nở", "thino", w.commune.ID, syncproto.RoleEditor)
	first, _ := w.signIn(at("10.0.0.2"), "thino")
	for range 60 {
		w.wait(2 * time.Minute)
		w.identify(first.Token) // in use: it stays
		w.signIn(at("10.0.0.3"), "thino")
	}
	list, err := w.staff.Sessions(t.Context(), w.identify(first.Token))
	w.must(err)
	if len(list) != 50 {
		t.Errorf("%d sessions", len(list))
	}
}
