package mobilesdk_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lantoa/mobile-sdk/internal/hook"
	"lantoa/syncproto"
)

func TestFactsAreNeverKept(t *testing.T) {
	l, b := belled(t)
	ctx := context.Background()
	p := b.phone("Lan")
	_, err := b.open(filepath.Join(t.TempDir(), "x.db"), "", hook.Hooks{}).MyFacts(ctx)
	wantCode(t, err, syncproto.CodeNotEnrolled)
	wantCode(t, p.TellFact(ctx, "blood_group", "AB-", false), syncproto.CodeFactConsent)
	if b.attempts != 0 {
		t.Fatal("what nobody agreed to left the phone")
	}
	wantCode(t, p.TellFact(ctx, "", "AB-", true), syncproto.CodeFactUnknown)
	l.must(p.TellFact(ctx, "blood_group", "AB-", true))
	l.must(p.TellFact(ctx, "last_whole_blood", "never", true))
	list, err := p.MyFacts(ctx)
	if l.must(err); len(list) != 2 {
		t.Fatalf("facts %+v", list)
	}
	l.must(p.ForgetFact(ctx, "last_whole_blood"))
	b.set(func(b *bell) { b.deaf = true })
	_, err = p.MyFacts(ctx)
	wantCode(t, err, syncproto.CodeNeedsNetwork)
	wantCode(t, p.TellFact(ctx, "blood_group", "O+", true), syncproto.CodeNeedsNetwork)
	wantCode(t, p.ForgetFact(ctx, ""), syncproto.CodeNeedsNetwork)
	b.set(func(b *bell) { b.deaf = false })
	p.sync()
	if b.facts["blood_group"] != "AB-" || p.status().Unsent != 0 {
		t.Fatalf("something was done later: %v", b.facts)
	}
	l.must(p.ForgetFact(ctx, ""))
	if list, err = p.MyFacts(ctx); err != nil || len(list) != 0 || list == nil {
		t.Fatalf("facts %+v, %v", list, err)
	}
	l.must(p.Close())
	files, err := filepath.Glob(p.path + "*")
	l.must(err)
	for _, name := range files {
		if text, err := os.ReadFile(name); err != nil || strings.Contains(string(text), "AB-") || strings.Contains(string(text), "blood_group") {
			t.Fatalf("%s holds it, %v", name, err)
		}
	}
}
