package mobilesdk_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"lantoa/mobile-sdk"
	"lantoa/mobile-sdk/internal/hook"
	"lantoa/syncproto"
)

var fixture = flag.String("fixture", "", "write a store of the present schema to this file instead of testing")

// fixtureV1 is a store that the first schema wrote: one story judged, one edited and unsent, one only here, one refused.
// A released fixture never changes; a new schema gets a new one.
const fixtureV1 = "internal/phonestore/testdata/v1.db"

func TestWriteFixture(t *testing.T) {
	if *fixture == "" {
		t.Skip("no -fixture given")
	}
	l := newLab(t)
	p := l.bare(*fixture, "", hook.Hooks{})
	ctx := context.Background()
	l.must(p.Enroll(ctx, "http://lab", l.code("Lan", syncproto.RoleVolunteer)))
	p.story("đã gửi", "x")
	changed := p.story("trước khi sửa", "Một dòng.")
	p.sync()
	refused := p.story("bị từ chối", "x")
	p.link.set(func(k *link) { k.refuse = "bị từ chối" })
	p.sync()
	l.must(p.Edit(ctx, changed, mobilesdk.Patch{Set: syncproto.Fields{"title": syncproto.Text("đã sửa"), "body": syncproto.Text("Hai dòng.")}}))
	p.story("chưa gửi", "x")
	l.must(p.Close())
	t.Logf("refused %s, changed %s", refused, changed)
}

func TestStoreOfTheFirstSchemaOpens(t *testing.T) {
	data, err := os.ReadFile(fixtureV1)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "phone.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	l := newLab(t)
	p := l.bare(path, "", hook.Hooks{})
	st := p.status()
	if !st.Enrolled || st.Unsent != 2 || st.Rejected != 1 || st.Device == "" || st.Name != "Lan" {
		t.Fatalf("status %+v", st)
	}
	list, err := p.List(context.Background(), mobilesdk.Filter{Kind: syncproto.KindStory})
	l.must(err)
	titles := map[string]bool{}
	for _, it := range list.Items {
		titles[it.Fields["title"].TextOr("")] = true
	}
	for _, want := range []string{"đã gửi", "đã sửa", "chưa gửi"} {
		if !titles[want] {
			t.Errorf("%q is not listed among %v", want, titles)
		}
	}
	p.story("viết tiếp", "x")
	if st := p.status(); st.Unsent != 3 {
		t.Fatalf("after a capture %+v", st)
	}
}
