package mobilesdk_test

import (
	"context"
	"path/filepath"
	"testing"

	"lantoa/mobile-sdk"
	"lantoa/mobile-sdk/internal/hook"
	"lantoa/syncproto"
)

func TestCaptureBeforeEnrollment(t *testing.T) {
	for _, pin := range []string{"", "2468"} {
		l := newLab(t)
		ctx := context.Background()
		p := l.bare(filepath.Join(t.TempDir(), "phone.db"), pin, hook.Hooks{})
		id := p.story("ngày lũ", "Nước lên nhanh.")
		l.must(p.Edit(ctx, id, mobilesdk.Patch{Set: syncproto.Fields{"body": syncproto.Text("Nước lên rất nhanh.")}}))
		l.must(p.Command(ctx, id, syncproto.CommandSubmit, ""))
		if it := p.show(id); it.State != syncproto.StateSubmitted || !it.Mine || it.Sending != mobilesdk.SendingWaiting {
			t.Fatalf("before: %+v", it)
		}
		if st := p.status(); st.Enrolled || st.Unsent != 3 || st.Person != "" || st.Device != "" {
			t.Fatalf("before: %+v", st)
		}
		_, err := p.Sync(ctx)
		wantCode(t, err, syncproto.CodeNotEnrolled)
		file := filepath.Join(t.TempDir(), "early.lantoa")
		if s, err := p.Export(ctx, file); err != nil || s.Count != 3 {
			t.Fatalf("export: %+v, %v", s, err)
		}
		if s, err := p.Import(ctx, file, nil); err != nil || s.Added != 0 || s.Known != 3 {
			t.Fatalf("import of its own: %+v, %v", s, err)
		}

		l.must(p.Enroll(ctx, "http://lab", l.code("Lan", syncproto.RoleVolunteer)))
		it, st := p.show(id), p.status()
		if it.Author != st.Person || it.Unit != l.unit || !it.Mine || it.State != syncproto.StateSubmitted || st.Unsent != 3 {
			t.Fatalf("after: %+v, %+v", it, st)
		}
		if s, err := p.Import(ctx, file, nil); err != nil || s.Added != 0 || s.Known != 3 {
			t.Fatalf("import of its own after enrollment: %+v, %v", s, err)
		}
		if s := p.sync(); s.Applied != 3 || s.Unsent != 0 || s.Forked {
			t.Fatalf("summary %+v", s)
		}
		r := l.server.State().Records[id].Record
		if r.Author != l.people["Lan"] || r.Unit != l.unit || r.State != syncproto.StateSubmitted {
			t.Fatalf("on the server: %+v", r)
		}
	}
}

func TestABrokenPhoneThatNeverEnrolledHandsItsWorkOver(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	broken := l.bare(filepath.Join(t.TempDir(), "phone.db"), "", hook.Hooks{})
	id := broken.story("ngày lũ", "x")
	file := filepath.Join(t.TempDir(), "early.lantoa")
	_, err := broken.Export(ctx, file)
	l.must(err)
	p := l.phone("Lan", syncproto.RoleVolunteer)
	if s, err := p.Import(ctx, file, nil); err != nil || s.Added != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	p.sync()
	if r := l.server.State().Records[id]; r == nil || r.Record.Author != l.people["Lan"] {
		t.Fatalf("on the server: %+v", r)
	}
}

func TestAFileOfSomebodyWaitsForEnrollment(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	p := l.phone("Lan", syncproto.RoleVolunteer)
	p.story("của Lan", "x")
	file := filepath.Join(t.TempDir(), "lan.lantoa")
	_, err := p.Export(ctx, file)
	l.must(err)
	q := l.bare(filepath.Join(t.TempDir(), "phone.db"), "", hook.Hooks{})
	_, err = q.Import(ctx, file, nil)
	wantCode(t, err, syncproto.CodeNotEnrolled)
}

func TestShowOfADeletedRecord(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	p := l.phone("Lan", syncproto.RoleVolunteer)
	q := l.phone("Lan", syncproto.RoleVolunteer)
	id := p.story("bị xóa", "x")
	p.sync()
	q.sync()
	l.must(q.Edit(ctx, id, mobilesdk.Patch{Set: syncproto.Fields{"title": syncproto.Text("sửa")}}))
	q.sync()
	p.sync()
	l.must(p.Delete(ctx, id))
	p.sync()
	q.sync() // learns it from the feed alone
	for name, phone := range map[string]*phone{"who deleted": p, "another phone": q} {
		for range 2 {
			if it := phone.show(id); !it.Deleted || it.Gone || it.Fields["title"] == "" || it.Kind != syncproto.KindStory {
				t.Fatalf("%s: %+v", name, it)
			}
			list, err := phone.List(ctx, mobilesdk.Filter{Kind: syncproto.KindStory})
			l.must(err)
			if len(list.Items) != 0 {
				t.Fatalf("%s lists %+v", name, list.Items)
			}
			l.now += 2 * 24 * 3600 * 1000 // what is swept daily is swept
			phone.sync()
		}
	}
}
