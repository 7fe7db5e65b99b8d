package campaign_test

import (
	"slices"
	"strings"
	"testing"

	"lantoa/server/internal/campaign"
	"lantoa/storage"
	"lantoa/syncproto"
)

func TestResultsAndReminders(t *testing.T) {
	w := newWorld(t, nil)
	ctx := t.Context()
	draft := w.makes(w.dong, nil)
	_, err := w.calls.Copy(ctx, w.dong, draft.ID, campaign.Copying{Kind: syncproto.CallResult})
	wantCode(t, err, syncproto.CodeCallState, "draft")
	c := w.sends(w.dong, nil)
	w.handOver()
	w.answers(c.ID, w.members[0], "yes", syncproto.StateRegistered)
	w.answers(c.ID, w.members[1], "no", syncproto.StateNoted)
	reminds := func(a campaign.Among, want ...syncproto.ID) {
		t.Helper()
		r, err := w.calls.Copy(ctx, w.dong, c.ID, campaign.Copying{Kind: syncproto.CallReminder, Among: a})
		w.must(err)
		if r.About != c.ID || r.Kind != syncproto.CallReminder || r.Starts != c.Starts || len(r.Choices) != 0 {
			t.Errorf("got %+v", r)
		}
		r, err = w.calls.Send(ctx, w.dong, r.ID, 1)
		w.must(err)
		w.wantOn(r.ID, want...)
		wantFields(t, w.record(r.ID), `{"about":"`+string(c.ID)+`","kind":"reminder"}`)
	}
	reminds(campaign.AmongPlaced, w.members[0])
	reminds(campaign.AmongSilent, w.members[2], w.members[3])
	half, err := w.calls.Copy(ctx, w.dong, c.ID, campaign.Copying{Kind: syncproto.CallReminder})
	w.must(err)
	_, err = w.calls.Send(ctx, w.dong, half.ID, 1)
	wantCode(t, err, syncproto.CodeAudienceInvalid, "audience")
	half, err = w.calls.Edit(ctx, w.dong, half.ID, edited(half, func(d *campaign.Draft) { d.Among = campaign.AmongSilent }))
	w.must(err)
	if again, err := w.calls.Edit(ctx, w.dong, half.ID, edited(half, nil)); err != nil || again.Revision != half.Revision {
		t.Errorf("what was shown is not taken back: %+v %v", again, err)
	}
	_, err = w.calls.Edit(ctx, w.dong, half.ID, edited(half, func(d *campaign.Draft) { d.Audience = volunteers(w.here) }))
	wantCode(t, err, syncproto.CodeAudienceInvalid, "audience")

	w.wait(5 * hour) // the deadline has passed, and those with a place are still to come
	reminds(campaign.AmongPlaced, w.members[0])
	_, err = w.calls.Close(ctx, w.dong, c.ID)
	w.must(err)
	_, err = w.calls.Send(ctx, w.dong, half.ID, half.Revision)
	wantCode(t, err, syncproto.CodeCallState, "about")
	result, err := w.calls.Copy(ctx, w.dong, c.ID, campaign.Copying{Kind: syncproto.CallResult})
	w.must(err)
	if result.Body != "" || result.Title != c.Title || !strings.Contains(string(result.Audience), "answered") {
		t.Errorf("got %+v", result)
	}
	result, err = w.calls.Edit(ctx, w.dong, result.ID, edited(result, func(d *campaign.Draft) { d.Body = "Đã nhận 38 đơn vị máu. Cảm ơn!" }))
	w.must(err)
	result, err = w.calls.Send(ctx, w.dong, result.ID, result.Revision)
	w.must(err)
	w.wantOn(result.ID, w.members[0], w.members[1])
}

// wantOn compares the list of a call.
func (w *world) wantOn(call syncproto.ID, want ...syncproto.ID) {
	w.t.Helper()
	w.handOver()
	var got []syncproto.ID
	w.view(func(r storage.Reader) error {
		list, err := r.Recipients(call, "", 100)
		for i := range list {
			got = append(got, list[i].Person)
		}
		return err
	})
	slices.Sort(want)
	if !slices.Equal(got, want) {
		w.t.Errorf("%d are on the list, want %d", len(got), len(want))
	}
}

func TestACopyIsADraftOfItsOwn(t *testing.T) {
	w := newWorld(t, nil)
	c := w.sends(w.dong, func(d *campaign.Draft) { d.Code = "HOA SEN" })
	how := campaign.Copying{ID: syncproto.NewID()}
	made, err := w.calls.Copy(t.Context(), w.hoa, c.ID, how)
	w.must(err)
	if made.State != storage.CallDraft || made.Title != c.Title || made.Starts+made.Ends+made.Deadline+made.Due != 0 || made.Code != "" || made.By.ID != w.hoa.Person || made.Recipients != 0 {
		t.Errorf("got %+v", made)
	}
	again, err := w.calls.Copy(t.Context(), w.hoa, c.ID, how)
	if err != nil || again.ID != made.ID {
		t.Errorf("again: %v", err)
	}
	_, err = w.calls.Copy(t.Context(), w.dong, c.ID, campaign.Copying{Kind: syncproto.CallUrgent})
	wantCode(t, err, syncproto.CodeInvalidValue, "kind")
}
