package walk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/server/internal/app"
	"lantoa/server/internal/console/rig"
	"lantoa/syncproto"
)

// TestQueueOnAStormDay is AS-06: hundreds of submissions come from many phones while two editors work through them on
// theirs. What one claimed the other leaves alone; what is urgent stands first; forty are approved at once, but for those
// whose people nobody asked.
func TestQueueOnAStormDay(t *testing.T) {
	phones, each := 8, 15
	if *matrix {
		phones, each = 20, 25
	}
	w := rig.Start(t, func(c *app.Config) { c.Hold = 2 * time.Minute })
	var bare []syncproto.ID
	var urgent syncproto.ID
	for i := range phones {
		p := w.Phone(fmt.Sprintf("Người gửi %d", i+1), []syncproto.ID{w.Commune, w.Other}[i%2])
		p.Stories(each - 1)
		last := p.Text(fmt.Sprintf("Chuyện có ảnh số %d", i+1), "Bà con nhận quà ở trường tiểu học.")
		if i%2 == 0 {
			if err := p.SetShows(t.Context(), p.Photo(last, "Bà con nhận quà"), syncproto.ShowsPeople, 1); err != nil {
				t.Fatal(err)
			}
			bare = append(bare, last)
		}
		if i == phones-1 {
			urgent = last
			patch := mobilesdk.Patch{Set: syncproto.Fields{"urgent": syncproto.Bool(true)}}
			if err := p.Edit(t.Context(), last, patch); err != nil {
				t.Fatal(err)
			}
		}
		p.Hand(last)
		p.Send()
	}
	w.Move(3 * time.Hour)
	minh, ha := w.Tab(w.Editor), w.Tab(w.Second)
	minh.Phone()
	ha.Phone()
	minh.Open("/console/queue")
	ha.Open("/console/queue?view=open")
	first := rig.Eval[string](minh, `document.querySelector(".queue-row").dataset.id`)
	if first != string(urgent) {
		t.Errorf("the first is %s, what cannot wait is %s", first, urgent)
	}
	minh.Screenshot("storm/list-360")

	// One claims the urgent one: the other sees who has it, and cannot approve it too.
	minh.Click(".queue-link")
	showsSheet(minh, urgent)
	minh.Screenshot("storm/item-360")
	minh.Click("#queue-pane [data-key=t]")
	w.Until("the claim", func() bool { return w.Record(urgent).Claim != nil })
	ha.WaitText(".queue-row .queue-claim", "Trần Văn Minh")
	ha.Click(".queue-link")
	showsSheet(ha, urgent)
	ha.WaitText("#queue-pane", "Trần Văn Minh")
	if n := ha.Count(`#queue-pane form[data-act="approve"]`); n != 0 {
		t.Error("what somebody else works on is offered for approval")
	}
	ha.Open("/console/queue")
	if n := ha.Count(fmt.Sprintf(`.queue-row[data-id=%q]`, urgent)); n != 0 {
		t.Error("what somebody else works on waits for her")
	}

	// The other approves a page at once.
	ha.Click("#queue-all")
	ha.Fill("#queue-command", "approve")
	ha.Follow(".queue-bar button:not([name])")
	if !strings.Contains(ha.Text(".queue-skips"), "riêng") {
		t.Error("the first stories of new authors are approved in bulk")
	}
	ha.Screenshot("storm/bulk-360")
	ha.Follow("form[action='/console/queue/bulk/do'] button.main")
	ha.Screenshot("storm/done-360")
	approved := ha.Count("section[aria-labelledby=queue-fit] li")
	if approved < 40 {
		t.Errorf("%d were approved at once, want 40", approved)
	}
	for _, id := range bare {
		if state := w.Record(id).State; state == syncproto.StateApproved {
			t.Error("a photo was approved of somebody whom nobody asked")
		}
	}
	minh.Open("/console/queue?view=open&state=approved")
	minh.Wait(fmt.Sprintf(`%s === %d`, rowsThere, approved))
}
