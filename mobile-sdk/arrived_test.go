package mobilesdk_test

import (
	"context"
	"strings"
	"testing"

	"lantoa/mobile-sdk"
	"lantoa/syncproto"
)

// TestServerSaysThatAFileArrived: what the server writes into a photo comes up under what waits on the phone, and
// stands in nobody's way.
func TestServerSaysThatAFileArrived(t *testing.T) {
	l := newLab(t)
	p, ctx := l.phone("Lan", syncproto.RoleVolunteer), context.Background()
	sum := strings.Repeat("ab", 32)
	id, err := p.Create(ctx, syncproto.KindPhoto, "", syncproto.Fields{
		"caption": syncproto.Text("Cầu treo"), "media": syncproto.Value(`{"sha256":"` + sum + `","size":5,"type":"image/jpeg"}`),
	})
	l.must(err)
	p.sync()
	arrive := func(state syncproto.Arrival) syncproto.Value {
		a := syncproto.Arrived{Of: sum, Lanes: map[syncproto.Lane]syncproto.Arrival{syncproto.LaneOriginal: state}}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.server.Arrive(id, a.Value())
		return a.Value()
	}
	caption := func(text string) {
		l.must(p.Edit(ctx, id, mobilesdk.Patch{Set: syncproto.Fields{"caption": syncproto.Text(text)}}))
	}

	// The record comes while an edit is made that this round does not take along.
	var word syncproto.Value
	p.link.set(func(k *link) {
		k.before = func() {
			k.set(func(k *link) { k.down, k.before = true, nil })
			word = arrive(syncproto.ArrivalChecking)
			caption("Cầu mới")
		}
	})
	_, _ = p.Sync(ctx)
	it := p.show(id)
	if it.Fields["caption"] != syncproto.Text("Cầu mới") || it.Fields["arrived"] != word || it.Sending != mobilesdk.SendingWaiting {
		t.Fatalf("under a waiting edit: %+v", it)
	}

	p.link.set(func(k *link) { k.down = false })
	word = arrive(syncproto.ArrivalStored)
	if s := p.sync(); s.Applied != 1 || s.Merged+s.Conflicts+s.Rejected != 0 || s.Unsent != 0 {
		t.Fatalf("summary %+v", s)
	}
	r := l.server.State().Records[id].Record
	a, ok := syncproto.ArrivedOf(r)
	if it = p.show(id); it.Fields["arrived"] != word || it.Revision != r.Revision || !ok || a.Lanes[syncproto.LaneOriginal] != syncproto.ArrivalStored ||
		r.Fields["caption"] != syncproto.Text("Cầu mới") {
		t.Fatalf("shown %+v, on the server %+v", it, r)
	}

	_, err = p.Create(ctx, syncproto.KindPhoto, "", syncproto.Fields{"arrived": word})
	wantCode(t, err, syncproto.CodeInvalidField)
	wantCode(t, p.Edit(ctx, id, mobilesdk.Patch{Set: syncproto.Fields{"arrived": syncproto.Null}}), syncproto.CodeInvalidField)

	arrive(syncproto.ArrivalRefused) // unseen
	l.must(p.Delete(ctx, id))
	if s := p.sync(); s.Applied != 1 || s.Conflicts != 0 || !l.server.State().Records[id].Record.Deleted {
		t.Fatalf("the delete was undone: %+v", s)
	}
}
