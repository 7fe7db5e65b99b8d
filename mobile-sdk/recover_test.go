package mobilesdk_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"lantoa/mobile-sdk"
	"lantoa/mobile-sdk/internal/hook"
	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

func TestRestoredServerIsOfferedAgain(t *testing.T) {
	for _, tool := range []bool{true, false} {
		t.Run(fmt.Sprintf("by tool %v", tool), func(t *testing.T) {
			l := newLab(t)
			p := l.phone("Lan", syncproto.RoleVolunteer)
			kept := p.story("trước", "bản sao")
			p.sync()
			backup := l.server.Backup()
			lost := p.story("sau", "bản sao")
			p.sync()
			l.must(p.Edit(context.Background(), kept, mobilesdk.Patch{Set: syncproto.Fields{"title": syncproto.Text("sửa")}}))
			p.sync()
			p.story("chưa gửi", "x")
			l.server.Restore(backup, tool)
			s := p.sync()
			if !s.NewEpoch || s.Reoffered != 2 || s.Unsent != 0 {
				t.Fatalf("summary %+v", s)
			}
			if l.server.State().Records[lost] == nil {
				t.Fatal("the story is lost")
			}
			if got := l.server.State().Records[kept].Record.Fields["title"]; got != syncproto.Text("sửa") {
				t.Fatalf("title %s", got)
			}
			if item := p.show(lost); item.Revision != 1 || item.Sending != mobilesdk.SendingSent {
				t.Fatalf("item %+v", item)
			}
		})
	}
}

func TestPrunedNumbersAreVoids(t *testing.T) {
	l := newLab(t)
	p := l.phone("Lan", syncproto.RoleVolunteer)
	backup := l.server.Backup()
	p.story("một", "x")
	p.sync()
	l.server.Backup() // covers it; this copy is then lost
	l.now += 2 * 24 * 3600 * 1000
	p.sync()
	second := p.story("hai", "x")
	p.sync()
	l.server.Restore(backup, true)
	if s := p.sync(); s.Unsent != 0 {
		t.Fatalf("summary %+v", s)
	}
	if l.server.State().Records[second] == nil {
		t.Fatal("the second story is lost")
	}
}

func TestClonedPhoneTakesAnotherIdentity(t *testing.T) {
	l := newLab(t)
	a := l.phone("Lan", syncproto.RoleVolunteer)
	first := a.story("trước", "x")
	a.sync()
	l.must(a.Close())
	clone := filepath.Join(t.TempDir(), "clone.db")
	data, err := os.ReadFile(a.path)
	l.must(err)
	l.must(os.WriteFile(clone, data, 0o600))
	a, b := l.bare(a.path, "", hook.Hooks{}), l.bare(clone, "", hook.Hooks{})
	one, two := a.story("của a", "x"), b.story("của b", "x")
	l.must(b.Edit(context.Background(), first, mobilesdk.Patch{Set: syncproto.Fields{"title": syncproto.Text("b sửa")}}))
	a.sync()
	device := b.status().Device
	b.link.set(func(k *link) { k.dropReply = 0 })
	s := b.sync()
	if !s.Forked || s.Unsent != 0 || b.status().Device == device || b.status().Forks != 1 {
		t.Fatalf("summary %+v, status %+v", s, b.status())
	}
	a.sync()
	for _, id := range []syncproto.ID{one, two, first} {
		if x, y := a.show(id), b.show(id); x.Revision != y.Revision || x.Fields["title"] != y.Fields["title"] || x.Revision == 0 {
			t.Fatalf("a %+v\nb %+v", x, y)
		}
	}
}

func TestForkSurvivesALostReply(t *testing.T) {
	l := newLab(t)
	a := l.phone("Lan", syncproto.RoleVolunteer)
	l.must(a.Close())
	clone := filepath.Join(t.TempDir(), "clone.db")
	data, err := os.ReadFile(a.path)
	l.must(err)
	l.must(os.WriteFile(clone, data, 0o600))
	a, b := l.bare(a.path, "", hook.Hooks{}), l.bare(clone, "", hook.Hooks{})
	a.story("của a", "x")
	id := b.story("của b", "x")
	a.sync()
	ctx := context.Background()
	if _, err := b.Round(ctx); err != nil { // device_forked
		t.Fatal(err)
	}
	b.link.set(func(k *link) { k.dropReply = 1 })
	_, err = b.Round(ctx)
	wantCode(t, err, syncproto.CodeOffline)
	b.sync()
	if len(l.server.State().Devices) != 2 || l.server.State().Records[id] == nil {
		t.Fatalf("%d devices", len(l.server.State().Devices))
	}
}

// published makes a story of the unit that everybody in it sees.
func published(t *testing.T, l *lab, editor *phone, title string) syncproto.ID {
	t.Helper()
	ctx := context.Background()
	author := l.phone("Tác giả", syncproto.RoleVolunteer)
	id := author.story(title, "x")
	l.must(author.Command(ctx, id, syncproto.CommandSubmit, ""))
	author.sync()
	for _, step := range []syncproto.Command{syncproto.CommandClaim, syncproto.CommandApprove, syncproto.CommandPublish} {
		editor.sync()
		l.must(editor.Command(ctx, id, step, ""))
	}
	editor.sync()
	return id
}

func TestLostScopeQuarantinesUnsentEdits(t *testing.T) {
	l := newLab(t)
	editor := l.phone("Biên", syncproto.RoleEditor)
	id := published(t, l, editor, "tin")
	l.must(editor.Edit(context.Background(), id, mobilesdk.Patch{Set: syncproto.Fields{"title": syncproto.Text("sửa muộn")}}))
	for gid, g := range l.server.State().Grants { // the grant ended while the phone was offline
		if g.Person == l.people["Biên"] {
			g.Until = l.now - 1
			l.server.State().Grants[gid] = g
			l.server.PutGrant(g)
		}
	}
	s := editor.sync()
	if s.Dropped == 0 || s.Unsent != 0 || s.Conflicts+s.Rejected != 1 {
		t.Fatalf("summary %+v", s)
	}
	item := editor.show(id)
	if !item.Gone || len(item.History) == 0 || item.Fields["title"] != syncproto.Text("sửa muộn") {
		t.Fatalf("item %+v", item)
	}
}

func TestSnapshotRemovesWhatItDoesNotName(t *testing.T) {
	l := newLab(t)
	a, b := l.phone("Lan", syncproto.RoleVolunteer), l.phone("Lan", syncproto.RoleVolunteer)
	gone, kept := a.story("xóa", "x"), a.story("giữ", "x")
	a.sync()
	b.sync()
	l.must(a.Delete(context.Background(), gone))
	a.sync()
	l.server.Compact() // the tombstone is forgotten before b hears of it
	a.story("mới", "x")
	a.sync()
	b.sync()
	if _, err := b.Show(context.Background(), gone); syncproto.CodeOf(err) != syncproto.CodeNotThere {
		t.Fatalf("the deleted story still shows: %v", err)
	}
	if b.show(kept).Revision != 1 || b.status().Repairs != 0 {
		t.Fatalf("status %+v", b.status())
	}
}

func TestDifferingSumIsRepaired(t *testing.T) {
	l := newLab(t)
	p := l.phone("Lan", syncproto.RoleVolunteer)
	var ids []syncproto.ID
	for i := range 20 {
		ids = append(ids, p.story(fmt.Sprint("tin ", i), "x"))
	}
	p.sync()
	l.must(p.Close())
	store, err := phonestore.Open(context.Background(), p.path, phonestore.Options{})
	l.must(err)
	l.must(store.Update(context.Background(), "break", func(tx *phonestore.Tx) error {
		scopes, err := tx.Scopes()
		if err != nil {
			return err
		}
		row, err := tx.Record(ids[3])
		if err != nil {
			return err
		}
		s := scopes[syncproto.PersonScope(l.people["Lan"])]
		s.Sum.Remove(row.Hash)
		s.Touch()
		return tx.Remove(row)
	}))
	l.must(store.Close())
	p = l.bare(p.path, "", hook.Hooks{})
	waiting := p.story("chờ", "x")
	s := p.sync()
	if s.Repaired != 1 || p.status().Repairs != 1 {
		t.Fatalf("summary %+v", s)
	}
	if p.show(ids[3]).Revision != 1 || p.show(waiting).Revision != 1 {
		t.Fatal("not repaired")
	}
}

// TestARepairBringsAnOlderRevision: the file of the server was put back by hand, and so much was written since that the
// server cannot tell by a cursor. What the phone knows better than the server is the server's all the same.
func TestARepairBringsAnOlderRevision(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	a, b := l.phone("Lan", syncproto.RoleVolunteer), l.phone("Lan", syncproto.RoleVolunteer)
	story := a.story("trước", "x")
	a.sync()
	b.sync()
	backup := l.server.Backup()
	l.must(a.Edit(ctx, story, mobilesdk.Patch{Set: syncproto.Fields{"title": syncproto.Text("sau")}}))
	a.sync()
	b.sync()
	if b.show(story).Revision != 2 {
		t.Fatalf("got %+v", b.show(story))
	}
	l.server.Restore(backup, false)
	c := l.phone("Lan", syncproto.RoleVolunteer)
	for range 5 {
		c.story("mới", "x")
	}
	c.sync()
	for range 10 {
		s, err := b.Round(ctx)
		l.must(err)
		if !s.More {
			break
		}
	}
	if got, st := b.show(story), b.status(); got.Revision != 1 || got.Fields["title"] != syncproto.Text("trước") || st.Repairs != 1 || !st.CaughtUp {
		t.Fatalf("got %+v with %+v", got, st)
	}
}

func TestOneUnreadableMutationBlocksNothing(t *testing.T) {
	l := newLab(t)
	p := l.phone("Lan", syncproto.RoleVolunteer)
	var ids []syncproto.ID
	for i := range 10 {
		ids = append(ids, p.story(fmt.Sprint("tin ", i), "x"))
	}
	bad := fmt.Sprintf(`"record":"%s","set"`, ids[4])
	p.link.refuse = bad
	s := p.sync()
	if s.Applied != 9 || s.Unsent != 0 {
		t.Fatalf("summary %+v", s)
	}
	tray, err := p.Tray(context.Background())
	l.must(err)
	if len(tray) != 1 || tray[0].Record != ids[4] || tray[0].Code != syncproto.CodeMalformed {
		t.Fatalf("tray %+v", tray)
	}
}
