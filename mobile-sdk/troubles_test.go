package mobilesdk_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"testing"
	"time"

	"lantoa/mobile-sdk"
	"lantoa/syncproto"
)

// request returns the last sync request that left the phone.
func (p *phone) request() *syncproto.SyncRequest {
	p.l.t.Helper()
	p.link.mu.Lock()
	defer p.link.mu.Unlock()
	for i := len(p.link.requests) - 1; i >= 0; i-- {
		if r := p.link.requests[i]; r.Path == "/v1/sync" {
			q, err := syncproto.DecodeSyncRequest(r.Body)
			p.l.must(err)
			return q
		}
	}
	p.l.t.Fatal("no request was sent")
	return nil
}

func TestWhatWaitsIsToldAfterAnHour(t *testing.T) {
	l := newLab(t)
	p := l.phone("Lan", syncproto.RoleVolunteer)
	id := p.story("a", "b")
	p.story("c", "d")
	p.link.set(func(k *link) { k.down = true })
	_, _ = p.Sync(context.Background())
	if q := p.request(); q.Oldest != 0 || q.Troubles != nil || q.Unsent != 2 {
		t.Fatalf("within the hour: %+v", q)
	}
	p.clock.up += 3 * time.Hour
	p.clock.skew = -48 * time.Hour // somebody set the clock: the running one counts
	_, _ = p.Sync(context.Background())
	q := p.request()
	want := syncproto.Trouble{Record: id, Code: syncproto.CodeOffline, Age: (3 * time.Hour).Milliseconds()}
	if q.Oldest != want.Age || len(q.Troubles) != 1 || q.Troubles[0] != want {
		t.Fatalf("oldest %d, troubles %+v", q.Oldest, q.Troubles)
	}
	p.link.set(func(k *link) { k.down = false })
	p.sync()
	p.sync()
	if q := p.request(); q.Oldest != 0 || q.Troubles != nil {
		t.Fatalf("all went: %+v", q)
	}
}

func TestTheWorstTroublesAreTold(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	p := l.phone("Lan", syncproto.RoleVolunteer)
	for i := range syncproto.MaxTroubles + 3 {
		id := p.story(fmt.Sprint("tin ", i), "x")
		p.sync()
		p.link.set(func(k *link) { k.refuse = fmt.Sprintf(`"record":"%s","set"`, id) })
		l.must(p.Edit(ctx, id, mobilesdk.Patch{Set: syncproto.Fields{"title": syncproto.Text("khác")}}))
		p.sync()
		p.clock.up += time.Minute
	}
	p.sync()
	q := p.request()
	if len(q.Troubles) != syncproto.MaxTroubles || q.Failed != syncproto.MaxTroubles+3 || q.Oldest != 0 {
		t.Fatalf("failed %d, oldest %d, troubles %+v", q.Failed, q.Oldest, q.Troubles)
	}
	for i, trouble := range q.Troubles {
		if trouble.Code != syncproto.CodeMalformed || trouble.Lane != "" || i > 0 && trouble.Age > q.Troubles[i-1].Age {
			t.Fatalf("troubles %+v", q.Troubles)
		}
	}
}

func TestAParkedFileIsATrouble(t *testing.T) {
	l := newLab(t)
	d := newDepot(t, l)
	ctx := context.Background()
	p := d.phone("Lan", syncproto.RoleVolunteer)
	l.must(p.SetNetwork(mobilesdk.NetworkWifi))
	var last *syncproto.SyncRequest
	d.set(func(d *depot) { d.entered = l.lastSync(&last) })
	path := l.picture(50)
	id := p.attach(p.story("a", "b"), mobilesdk.File{Path: path, Keep: mobilesdk.KeepReference})
	p.sync()
	l.must(os.Remove(path))
	p.carry()
	p.wantFile(id, syncproto.LaneOriginal, mobilesdk.FileParked, syncproto.CodeNoFile)
	p.sync()
	if last == nil || last.Failed != 1 || len(last.Troubles) != 1 || last.Troubles[0].Lane != syncproto.LaneOriginal ||
		last.Troubles[0].Code != syncproto.CodeNoFile || last.Troubles[0].Record != id {
		t.Fatalf("request %+v", last)
	}
	l.must(p.Delete(ctx, id))
	p.sync()
	p.sync()
	if last.Failed != 0 || last.Troubles != nil {
		t.Fatalf("the photo was deleted: %+v", last)
	}
}

// lastSync hears of the sync requests that come over HTTP.
func (l *lab) lastSync(into **syncproto.SyncRequest) func(r *http.Request) {
	return func(r *http.Request) {
		if r.URL.Path != "/v1/sync" {
			return
		}
		body, err := io.ReadAll(r.Body)
		l.must(err)
		r.Body = io.NopCloser(bytes.NewReader(body))
		q, err := syncproto.DecodeSyncRequest(unpacked(r, body))
		l.must(err)
		*into = q
	}
}
