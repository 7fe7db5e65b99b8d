package syncer_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

func TestReplayGetsTheFirstAnswer(t *testing.T) {
	w := newWorld(t)
	p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
	p.story("một")
	p.wants(syncproto.Mutation{Record: w.id(), Delete: true}) // rejected: no such record
	p.story("ba")
	first, err := p.exchange(p.request())
	w.check(err)
	if len(first.Outcomes) != 3 || first.Accepted != 3 || first.Outcomes[1].Code != syncproto.CodeRecordMissing {
		t.Fatalf("got %+v", first)
	}
	w.now.Add(1000)
	again, err := p.exchange(p.request())
	w.check(err)
	for i := range first.Outcomes {
		if first.Outcomes[i] != again.Outcomes[i] {
			t.Errorf("got %+v, first %+v", again.Outcomes[i], first.Outcomes[i])
		}
	}
	if p.reply.Judged != 0 || p.reply.Replayed != 3 || again.Accepted != 3 {
		t.Errorf("got %+v", p.reply)
	}
	letters := w.letters(p.device.ID)
	if len(letters) != 1 || letters[0].Number != 2 || !bytes.Equal(letters[0].Wire, p.outbox[1].Wire) {
		t.Errorf("got %d dead letters: %+v", len(letters), letters)
	}
}

func TestRetriedTransactionJudgesOnce(t *testing.T) {
	w := newWorld(t)
	p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
	w.store.twice = true
	id := p.story("một")
	resp := p.round()
	if len(resp.Outcomes) != 1 || resp.Outcomes[0].Revision != 1 || w.record(id).Revision != 1 || p.reply.Judged != 1 {
		t.Errorf("got %+v", resp.Outcomes)
	}
}

func TestForkedAndOutOfOrder(t *testing.T) {
	w := newWorld(t)
	p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
	p.story("một")
	p.round()

	clone := *p
	clone.n, clone.outbox = 0, nil
	clone.story("khác")
	clone.story("nữa")
	resp := clone.round()
	if resp.PushCode != syncproto.CodeDeviceForked || len(resp.Outcomes) != 0 || resp.Accepted != 1 {
		t.Errorf("clone: got %+v", resp)
	}

	p.n = 4
	p.story("năm")
	resp, err := p.exchange(p.request())
	w.check(err)
	if resp.PushCode != syncproto.CodeOutOfOrder || resp.Accepted != 1 {
		t.Errorf("gap: got %+v", resp)
	}
	p.n, p.outbox = 1, nil
	p.story("hai")
	if resp = p.round(); resp.PushCode != "" || resp.Accepted != 2 {
		t.Errorf("after the gap: got %+v", resp)
	}
}

func TestStoreErrorStopsThePushNotThePull(t *testing.T) {
	w := newWorld(t)
	p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
	p.story("một")
	w.store.down = true
	resp := p.round()
	if resp.PushCode != syncproto.CodeUnavailable || resp.Accepted != 0 || len(resp.Pages) == 0 || len(p.outbox) != 1 {
		t.Errorf("got %+v", resp)
	}
	w.store.down = false
	if resp = p.round(); resp.PushCode != "" || resp.Accepted != 1 {
		t.Errorf("later: got %+v", resp)
	}
}

func TestBadMemberAmongGood(t *testing.T) {
	w := newWorld(t)
	p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
	one := p.story("một")
	p.n++
	bad := []byte(`{"n":2,"id":"nonsense","record":17}`)
	p.outbox = append(p.outbox, syncproto.PushedMutation{Mutation: syncproto.Mutation{Number: 2}, Wire: bad})
	three := p.story("ba")
	p.wants(syncproto.Mutation{Void: true})
	newer := p.wants(syncproto.Mutation{Record: one, Set: syncproto.Fields{"title": syncproto.Text("x")}})
	newer.Extra = syncproto.Fields{"reaction": syncproto.Text("♥")}
	p.outbox[4] = pushed(*newer)
	req := p.request()
	resp, err := p.exchange(req)
	w.check(err)
	want := []syncproto.Result{syncproto.Applied, syncproto.Rejected, syncproto.Applied, syncproto.Applied, syncproto.Rejected}
	if len(resp.Outcomes) != len(want) || resp.Accepted != 5 {
		t.Fatalf("got %+v", resp.Outcomes)
	}
	for i, o := range resp.Outcomes {
		if o.Result != want[i] || o.Number != int64(i+1) {
			t.Errorf("outcome %d: got %+v, want %s", i, o, want[i])
		}
	}
	if resp.Outcomes[4].Code != syncproto.CodeUnknownMember {
		t.Errorf("got %+v", resp.Outcomes[4])
	}
	if letters := w.letters(p.device.ID); len(letters) != 2 || !bytes.Equal(letters[0].Wire, bad) {
		t.Errorf("got %+v", letters)
	}
	w.record(one)
	w.record(three)
	if again, err := p.exchange(req); err != nil || again.PushCode != "" || len(again.Outcomes) != 5 {
		t.Errorf("replay: got %+v, %v", again, err)
	}
}

func TestOriginIsAppliedOnce(t *testing.T) {
	w := newWorld(t)
	old := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
	id := old.story("một")
	first := old.outbox[0].Mutation
	old.round()

	// The renumbered phone brings what its first identity had sent, and something that identity had not.
	fork := &phone{w: w, person: old.person, device: w.device(old.person, w.commune)}
	first.Origin = &syncproto.Origin{Device: old.device.ID, Number: 1}
	fork.wants(first)
	late := syncproto.Mutation{ID: w.id(), Record: w.id(), Set: syncproto.Fields{"title": syncproto.Text("hai")}}
	late.Origin = &syncproto.Origin{Device: old.device.ID, Number: 2}
	m := *fork.wants(late)
	resp := fork.round()
	if o := resp.Outcomes[0]; o.Result != syncproto.Duplicate || o.Revision != 1 || o.Number != 1 {
		t.Errorf("got %+v", o)
	}
	if resp.Outcomes[1].Result != syncproto.Applied || w.record(id).Revision != 1 {
		t.Errorf("got %+v", resp.Outcomes[1])
	}
	// Then the first identity comes with it after all.
	m.Origin = nil
	old.wants(m)
	if o := old.round().Outcomes[0]; o.Result != syncproto.Duplicate || o.Number != 2 {
		t.Errorf("got %+v", o)
	}
	if r := w.record(late.Record); r.Revision != 1 {
		t.Errorf("got revision %d", r.Revision)
	}
}

func TestTooManyChildren(t *testing.T) {
	w := newWorld(t)
	p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
	story := p.story("một")
	for range 201 {
		p.wants(syncproto.Mutation{
			Record: w.id(), Kind: syncproto.KindPhoto, Set: syncproto.Fields{"parent": syncproto.Text(string(story))},
		})
	}
	resp := p.round()
	if o := resp.Outcomes[200]; o.Result != syncproto.Applied {
		t.Errorf("the 200th: got %+v", o)
	}
	if o := resp.Outcomes[201]; o.Code != syncproto.CodeTooManyRecords {
		t.Errorf("the 201st: got %+v", o)
	}
}

func TestRevokedAtOnce(t *testing.T) {
	w := newWorld(t)
	p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
	device, err := w.sync.Authenticate(t.Context(), p.token)
	w.check(err)
	if device.ID != p.device.ID {
		t.Fatalf("got %s", device.ID)
	}
	for token, code := range map[string]syncproto.Code{"": syncproto.CodeTokenMissing, "x": syncproto.CodeTokenUnknown} {
		if _, err := w.sync.Authenticate(t.Context(), token); syncproto.CodeOf(err) != code {
			t.Errorf("%q: got %v", token, err)
		}
	}
	w.check(w.people.RevokeDevice(t.Context(), p.device.ID))
	if device, err = w.sync.Authenticate(t.Context(), p.token); err != nil || device.Revoked == 0 {
		t.Errorf("got %+v, %v", device, err)
	}
	if w.sync.Recognize(p.token) != nil {
		t.Error("a device whose access ended is recognized")
	}
	w.now.Add(people.EndedFor)
	revoked := &syncproto.Error{Code: syncproto.CodeTokenRevoked}
	if _, err := w.sync.Authenticate(t.Context(), p.token); !errors.Is(err, revoked) {
		t.Errorf("got %v", err)
	}
	p.story("một")
	if _, err := p.exchange(p.request()); !errors.Is(err, revoked) {
		t.Errorf("push: got %v", err)
	}
	p.outbox = nil
	if _, err := p.exchange(p.request()); !errors.Is(err, revoked) {
		t.Errorf("pull: got %v", err)
	}
}

func TestContacts(t *testing.T) {
	w := newWorld(t)
	p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
	p.story("một")
	p.round()
	req := p.request()
	req.Acknowledged, req.Unsent, req.Failed, req.Oldest = 7, 3, 1, 86_400_000
	req.Troubles = []syncproto.Trouble{{Lane: syncproto.LaneOriginal, Code: syncproto.CodeQuota, Age: 86_400_000}}
	_, err := p.exchange(req)
	w.check(err)
	ctx, cancel := cancelled()
	defer cancel()
	w.check(w.sync.Run(ctx))
	list, err := w.people.Devices(t.Context(), "", 10)
	w.check(err)
	c := list[0].Contact
	if c == nil || c.Unsent != 3 || c.Failed != 1 || c.Acknowledged != 7 || c.App != "test" || c.At != w.now.Load() {
		t.Errorf("got %+v", c)
	}
	if c != nil && (c.Oldest != req.Oldest || !slices.Equal(c.Troubles, req.Troubles)) {
		t.Errorf("got %+v", c)
	}
	if list[0].Acknowledged != 1 {
		t.Errorf("acknowledged %d of 1 accepted", list[0].Acknowledged)
	}
}
