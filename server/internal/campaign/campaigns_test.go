package campaign_test

import (
	"slices"
	"strings"
	"testing"

	"lantoa/server/internal/campaign"
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

func TestACampaignFromBeginningToEnd(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		d := &campaign.CampaignDraft{
			ID: syncproto.NewID(), Title: "Giọt hồng xứ Thanh", TitleEN: "Pink drop", About: "Một tuần hiến máu.", Units: []syncproto.ID{w.province},
			From: w.now, Until: w.now + 7*24*hour,
		}
		c, err := w.calls.CreateCampaign(ctx, w.dong, d)
		w.must(err)
		w.wait(1000)
		if again, err := w.calls.CreateCampaign(ctx, w.dong, d); err != nil || again.Created != c.Created {
			t.Errorf("again: %+v, %v", again, err)
		}
		_, err = w.calls.CreateCampaign(ctx, w.hoa, d)
		wantCode(t, err, syncproto.CodeRecordExists)
		w.wantCampaign(c.ID, w.province, syncproto.StateOpen, 1)
		wantFields(t, w.record(c.ID), `{"title":"Giọt hồng xứ Thanh","title_en":"Pink drop","body":"Một tuần hiến máu.","units":["`+string(w.province)+`"]}`)

		d.Changed, d.Units, d.Title = c.Changed, []syncproto.ID{w.here, w.province}, "Giọt hồng"
		c, err = w.calls.EditCampaign(ctx, w.hoa, c.ID, d)
		w.must(err)
		w.wantCampaign(c.ID, w.here, syncproto.StateOpen, 2)
		if r := w.record(c.ID); r.Mark("title") != 2 || r.Mark("body") != 1 {
			t.Errorf("got marks %v", r.Marks)
		}
		_, err = w.calls.EditCampaign(ctx, w.local, c.ID, d)
		wantCode(t, err, syncproto.CodeForbidden, "units[1]")
		d.Title = "Khác"
		_, err = w.calls.EditCampaign(ctx, w.dong, c.ID, d)
		wantCode(t, err, syncproto.CodeStaleRevision)

		for range 2 {
			c, err = w.calls.CloseCampaign(ctx, w.dong, c.ID)
			w.must(err)
		}
		w.wantCampaign(c.ID, w.here, syncproto.StateClosed, 3)
		d.Changed = c.Changed
		_, err = w.calls.EditCampaign(ctx, w.dong, c.ID, d)
		wantCode(t, err, syncproto.CodeCallState)
		if got, want := w.acts(c.ID), "campaign.create campaign.edit campaign.close"; got != want {
			t.Errorf("the log says %s, want %s", got, want)
		}
		for _, a := range w.audits(c.ID) {
			if a.Grant == "" || a.Person == "" {
				t.Errorf("the log says %+v", a)
			}
		}
		w.wantQuiet("Giọt hồng", "Pink", "hiến máu", "Đông")
	})
}

// wantCampaign looks at the record of a campaign: members of the unit that leads it follow it.
func (w *world) wantCampaign(id, unit syncproto.ID, state syncproto.State, revision int64) {
	w.t.Helper()
	w.view(func(r storage.Reader) error {
		stored, err := r.Record(id)
		if err != nil {
			return err
		}
		got := stored.Record
		if got.State != state || got.Revision != revision || got.Unit != unit || !slices.Equal(stored.Scopes, []syncproto.Scope{syncproto.CallScope(unit)}) {
			w.t.Errorf("got %+v in %v", got, stored.Scopes)
		}
		return nil
	})
}

func TestCampaignsThatAreRefused(t *testing.T) {
	w := newWorld(t, nil)
	for name, c := range map[string]struct {
		set  func(d *campaign.CampaignDraft)
		want syncproto.Code
		at   string
	}{
		"no title":           {func(d *campaign.CampaignDraft) { d.Title = " " }, syncproto.CodeCallText, "title"},
		"a long title":       {func(d *campaign.CampaignDraft) { d.Title = strings.Repeat("a", 301) }, syncproto.CodeTooLarge, "title"},
		"no unit":            {func(d *campaign.CampaignDraft) { d.Units = nil }, syncproto.CodeMissingMember, "units"},
		"another's unit":     {func(d *campaign.CampaignDraft) { d.Units = []syncproto.ID{w.beside} }, syncproto.CodeForbidden, "units[0]"},
		"an end before":      {func(d *campaign.CampaignDraft) { d.From, d.Until = w.now, w.now-1 }, syncproto.CodeCallTime, "until"},
		"an id that is none": {func(d *campaign.CampaignDraft) { d.ID = "x" }, syncproto.CodeInvalidID, "id"},
	} {
		t.Run(name, func(t *testing.T) {
			d := &campaign.CampaignDraft{Title: "Giọt hồng", Units: []syncproto.ID{w.here}}
			c.set(d)
			_, err := w.calls.CreateCampaign(t.Context(), w.local, d)
			wantCode(t, err, c.want, c.at)
		})
	}
}

// TestCallsOfOthersStayUnseen lists calls of two communes to officers of each, over several pages.
func TestCallsOfOthersStayUnseen(t *testing.T) {
	w := newWorld(t, nil)
	for i := range 230 {
		unit, by := w.here, w.local
		if i%2 == 1 {
			unit, by = w.beside, w.other
		}
		w.makes(by, func(d *campaign.Draft) { d.Units = []syncproto.ID{unit} })
	}
	counts := func(by syncproto.ID, f campaign.Filter) (n, pages int) {
		for {
			page, err := w.calls.List(t.Context(), people.Actor{Person: by}, f)
			w.must(err)
			n, pages = n+len(page.Calls), pages+1
			for _, c := range page.Calls {
				if by == w.local.Person && c.Units[0].ID != w.here {
					t.Error("another's call is listed")
				}
			}
			if f.From = page.Next; f.From == "" {
				return n, pages
			}
		}
	}
	if n, pages := counts(w.local.Person, campaign.Filter{}); n != 115 || pages != 2 {
		t.Errorf("%d calls on %d pages", n, pages)
	}
	if n, pages := counts(w.dong.Person, campaign.Filter{States: []storage.CallState{storage.CallDraft}}); n != 230 || pages != 3 {
		t.Errorf("%d calls on %d pages", n, pages)
	}
	if n, _ := counts(w.editor.Person, campaign.Filter{}); n != 0 {
		t.Errorf("an editor sees %d", n)
	}
	if n, _ := counts(w.dong.Person, campaign.Filter{States: []storage.CallState{storage.CallSent}}); n != 0 {
		t.Errorf("%d were sent", n)
	}
}
