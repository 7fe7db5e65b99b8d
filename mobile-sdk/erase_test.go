package mobilesdk_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lantoa/mobile-sdk"
	"lantoa/mobile-sdk/internal/hook"
	"lantoa/syncproto"
)

// erase has the lab's server erase a record and what hangs under it.
func (l *lab) erase(id syncproto.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.server.Erase(id)
}

// vaultFiles returns the names of the files beside a phone's store.
func (p *phone) vaultFiles() (names []string) {
	p.l.t.Helper()
	entries, err := os.ReadDir(p.path + ".media")
	if err != nil && !os.IsNotExist(err) {
		p.l.t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// wantForgotten checks that a phone has nothing of a record.
func (p *phone) wantForgotten(ids ...syncproto.ID) {
	p.l.t.Helper()
	for _, id := range ids {
		item, err := p.Show(context.Background(), id)
		if err == nil && (!item.Deleted || len(item.Fields) > 0) {
			p.l.t.Errorf("%s is shown as %+v", id, item)
		}
	}
	list, err := p.Media(context.Background(), 0, 500)
	p.l.must(err)
	for _, m := range list.Items {
		for _, id := range ids {
			if m.Record == id {
				p.l.t.Errorf("there is a file of %s: %+v", id, m)
			}
		}
	}
}

// TestErasedRecordLeavesThePhone: a story with photos that were sent, one that was not, and edits that wait: all goes with
// the tombstone, originals included, and the numbers that were not sent are used as voids.
func TestErasedRecordLeavesThePhone(t *testing.T) {
	for _, pin := range []string{"", "2468"} {
		t.Run("pin "+pin, func(t *testing.T) {
			ctx := context.Background()
			l := newLab(t)
			d := newDepot(t, l)
			p := d.phoneAt(filepath.Join(t.TempDir(), "phone.db"), "Lan", syncproto.RoleVolunteer, pin, hook.Hooks{})
			story, other := p.story("Chuyện bà Năm", "Bà Năm ở xóm bến đò."), p.story("Chuyện khác", "x")
			sent := p.attach(story, mobilesdk.File{Path: l.picture(900)})
			kept := p.attach(other, mobilesdk.File{Path: l.picture(700)})
			p.sync()
			p.carry()
			p.sync()
			p.wantFile(sent, syncproto.LaneOriginal, mobilesdk.FileReceived, "")
			before := len(p.vaultFiles())
			l.must(p.Edit(ctx, story, mobilesdk.Patch{Set: syncproto.Fields{"body": syncproto.Text("Bà Năm kể thêm.")}}))
			unsent := p.attach(story, mobilesdk.File{Path: l.picture(800)})
			note, err := p.Create(ctx, syncproto.KindNote, story, syncproto.Fields{"text": syncproto.Text("Bà Năm dặn thế này")})
			l.must(err)
			after := p.story("Chuyện sau", "y")
			l.erase(story)
			p.sync()
			p.wantForgotten(story, sent, unsent, note)
			if n := len(p.vaultFiles()); n >= before || n == 0 {
				t.Errorf("%d files in the vault, there were %d", n, before)
			}
			p.wantFile(kept, syncproto.LaneOriginal, mobilesdk.FileReceived, "")
			p.sync()
			if st := p.status(); st.Unsent != 0 || st.Rejected != 0 {
				t.Errorf("status %+v", st)
			}
			if p.show(after).Fields["title"] != `"Chuyện sau"` {
				t.Error("what was captured afterwards is gone")
			}
			wantCode(t, p.Edit(ctx, story, mobilesdk.Patch{Set: syncproto.Fields{"body": syncproto.Text("z")}}), syncproto.CodeErased)
			l.must(p.Close())
			assertNotStored(t, p.path, "Bà Năm")
		})
	}
}

// assertNotStored looks for a text in the database file: SQLite overwrites what it deletes (secure_delete).
func assertNotStored(t *testing.T, path, text string) {
	t.Helper()
	for _, end := range []string{"", "-wal"} {
		data, err := os.ReadFile(path + end)
		if err == nil && strings.Contains(string(data), text) {
			t.Errorf("the store's file%s still holds the text", end)
		}
	}
}

// TestKilledBetweenTombstoneAndFiles: the names of files that have to go are in the store, and the next opening removes them.
func TestKilledBetweenTombstoneAndFiles(t *testing.T) {
	l := newLab(t)
	d := newDepot(t, l)
	killed := false
	p := d.phoneAt(filepath.Join(t.TempDir(), "phone.db"), "Lan", syncproto.RoleVolunteer, "", hook.Hooks{Crash: func(at string) {
		if at == "before:erase" && !killed {
			killed = true
			panic("killed")
		}
	}})
	photo := p.attach("", mobilesdk.File{Path: l.picture(900)})
	p.sync()
	p.carry()
	p.sync()
	l.erase(photo)
	func() {
		defer func() { _ = recover() }()
		_, _ = p.Sync(context.Background())
	}()
	if !killed || len(p.vaultFiles()) == 0 {
		t.Fatalf("killed %v, %d files", killed, len(p.vaultFiles()))
	}
	p = d.open(p.path, "", hook.Hooks{})
	p.wantForgotten(photo)
	if names := p.vaultFiles(); len(names) > 0 {
		t.Errorf("after the next opening there are %v", names)
	}
}

// TestErasedWhileItIsFetched: a file that is on its way down when the tombstone comes is not kept.
func TestErasedWhileItIsFetched(t *testing.T) {
	ctx := context.Background()
	l := newLab(t)
	d := newDepot(t, l)
	lan := d.phoneAt(filepath.Join(t.TempDir(), "lan.db"), "Lan", syncproto.RoleVolunteer, "", hook.Hooks{})
	photo := lan.attach("", mobilesdk.File{Path: l.picture(900)})
	l.must(lan.Command(ctx, photo, syncproto.CommandSubmit, ""))
	lan.sync()
	lan.carry()
	lan.sync()
	minh := d.phoneAt(filepath.Join(t.TempDir(), "minh.db"), "Minh", syncproto.RoleEditor, "", hook.Hooks{})
	minh.sync()
	if _, err := minh.FetchMedia(ctx, photo, syncproto.LaneOriginal); err != nil {
		t.Fatal(err)
	}
	if len(minh.vaultFiles()) == 0 {
		t.Fatal("nothing was fetched")
	}
	l.erase(photo)
	minh.sync()
	minh.wantForgotten(photo)
	if names := minh.vaultFiles(); len(names) > 0 {
		t.Errorf("fetched copies stay: %v", names)
	}
}

// TestRefusedAsErased: an edit that is on its way when the record goes is refused and leaves nothing in the tray.
func TestRefusedAsErased(t *testing.T) {
	ctx := context.Background()
	l := newLab(t)
	p := l.phone("Lan", syncproto.RoleVolunteer)
	story := p.story("Chuyện bà Năm", "x")
	p.sync()
	l.must(p.Edit(ctx, story, mobilesdk.Patch{Set: syncproto.Fields{"body": syncproto.Text("thêm")}}))
	erased := false
	p.link.set(func(k *link) {
		k.before = func() {
			if !erased {
				erased = true
				l.erase(story)
			}
		}
	})
	p.sync()
	p.wantForgotten(story)
	if st := p.status(); st.Rejected != 0 || st.Unsent != 0 {
		t.Errorf("status %+v", st)
	}
	p.sync()
}
