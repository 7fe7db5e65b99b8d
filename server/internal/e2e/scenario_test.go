package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/storage"
	"lantoa/syncproto"
)

// TestLostReply is AS-02: the server commits, the reply is lost five times, the app is updated in between.
func TestLostReply(t *testing.T) {
	h := newHost(t)
	lan := h.join("Lan", syncproto.RoleVolunteer)
	minh := h.join("Minh", syncproto.RoleEditor)
	id := lan.story("Cây cầu mới", "Bà con góp công.")
	lan.command(id, syncproto.CommandSubmit, "")
	lan.link.loseReplies.Store(5)
	for range 5 {
		if _, err := lan.Sync(background); err == nil {
			t.Fatal("a sync without a reply succeeded")
		}
		if got := lan.status().Unsent; got != 2 {
			t.Fatalf("unsent after a lost reply: got %d, want 2", got)
		}
		lan.Close()
		lan.open() // the update of the app
	}
	var first syncproto.Outcome
	device := lan.status().Device
	err := h.store.View(background, func(r storage.Reader) error {
		j, err := r.Judged(device, 1)
		if err == nil {
			first = j.Outcome
		}
		return err
	})
	if err != nil {
		t.Fatalf("the server had not judged: %v", err)
	}
	lan.sync()
	item := lan.show(id)
	if len(item.History) != 2 || item.History[0].Result != first.Result || first.Result != syncproto.Applied {
		t.Errorf("history: got %+v, want the first outcome %+v", item.History, first)
	}
	if got := h.stored(id).Record.Revision; got != 2 {
		t.Errorf("revision: got %d, want 2: created and submitted once each", got)
	}
	minh.sync()
	list, err := minh.List(background, mobilesdk.Filter{Kind: syncproto.KindStory})
	if err != nil || len(list.Items) != 1 {
		t.Errorf("the editor sees %d stories (%v), want 1", len(list.Items), err)
	}
}

// TestBothEdited is AS-05: date and body merge, the title raises one conflict card, and nothing is lost.
func TestBothEdited(t *testing.T) {
	h := newHost(t)
	lan := h.join("Lan", syncproto.RoleVolunteer)
	minh := h.join("Minh", syncproto.RoleEditor)
	id := lan.story("Ngày hội", "Sáng nay ba mươi ngừi đến hiến máu ở nhà văn hóa.")
	lan.command(id, syncproto.CommandSubmit, "")
	lan.sync()
	minh.sync()

	lan.link.down.Store(true)
	lan.edit(id, syncproto.Fields{"happened_at": syncproto.Int(1_750_000_000_000), "title": syncproto.Text("Ngày hội hiến máu")})
	minh.edit(id, syncproto.Fields{
		"body": syncproto.Text("Sáng nay ba mươi người đến hiến máu ở nhà văn hóa."), "title": syncproto.Text("Ngày hội đỏ"),
	})
	minh.sync()
	lan.link.down.Store(false)
	out := lan.sync()
	if out.Conflicts != 1 {
		t.Errorf("conflicts: got %d, want 1", out.Conflicts)
	}
	item := lan.show(id)
	wantText(t, item, "body", "Sáng nay ba mươi người đến hiến máu ở nhà văn hóa.")
	wantText(t, item, "title", "Ngày hội đỏ")
	if got := item.Fields["happened_at"]; got != syncproto.Int(1_750_000_000_000) {
		t.Errorf("happened_at: got %s", got)
	}
	for _, who := range []*member{lan, minh} {
		who.sync()
		cards, err := who.Conflicts(background)
		if err != nil || len(cards) != 1 {
			t.Fatalf("conflict cards: got %d (%v), want 1", len(cards), err)
		}
		c := cards[0]
		if c.Record != id || c.Field != "title" || c.Lost != syncproto.Text("Ngày hội hiến máu") ||
			c.Stays != syncproto.Text("Ngày hội đỏ") || c.Base != syncproto.Text("Ngày hội") {
			t.Errorf("card: got %+v", c)
		}
	}
	cards, _ := lan.Conflicts(background)
	if err := lan.RestoreConflict(background, cards[0].ID); err != nil {
		t.Fatal(err)
	}
	lan.sync()
	minh.sync()
	wantText(t, minh.show(id), "title", "Ngày hội hiến máu")
	if left, _ := minh.Conflicts(background); len(left) != 0 {
		t.Errorf("%d conflict cards are left after the restore", len(left))
	}
	if got := h.stored(cards[0].ID).Record.State; got != syncproto.StateRestored {
		t.Errorf("the conflict's state: got %s, want restored", got)
	}
}

func wantText(t *testing.T, item *mobilesdk.Item, field, want string) {
	t.Helper()
	if got := item.Fields[field].TextOr(""); got != want {
		t.Errorf("%s: got %q, want %q", field, got, want)
	}
}

// TestSheLeft is AS-17: an account is closed while nine stories wait on the phone. They land in the unit's inbox, keep
// their author, and stay on the phone until the receipts.
func TestSheLeft(t *testing.T) {
	h := newHost(t)
	lan := h.join("Lan", syncproto.RoleVolunteer)
	minh := h.join("Minh", syncproto.RoleEditor)
	lan.link.down.Store(true)
	var ids []syncproto.ID
	for i := range 9 {
		id := lan.story(fmt.Sprintf("Bài %d", i), "Chưa gửi.")
		lan.command(id, syncproto.CommandSubmit, "")
		ids = append(ids, id)
	}
	person := lan.status().Person
	_, grants, err := h.people.Person(background, person)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range grants {
		if err := h.people.EndGrant(background, person, g.ID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := lan.Sync(background); err == nil {
		t.Fatal("a sync without a network succeeded")
	}
	if got := lan.status().Unsent; got != 18 {
		t.Fatalf("unsent before the receipts: got %d, want 18", got)
	}
	lan.link.down.Store(false)
	lan.link.loseReplies.Store(1)
	if _, err := lan.Sync(background); err == nil {
		t.Fatal("a sync without a reply succeeded")
	}
	if got := lan.status().Unsent; got != 18 {
		t.Fatalf("unsent after a lost receipt: got %d, want 18", got)
	}
	lan.sync()
	if s := lan.status(); s.Unsent != 0 || s.Rejected != 0 {
		t.Errorf("after the receipts: %d unsent, %d rejected", s.Unsent, s.Rejected)
	}
	minh.sync()
	for _, id := range ids {
		item := minh.show(id)
		if item.State != syncproto.StateUnclaimed || item.Author != person {
			t.Errorf("story %s: state %s, author %s; want unclaimed by %s", id, item.State, item.Author, person)
		}
	}
	minh.command(ids[0], syncproto.CommandAdopt, "")
	minh.sync()
	if got := h.stored(ids[0]).Record; got.State != syncproto.StateSubmitted || got.Author != person {
		t.Errorf("adopted: state %s, author %s", got.State, got.Author)
	}
}

// TestOnePhoneThreePeople is AS-18: three profiles with PINs, all offline.
func TestOnePhoneThreePeople(t *testing.T) {
	h := newHost(t)
	dir := filepath.Join(t.TempDir(), "office")
	d, err := mobilesdk.OpenDirectory(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"Lan", "Hoa", "Đông"}
	people, ids := map[string]syncproto.ID{}, map[string]syncproto.ID{}
	with := func(name string, fn func(m *member)) {
		t.Helper()
		e, err := d.Open(background, name, "pin-"+name)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		fn(&member{Engine: e, t: t, host: h})
	}
	for _, name := range names {
		if err := d.Create(background, name, "pin-"+name); err != nil {
			t.Fatal(err)
		}
		with(name, func(m *member) {
			m.enroll(name, syncproto.RoleVolunteer)
			people[name] = m.status().Person
		})
	}
	for _, name := range names { // the network is gone: nothing below asks for it before the syncs
		with(name, func(m *member) { ids[name] = m.story("Bài của "+name, "Riêng của tôi.") })
	}
	for _, name := range names {
		with(name, func(m *member) {
			list, err := m.List(background, mobilesdk.Filter{Kind: syncproto.KindStory})
			if err != nil || len(list.Items) != 1 || list.Items[0].ID != ids[name] {
				t.Errorf("%s sees %d stories (%v), want their own", name, len(list.Items), err)
			}
		})
		if _, err := d.Open(background, name, "pin-wrong"); syncproto.CodeOf(err) != syncproto.CodePinWrong {
			t.Errorf("a wrong PIN: got %v, want %s", err, syncproto.CodePinWrong)
		}
		if err := d.Remove(background, name, false); syncproto.CodeOf(err) != syncproto.CodeUnsentKept {
			t.Errorf("removing %s with unsent work: got %v, want %s", name, err, syncproto.CodeUnsentKept)
		}
	}
	notInClear(t, dir, "Riêng của tôi.")
	for _, name := range names {
		with(name, func(m *member) { m.sync() })
		if got := h.stored(ids[name]).Record.Author; got != people[name] {
			t.Errorf("author of %s's story: got %s, want %s", name, got, people[name])
		}
	}
}

// TestWrongClocks is AS-19: one phone believes it is 1970, another is two years ahead.
func TestWrongClocks(t *testing.T) {
	h := newHost(t)
	offs := map[string]time.Duration{"1970": -time.Duration(time.Now().Unix()) * time.Second, "+2": 2 * 365 * 24 * time.Hour}
	for name, off := range offs {
		m := h.join(name, syncproto.RoleVolunteer)
		m.clock.off = off
		before := time.Now()
		device := m.clock.Wall()
		id := m.story("Đồng hồ "+name, "Giờ sai.")
		m.sync()
		got := h.stored(id).Record.Captured
		if got == nil {
			t.Fatalf("%s: no time of capture", name)
		}
		if diff := time.UnixMilli(got.Estimate).Sub(before).Abs(); diff > time.Minute {
			t.Errorf("%s: the estimate is %v off", name, diff)
		}
		if diff := time.UnixMilli(got.Device).Sub(device).Abs(); diff > time.Minute {
			t.Errorf("%s: the device's time is not kept: %v off", name, diff)
		}
		if !m.status().ClockWarning {
			t.Errorf("%s: the person is not warned", name)
		}
		if s := m.status(); s.Unsent != 0 || strings.TrimSpace(string(s.LastError)) != "" {
			t.Errorf("%s: blocked: %d unsent, %s", name, s.Unsent, s.LastError)
		}
	}
}
