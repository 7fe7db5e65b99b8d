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

// fixtureV2 is one of the second schema: the same, and an unsent photo whose file lies in a gallery that is not there.
const fixtureV2 = "internal/phonestore/testdata/v2.db"

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
	p.attach("", mobilesdk.File{Path: l.picture(200), Keep: mobilesdk.KeepReference})
	l.must(p.Close())
	t.Logf("refused %s, changed %s", refused, changed)
}

// openFixture opens a copy of a store that an older app wrote.
func openFixture(t *testing.T, file string) *phone {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "phone.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return newLab(t).bare(path, "", hook.Hooks{})
}

func TestStoreOfTheSecondSchemaOpens(t *testing.T) {
	p := openFixture(t, fixtureV2)
	if st := p.status(); st.Unsent != 3 || st.Rejected != 1 || st.FilesUnsent == 0 {
		t.Fatalf("status %+v", st)
	}
	list, err := p.Media(context.Background(), 0, 0)
	p.l.must(err)
	last := list.Items[len(list.Items)-1]
	if last.Lane != syncproto.LaneOriginal || last.State != mobilesdk.FileRecord || !last.Outside || last.Size == 0 {
		t.Fatalf("files %+v", list.Items)
	}
}

func TestStoreOfTheFirstSchemaOpens(t *testing.T) {
	p := openFixture(t, fixtureV1)
	l := p.l
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
