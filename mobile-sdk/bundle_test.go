package mobilesdk_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"lantoa/mobile-sdk"
	"lantoa/mobile-sdk/internal/hook"
	"lantoa/syncproto"
)

func TestBundleBringsEverythingOnce(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	a, b := l.phone("Lan", syncproto.RoleVolunteer), l.phone("Lan", syncproto.RoleVolunteer)
	path := filepath.Join(t.TempDir(), "out.jsonl")
	id := a.story("một", "x")
	l.must(a.Edit(ctx, id, mobilesdk.Patch{Set: syncproto.Fields{"title": syncproto.Text("hai")}}))
	s, err := a.Export(ctx, path)
	if l.must(err); s.Count != 2 || a.status().Unsent != 2 || a.status().Unexported != 0 {
		t.Fatalf("export %+v", s)
	}
	if s, err = a.Import(ctx, path, nil); err != nil || s.Added != 0 || s.Known != 2 {
		t.Fatalf("import at home %+v %v", s, err)
	}
	if s, err = b.Import(ctx, path, nil); err != nil || s.Added != 2 {
		t.Fatalf("import %+v %v", s, err)
	}
	if s, err = b.Import(ctx, path, nil); err != nil || s.Added != 0 || s.Known != 2 {
		t.Fatalf("second import %+v %v", s, err)
	}
	if got := b.show(id).Fields["title"]; got != syncproto.Text("hai") {
		t.Fatalf("b shows %s", got)
	}
	b.sync()
	if sum := a.sync(); sum.Duplicate != 2 {
		t.Fatalf("a after b %+v", sum)
	}
	if r := l.server.State().Records[id].Record; r.Revision != 2 || a.show(id).Sending == mobilesdk.SendingWaiting {
		t.Fatalf("revision %d", r.Revision)
	}
}

func TestBrokenBundlesChangeNothing(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	a := l.phone("Lan", syncproto.RoleVolunteer)
	b, stranger := l.phone("Lan", syncproto.RoleVolunteer), l.phone("Hoa", syncproto.RoleVolunteer)
	path := filepath.Join(t.TempDir(), "out.jsonl")
	for range 3 {
		a.story("một", "x")
	}
	_, err := a.Export(ctx, path)
	l.must(err)
	whole, err := os.ReadFile(path)
	l.must(err)
	for name, change := range map[string]func([]byte) []byte{
		"cut":             func(d []byte) []byte { return d[:len(d)*2/3] },
		"without its end": func(d []byte) []byte { return d[:bytes.LastIndexByte(d[:len(d)-1], '\n')+1] },
		"one byte":        func(d []byte) []byte { return bytes.Replace(d, []byte("một"), []byte("mọt"), 1) },
		"longer":          func(d []byte) []byte { return append(d, "{}\n"...) },
		"empty":           func([]byte) []byte { return nil },
		"no bundle":       func([]byte) []byte { return []byte("{}\n") },
		"line too long":   func(d []byte) []byte { return append(bytes.Repeat([]byte("x"), 1<<20), d...) },
	} {
		l.must(os.WriteFile(path, change(bytes.Clone(whole)), 0o600))
		_, err := b.Import(ctx, path, nil)
		if syncproto.CodeOf(err) != syncproto.CodeBundleBroken || b.status().Unsent != 0 {
			t.Fatalf("%s: %v", name, err)
		}
	}
	l.must(os.WriteFile(path, bytes.Replace(whole, []byte(`"version":1`), []byte(`"version":2`), 1), 0o600))
	_, err = b.Import(ctx, path, nil)
	wantCode(t, err, syncproto.CodeBundleNewer)
	l.must(os.WriteFile(path, whole, 0o600))
	_, err = stranger.Import(ctx, path, nil)
	wantCode(t, err, syncproto.CodeBundlePerson)
	_, err = b.Import(ctx, path+".none", nil)
	wantCode(t, err, syncproto.CodeNoFile)
	_, err = a.Export(ctx, filepath.Join(t.TempDir(), "none", "out"))
	wantCode(t, err, syncproto.CodeNoFile)
}

func TestKilledImportIsAllOrNothing(t *testing.T) {
	const items = 450 // three parts
	l := newLab(t)
	ctx := context.Background()
	a := l.phone("Lan", syncproto.RoleVolunteer)
	for range items {
		a.story("một", "x")
	}
	path := filepath.Join(t.TempDir(), "out.jsonl")
	_, err := a.Export(ctx, path)
	l.must(err)
	points := []string{"before:stage", "after:stage", "before:import", "after:import", "before:move", "after:move"}
	if testing.Short() { // one goroutine works: the race detector sees as much at one of them
		points = []string{"before:move"}
	}
	for _, point := range points {
		t.Run(point, func(t *testing.T) {
			l.t = t
			b := l.phone("Lan", syncproto.RoleVolunteer)
			l.must(b.Close())
			passes := 0
			live(func() {
				b = l.bare(b.path, "", hook.Hooks{Crash: func(at string) {
					if at == point {
						if passes++; passes == 2 || point == "before:import" || point == "after:import" {
							panic(died{})
						}
					}
				}})
				_, _ = b.Import(ctx, path, nil)
			})
			b.Close()
			b = l.bare(b.path, "", hook.Hooks{})
			n := b.status().Unsent
			if n != 0 && n != items {
				t.Fatalf("%d of %d", n, items)
			}
			if s, err := b.Import(ctx, path, nil); err != nil || s.Added+n != items {
				t.Fatalf("again: %+v %v", s, err)
			}
		})
	}
}

func TestACopyImportsWhatTheOtherWasRefused(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	a, b := l.clone(l.phone("Lan", syncproto.RoleVolunteer))
	a.story("một", "x")
	a.story("bị từ chối", "x")
	a.sync()
	refusedOne := a.story("hai bị từ chối", "x")
	a.link.set(func(k *link) { k.refuse = "hai bị từ chối" })
	a.sync()
	a.story("ba", "x")
	file := filepath.Join(t.TempDir(), "out.lantoa")
	_, err := a.Export(ctx, file)
	l.must(err)
	b.story("của bản chép", "x")
	s, err := b.Import(ctx, file, nil)
	l.must(err)
	b.story("sau đó", "x")
	b.story("sau đó nữa", "x")
	again, err := b.Import(ctx, file, nil)
	l.must(err)
	if s.Added != 2 || again.Added != 0 {
		t.Fatalf("%+v, then %+v", s, again)
	}
	tray, err := b.Tray(ctx)
	l.must(err)
	if len(tray) != 1 || tray[0].Record != refusedOne {
		t.Fatalf("tray %+v", tray)
	}
	if s := b.sync(); s.Unsent != 0 {
		t.Fatalf("%+v", s)
	}
}

// TestACopyImportsWhatHasItsOwnNumbers holds that two copies of a phone, which number alike, lose nothing to each other.
func TestACopyImportsWhatHasItsOwnNumbers(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	a, b := l.clone(l.phone("Lan", syncproto.RoleVolunteer))
	one, two := a.story("của a", "x"), a.story("của a nữa", "x")
	b.story("của b", "x")
	file := filepath.Join(t.TempDir(), "out.lantoa")
	_, err := a.Export(ctx, file)
	l.must(err)
	for i, added := range []int64{2, 0, 0} {
		s, err := b.Import(ctx, file, nil)
		l.must(err)
		if s.Added != added || s.Known != 2-added {
			t.Fatalf("import %d: %+v", i, s)
		}
	}
	b.sync()
	a.sync()
	for _, id := range []syncproto.ID{one, two} {
		if r := l.server.State().Records[id]; r == nil || r.Record.Revision != 1 {
			t.Fatalf("%s: %+v", id, r)
		}
	}
}
