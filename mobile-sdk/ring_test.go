package mobilesdk_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	"lantoa/mobile-sdk"
	"lantoa/mobile-sdk/internal/hook"
	"lantoa/syncproto"
)

func TestRing(t *testing.T) {
	l, b := belled(t)
	ctx := context.Background()
	p := b.phone("Lan")
	call := l.call(nil, "Lan")
	ring := func(identity, kind string, record syncproto.ID) *mobilesdk.Ringing {
		t.Helper()
		r, err := p.Ring(ctx, identity, kind, record)
		l.must(err)
		return r
	}
	r := ring("n-1", "call", call)
	if !r.Fresh || r.Here || r.Record != call || r.Title != "A new call" || r.Text == "" {
		t.Fatalf("before the sync %+v", r)
	}
	p.sync()
	if r = ring("n-1", "call", call); r.Fresh || !r.Here {
		t.Fatalf("a second way %+v", r)
	}
	if !p.view(call).Shown || p.view(call).Opened {
		t.Fatal("a ring shows a call and opens none")
	}
	l.must(p.Close())
	p = b.open(p.path, "", hook.Hooks{})
	if ring("n-1", "call", call).Fresh || !ring("n-2", "call", call).Fresh {
		t.Fatal("a restart forgets or invents")
	}
	for i, strange := range []string{"flood", "", "../call", "call_text", strings.Repeat("x", 100)} {
		if r = ring("s-"+string(rune('a'+i)), strange, call); r.Title != "Your inbox" || r.Record != "" || !r.Fresh {
			t.Errorf("%q: %+v", strange, r)
		}
	}
	story := p.story("a", "b")
	if r = ring("n-3", "needs_changes", story); !r.Here || r.Record != story {
		t.Fatalf("a story %+v", r)
	}
	if r = ring("n-4", "digest", "not an id"); r.Record != "" {
		t.Fatalf("a record that is none %+v", r)
	}
	for _, n := range []string{"", strings.Repeat("n", 65)} {
		_, err := p.Ring(ctx, n, "call", "")
		wantCode(t, err, syncproto.CodeUsage)
	}
	for i := range 600 {
		ring("many-"+string(rune('a'+i%26))+strings.Repeat("z", i/26), "call", "")
	}
	if !ring("n-1", "call", "").Fresh || ring("n-1", "call", "").Fresh {
		t.Fatal("five hundred are remembered, and no more")
	}
}

// TestAPhoneThatCannotWriteIsRungAllTheSame: another process has the store, as a full disk would.
func TestAPhoneThatCannotWriteIsRungAllTheSame(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the store for five seconds")
	}
	_, b := belled(t)
	p := b.phone("Lan")
	other, err := sql.Open("sqlite", p.path)
	b.l.must(err)
	defer other.Close()
	conn, err := other.Conn(t.Context())
	b.l.must(err)
	defer conn.Close()
	_, err = conn.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	b.l.must(err)
	r, err := p.Ring(t.Context(), "n-1", "urgent", b.l.id())
	if b.l.must(err); !r.Fresh || r.Record == "" || r.Title != "Urgent call for help" {
		t.Fatalf("got %+v", r)
	}
}
