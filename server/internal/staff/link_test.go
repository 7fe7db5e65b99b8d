package staff_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"lantoa/server/internal/staff"
	"lantoa/storage"
	"lantoa/syncproto"
)

func (w *world) use(link string, s staff.Setup) (*staff.Entry, error) {
	s.Link = link
	if s.Password == "" {
		s.Password = good
	}
	return w.staff.UseLink(w.t.Context(), at("10.0.0.1"), s)
}

func (w *world) firstLink() string {
	w.t.Helper()
	link, err := w.staff.FirstLink(w.t.Context())
	w.must(err)
	if link == nil {
		w.t.Fatal("no link")
	}
	return link.Link
}

func TestTheFirstOperatorComesInByALink(t *testing.T) {
	w := newWorld(t)
	old := w.firstLink()
	link := w.firstLink()
	_, err := w.use(old, staff.Setup{Login: "vanhanh"})
	w.refused(err, syncproto.CodeLinkUsed)
	_, err = w.use(link, staff.Setup{Login: "vanhanh", Password: "1234567890"})
	w.refused(err, syncproto.CodeWeakPassword)
	_, err = w.use(link, staff.Setup{Login: "x"})
	w.refused(err, syncproto.CodeInvalidValue)
	entry, err := w.use(link, staff.Setup{Login: "vanhanh", Name: "Lê Thị Nở"})
	w.must(err)
	who := w.identify(entry.Token)
	me, err := w.staff.Me(t.Context(), who)
	w.must(err)
	if me.Name != "Lê Thị Nở" || len(me.Grants) != 1 || me.Grants[0].Role != syncproto.RoleOperator || me.Grants[0].Unit != w.root.ID || me.Grants[0].UnitName != w.root.Name {
		t.Errorf("got %+v", me)
	}
	_, err = w.use(link, staff.Setup{Login: "khac"})
	w.refused(err, syncproto.CodeLinkUsed)
	if again, err := w.staff.FirstLink(t.Context()); err != nil || again != nil {
		t.Errorf("a second operator: %v %v", again, err)
	}
	want := []string{staff.ActFirstOperator, staff.ActMakeAccount, staff.ActUseLink, staff.ActSetPassword, staff.ActSignIn}
	if got := w.acts(); !slices.Equal(got, want) {
		t.Errorf("audit log %v", got)
	}
}

func TestALinkOfTheFirstOperatorEnds(t *testing.T) {
	w := newWorld(t)
	link := w.firstLink()
	w.wait(24 * time.Hour)
	_, err := w.use(link, staff.Setup{Login: "vanhanh"})
	w.refused(err, syncproto.CodeLinkUsed)
	// And with the first operator, whoever that is.
	link = w.firstLink()
	w.join("Lê Thị Nở", "thino", w.root.ID, syncproto.RoleOperator)
	_, err = w.use(link, staff.Setup{Login: "vanhanh"})
	w.refused(err, syncproto.CodeLinkUsed)
}

func TestManyRaceForOneLink(t *testing.T) {
	w := newWorld(t)
	link := w.firstLink()
	var group sync.WaitGroup
	results := make(chan error, 16)
	for range 16 {
		group.Go(func() {
			_, err := w.use(link, staff.Setup{Login: "vanhanh"})
			results <- err
		})
	}
	group.Wait()
	close(results)
	won := 0
	for err := range results {
		if err == nil {
			won++
		} else {
			w.refused(err, syncproto.CodeLinkUsed)
		}
	}
	if won != 1 {
		t.Errorf("%d came in by one link", won)
	}
}

// TestALinkBeginsAnAccountAnew: whatever let somebody in before, lets nobody in any more.
func TestALinkBeginsAnAccountAnew(t *testing.T) {
	w := newWorld(t)
	person := w.join("Lê Thị Nở", "thino", w.commune.ID, syncproto.RoleEditor)
	entry, who := w.signIn(at("10.0.0.2"), "thino")
	codes, err := w.staff.NewCodes(t.Context(), who)
	w.must(err)
	w.must(w.store.Update(t.Context(), func(tx storage.Tx) error {
		return tx.PutPasskey(&storage.Passkey{ID: []byte("k"), Person: person, Data: []byte("{}")})
	}))
	link, err := w.staff.Reset(t.Context(), "ThiNo")
	w.must(err)
	_, err = w.use(link.Link, staff.Setup{Password: "một mật mã khác hẳn"}) // without a login: it stays
	w.must(err)
	_, err = w.staff.Identify(t.Context(), entry.Token)
	w.refused(err, syncproto.CodeSessionEnded)
	w.refused(w.try(at("10.0.0.2"), "thino", good), syncproto.CodeSignInFailed)
	_, err = w.staff.Recover(t.Context(), at("10.0.0.2"), "thino", codes[0])
	w.refused(err, syncproto.CodeSignInFailed)
	w.must(w.try(at("10.0.0.2"), "thino", "một mật mã khác hẳn"))
	list, err := w.staff.List(t.Context())
	w.must(err)
	if len(list) != 1 || list[0].Passkeys != 0 || list[0].Login != "thino" || list[0].Sessions != 2 {
		t.Errorf("got %+v", list)
	}
	_, err = w.staff.Reset(t.Context(), "khongco")
	w.refused(err, syncproto.CodeNotFound)
}

func TestALoginIsOfOnePerson(t *testing.T) {
	w := newWorld(t)
	w.join("Lê Thị Nở", "0912345678", w.commune.ID, syncproto.RoleEditor)
	person, _, err := w.people.CreatePerson(t.Context(), "Trần Văn Bưởi", w.commune.ID, syncproto.RoleEditor)
	w.must(err)
	link, err := w.staff.LinkFor(t.Context(), person.ID)
	w.must(err)
	_, err = w.use(link.Link, staff.Setup{Login: "+84 912 345 678"})
	w.refused(err, syncproto.CodeInvalidValue)
	_, err = w.use(link.Link, staff.Setup{Login: "0987654321"}) // the link is still good
	w.must(err)
}

// TestWhoMayInvite: a link is as good as the account, so nobody makes one for somebody who may do more than they.
func TestWhoMayInvite(t *testing.T) {
	w := newWorld(t)
	other, err := w.people.CreateUnit(t.Context(), syncproto.Unit{Name: "Xã Vĩnh Linh", Parent: w.root.ID})
	w.must(err)
	logins := map[string]syncproto.ID{}
	for _, p := range []struct {
		login string
		unit  syncproto.ID
		role  syncproto.Role
	}{
		{"operator", w.root.ID, syncproto.RoleOperator},
		{"province", w.root.ID, syncproto.RoleAdmin},
		{"admin", w.commune.ID, syncproto.RoleAdmin},
		{"editor", w.commune.ID, syncproto.RoleEditor},
		{"volunteer", w.commune.ID, syncproto.RoleVolunteer},
		{"foreign", other.ID, syncproto.RoleEditor},
	} {
		logins[p.login] = w.join("Người", p.login, p.unit, p.role)
	}
	both := w.join("Người", "both", w.commune.ID, syncproto.RoleEditor)
	_, err = w.people.AddGrant(t.Context(), syncproto.Grant{Person: both, Unit: other.ID, Role: syncproto.RoleEditor})
	w.must(err)
	logins["both"] = both
	may := map[string][]string{
		"operator": {"admin", "both", "editor", "foreign", "operator", "province", "volunteer"},
		"province": {"admin", "both", "editor", "foreign", "province", "volunteer"},
		"admin":    {"admin", "editor", "volunteer"},
	}
	for by := range logins {
		_, who := w.signIn(at("10.0.0.2"), by)
		for whom, person := range logins {
			link, err := w.staff.Invite(t.Context(), who, person)
			if slices.Contains(may[by], whom) {
				if err != nil || link.Link == "" {
					t.Errorf("%s invites %s: %v", by, whom, err)
				}
			} else if syncproto.CodeOf(err) != syncproto.CodeNotFound {
				t.Errorf("%s invites %s: %v", by, whom, err)
			}
		}
		_, err := w.staff.Invite(t.Context(), who, syncproto.NewID())
		w.refused(err, syncproto.CodeNotFound)
	}
	// Whoever was suspended since then finds the link ended.
	_, who := w.signIn(at("10.0.0.2"), "province")
	link, err := w.staff.Invite(t.Context(), who, logins["editor"])
	w.must(err)
	w.change(logins["editor"], func(p *storage.Person) { p.Suspended = 1 })
	_, err = w.use(link.Link, staff.Setup{})
	w.refused(err, syncproto.CodeLinkUsed)
}

// TestALinkEndsWhenItsPersonMayDoMore: an admin of a commune makes a link for a volunteer who then becomes an operator. By it
// the admin would be one.
func TestALinkEndsWhenItsPersonMayDoMore(t *testing.T) {
	w := newWorld(t)
	w.join("Quản trị", "admin", w.commune.ID, syncproto.RoleAdmin)
	_, who := w.signIn(at("10.0.0.2"), "admin")
	for name, from := range map[string]time.Duration{"now": 0, "ahead": time.Hour, "as of yesterday": -24 * time.Hour} {
		person, _, err := w.people.CreatePerson(t.Context(), "Lê Thị Nở", w.commune.ID, syncproto.RoleVolunteer)
		w.must(err)
		link, err := w.staff.Invite(t.Context(), who, person.ID)
		w.must(err)
		w.wait(time.Second)
		_, err = w.people.AddGrant(t.Context(), syncproto.Grant{Person: person.ID, Unit: w.commune.ID, Role: syncproto.RoleVolunteer})
		w.must(err)
		_, err = w.people.AddGrant(t.Context(), syncproto.Grant{
			Person: person.ID, Unit: w.root.ID, Role: syncproto.RoleOperator, From: w.clock().Add(from).UnixMilli(),
		})
		w.must(err)
		_, err = w.use(link.Link, staff.Setup{Login: "thino"})
		if syncproto.CodeOf(err) != syncproto.CodeLinkUsed {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := w.staff.Invite(t.Context(), who, person.ID); syncproto.CodeOf(err) != syncproto.CodeNotFound {
			t.Errorf("another link, %s: %v", name, err)
		}
	}
}
