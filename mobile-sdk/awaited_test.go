package mobilesdk_test

import (
	"context"
	"testing"

	"lantoa/mobile-sdk"
	"lantoa/syncproto"
)

// TestEditorComesBackBeforeTheAuthor: after a restore the story is its author's, whoever syncs first, and what the editor
// had written goes back in with one act.
func TestEditorComesBackBeforeTheAuthor(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	p, editor := l.phone("Lan", syncproto.RoleVolunteer), l.phone("Hà", syncproto.RoleEditor)
	backup := l.server.Backup()
	id := p.story("của Lan", "x")
	l.must(p.Command(ctx, id, syncproto.CommandSubmit, ""))
	p.sync()
	editor.sync()
	l.must(editor.Edit(ctx, id, mobilesdk.Patch{Set: syncproto.Fields{"title": syncproto.Text("của Hà")}}))
	editor.sync()
	l.server.Restore(backup, true)
	if s := editor.sync(); s.Conflicts != 1 || s.Rejected != 0 || s.Unsent != 0 {
		t.Fatalf("summary %+v", s)
	}
	cards, err := editor.Conflicts(ctx)
	l.must(err)
	if len(cards) != 1 || cards[0].Code != syncproto.CodeRecordAwaited || !cards[0].Mine || cards[0].Sentence == "" {
		t.Fatalf("cards %+v", cards)
	}
	wantCode(t, editor.RestoreConflict(ctx, cards[0].ID), syncproto.CodeNotThere)
	if s := p.sync(); s.Rejected != 0 || s.Unsent != 0 {
		t.Fatalf("summary %+v", s)
	}
	if item := p.show(id); !item.Mine || item.State != syncproto.StateSubmitted || item.Fields["title"] != syncproto.Text("của Lan") {
		t.Fatalf("item %+v", item)
	}
	editor.sync()
	l.must(editor.RestoreConflict(ctx, cards[0].ID))
	editor.sync()
	p.sync()
	if item := p.show(id); !item.Mine || item.Fields["title"] != syncproto.Text("của Hà") {
		t.Fatalf("item %+v", item)
	}
	if cards, err := p.Conflicts(ctx); err != nil || len(cards) != 0 {
		t.Fatalf("cards %+v, %v", cards, err)
	}
}

// TestRetryOfAnEditMakesNoRecord: what was refused is tried once more after the record has left the phone, and the server
// is restored before it hears of that.
func TestRetryOfAnEditMakesNoRecord(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	editor, reader := l.phone("Hà", syncproto.RoleEditor), l.phone("Tâm", syncproto.RoleVolunteer)
	backup := l.server.Backup()
	id := published(t, l, editor, "đã đăng")
	reader.sync()
	l.must(reader.Edit(ctx, id, mobilesdk.Patch{Set: syncproto.Fields{"title": syncproto.Text("của Tâm")}}))
	if s := reader.sync(); s.Rejected != 1 {
		t.Fatalf("summary %+v", s)
	}
	l.must(editor.Command(ctx, id, syncproto.CommandTakeDown, "sai"))
	editor.sync()
	reader.sync()
	tray, err := reader.Tray(ctx)
	l.must(err)
	if len(tray) != 1 {
		t.Fatalf("tray %+v", tray)
	}
	l.must(reader.RetryTray(ctx, tray[0].Number))
	l.server.Restore(backup, true)
	if s := reader.sync(); s.Unsent != 0 {
		t.Fatalf("summary %+v", s)
	}
	if made := l.server.State().Records[id]; made != nil {
		t.Fatalf("the retry made %+v", made.Record)
	}
}
