package campaign_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"text/tabwriter"

	"lantoa/server/internal/campaign"
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

var update = flag.Bool("update", false, "write the table of who may do what anew")

const squareFile = "testdata/square.txt"

// roles are those who try, and what they are to a call of the commune that an officer of the province proposed.
func roles(w *world) []struct {
	name string
	by   people.Actor
} {
	return []struct {
		name string
		by   people.Actor
	}{
		{"officer", w.local},
		{"proposer", w.dong},
		{"admin", w.admin},
		{"operator", w.operator},
		{"beside", w.other},
		{"editor", w.editor},
		{"member", people.Actor{Person: w.members[0]}},
		{"nobody", people.Actor{Person: syncproto.NewID()}},
	}
}

// tries are the requests, by the act that each is.
var tries = []struct {
	name string
	do   func(w *world, by people.Actor, c *campaign.Call) error
}{
	{"show", func(w *world, by people.Actor, c *campaign.Call) error {
		_, err := w.calls.Show(w.t.Context(), by, c.ID)
		return err
	}},
	{"edit", func(w *world, by people.Actor, c *campaign.Call) error {
		_, err := w.calls.Edit(w.t.Context(), by, c.ID, edited(c, func(d *campaign.Draft) { d.Title += "!" }))
		return err
	}},
	{"edit audience", func(w *world, by people.Actor, c *campaign.Call) error {
		_, err := w.calls.Edit(w.t.Context(), by, c.ID, edited(c, func(d *campaign.Draft) { d.Audience = volunteers(w.province) }))
		return err
	}},
	{"preview", func(w *world, by people.Actor, c *campaign.Call) error {
		_, err := w.calls.Preview(w.t.Context(), by, c.ID)
		return err
	}},
	{"propose", func(w *world, by people.Actor, c *campaign.Call) error {
		_, err := w.calls.Propose(w.t.Context(), by, c.ID, c.Revision)
		return err
	}},
	{"send", func(w *world, by people.Actor, c *campaign.Call) error {
		_, err := w.calls.Send(w.t.Context(), by, c.ID, c.Revision)
		return err
	}},
	{"send stale", func(w *world, by people.Actor, c *campaign.Call) error {
		_, err := w.calls.Send(w.t.Context(), by, c.ID, c.Revision-1)
		return err
	}},
	{"cancel", func(w *world, by people.Actor, c *campaign.Call) error {
		_, err := w.calls.Cancel(w.t.Context(), by, c.ID)
		return err
	}},
	{"close", func(w *world, by people.Actor, c *campaign.Call) error {
		_, err := w.calls.Close(w.t.Context(), by, c.ID)
		return err
	}},
	{"test", func(w *world, by people.Actor, c *campaign.Call) error {
		_, err := w.calls.Test(w.t.Context(), by, c.ID)
		return err
	}},
	{"copy", func(w *world, by people.Actor, c *campaign.Call) error {
		_, err := w.calls.Copy(w.t.Context(), by, c.ID, campaign.Copying{})
		return err
	}},
	{"result", func(w *world, by people.Actor, c *campaign.Call) error {
		_, err := w.calls.Copy(w.t.Context(), by, c.ID, campaign.Copying{Kind: syncproto.CallResult})
		return err
	}},
	{"progress", func(w *world, by people.Actor, c *campaign.Call) error {
		_, err := w.calls.Progress(w.t.Context(), by, c.ID)
		return err
	}},
	{"the server", func(w *world, _ people.Actor, _ *campaign.Call) error {
		_, err := w.calls.Step(w.t.Context())
		return err
	}},
}

// TestWhoMayDoWhat does everything to calls in every state as everybody, and holds what comes of it against the table in
// testdata.
func TestWhoMayDoWhat(t *testing.T) {
	var out bytes.Buffer
	for _, kind := range []syncproto.CallKind{syncproto.CallOrdinary, syncproto.CallUrgent} {
		for _, state := range campaign.States() {
			fmt.Fprintf(&out, "# %s, %s\n\n", kind, state)
			lines := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
			w := newWorld(t, nil)
			fmt.Fprint(lines, "act")
			for _, r := range roles(w) {
				fmt.Fprint(lines, "\t"+r.name)
			}
			fmt.Fprintln(lines)
			for _, try := range tries {
				fmt.Fprint(lines, try.name)
				for i := range roles(w) {
					w := newWorld(t, nil)
					c := w.stands(kind, state)
					w.wait(1000)
					fmt.Fprint(lines, "\t"+cell(w, c, try.do(w, roles(w)[i].by, c)))
				}
				fmt.Fprintln(lines)
			}
			lines.Flush()
			fmt.Fprintln(&out)
		}
	}
	want, err := os.ReadFile(squareFile)
	if err == nil && bytes.Equal(want, out.Bytes()) {
		return
	}
	if !*update {
		t.Errorf("%s is not what the service does; run the test with -update and read the difference: %v", squareFile, err)
		return
	}
	w := os.WriteFile(squareFile, out.Bytes(), 0o644)
	if w != nil {
		t.Fatal(w)
	}
}

// cell says what came of a try: the new state, "ok" for none, or the code.
func cell(w *world, c *campaign.Call, err error) string {
	if err != nil {
		return string(syncproto.CodeOf(err))
	}
	if now := w.show(c.ID); now.State != c.State {
		return "→" + string(now.State)
	}
	return "ok"
}

// stands makes a call of the commune that stands in a state, as it came there.
func (w *world) stands(kind syncproto.CallKind, state storage.CallState) *campaign.Call {
	w.t.Helper()
	c := w.makes(w.dong, func(d *campaign.Draft) {
		d.Kind, d.Units = kind, []syncproto.ID{w.here}
		if state == storage.CallScheduled {
			d.Due = w.now + hour
		}
	})
	if state == storage.CallDraft {
		return c
	}
	ctx := w.t.Context()
	_, err := w.calls.Propose(ctx, w.dong, c.ID, c.Revision)
	w.must(err)
	if state == storage.CallProposed {
		return w.show(c.ID)
	}
	_, err = w.calls.Send(ctx, w.hoa, c.ID, c.Revision)
	w.must(err)
	switch state {
	case storage.CallSent:
		w.handOver()
	case storage.CallClosed:
		_, err = w.calls.Close(ctx, w.dong, c.ID)
	case storage.CallCancelled:
		_, err = w.calls.Cancel(ctx, w.dong, c.ID)
	}
	w.must(err)
	return w.wants(c.ID, state)
}

// TestTheTableIsWhole holds the pure table to what can be said of it without a store.
func TestTheTableIsWhole(t *testing.T) {
	for _, from := range campaign.States() {
		for _, act := range campaign.Acts() {
			to, err := campaign.Next(from, act)
			if err != nil {
				wantCode(t, err, syncproto.CodeCallState, string(from))
				continue
			}
			over := from == storage.CallClosed || from == storage.CallCancelled
			had := from == storage.CallSending || from == storage.CallSent
			switch {
			case over && to != from:
				t.Errorf("%s leaves %s", act, from)
			case had && (to == storage.CallDraft || to == storage.CallProposed || to == storage.CallScheduled):
				t.Errorf("%s takes back %s, which people have", act, from)
			case act == campaign.ActEdit && to != storage.CallDraft:
				t.Errorf("an edit of %s does not void the yes", from)
			case act == campaign.ActCancel && to != storage.CallCancelled:
				t.Errorf("cancelling %s leads to %s", from, to)
			}
		}
		if from != storage.CallClosed {
			if _, err := campaign.Next(from, campaign.ActCancel); err != nil {
				t.Errorf("%s cannot be cancelled", from)
			}
		}
	}
	if _, err := campaign.Next("unheard", campaign.ActSend); err == nil {
		t.Error("a state that is none allows something")
	}
	if strings.Contains(fmt.Sprint(campaign.Acts()), "  ") {
		t.Error("an act without a name")
	}
}
