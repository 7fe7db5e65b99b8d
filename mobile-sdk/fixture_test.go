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

// fixtureV3 is one of the third schema: the same, a call that was answered and rung for, and where the phone is rung.
const fixtureV3 = "internal/phonestore/testdata/v3.db"

func TestWriteFixture(t *testing.T) {
	if *fixture == "" {
		t.Skip("no -fixture given")
	}
	l := newLab(t)
	p := l.bare(*fixture, "", hook.Hooks{})
	ctx := context.Background()
	l.must(p.Enroll(ctx, "http://lab", l.code("Lan", syncproto.RoleVolunteer)))
	p.story("đã gửi", "x")
	call := l.call(nil, "Lan")
	changed := p.story("trước khi sửa", "Một dòng.")
	p.sync()
	refused := p.story("bị từ chối", "x")
	p.link.set(func(k *link) { k.refuse = "bị từ chối" })
	p.sync()
	l.must(p.Edit(ctx, changed, mobilesdk.Patch{Set: syncproto.Fields{"title": syncproto.Text("đã sửa"), "body": syncproto.Text("Hai dòng.")}}))
	p.story("chưa gửi", "x")
	p.attach("", mobilesdk.File{Path: l.picture(200), Keep: mobilesdk.KeepReference})
	p.says(call, "yes")
	_, err := p.Ring(ctx, "n-1", "call", call)
	l.must(err)
	l.must(p.SetPush(ctx, target("1")))
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

// TestOlderStoresTakeCalls: what the third schema brought is there in a store that began with another.
func TestOlderStoresTakeCalls(t *testing.T) {
	for _, file := range []string{fixtureV1, fixtureV2} {
		p := openFixture(t, file)
		ctx := context.Background()
		for _, fresh := range []bool{true, false} {
			if r, err := p.Ring(ctx, "n-1", "call", ""); err != nil || r.Fresh != fresh {
				t.Fatalf("%s: %+v, %v", file, r, err)
			}
		}
		p.l.must(p.SetPush(ctx, target("1")))
		if v := p.push(); v.Service != "fcm" || len(p.inbox().Calls) != 0 {
			t.Fatalf("%s: %+v", file, v)
		}
		p.l.must(p.Mute(ctx, syncproto.CallResult, true))
	}
}

func TestStoreOfTheThirdSchemaOpens(t *testing.T) {
	p := openFixture(t, fixtureV3)
	in := p.inbox()
	if len(in.Calls) != 1 || in.Calls[0].Answer == nil || in.Calls[0].Answer.Choice != "yes" || !in.Calls[0].Shown || in.Calls[0].Opened {
		t.Fatalf("inbox %+v", in)
	}
	r, err := p.Ring(context.Background(), "n-1", "call", in.Calls[0].ID)
	if p.l.must(err); r.Fresh || !r.Here || p.push().Platform != "android" {
		t.Fatalf("rung %+v, at %+v", r, p.push())
	}
	p.l.must(p.Opened(context.Background(), in.Calls[0].ID))
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
