package campaign_test

import (
	"encoding/json"
	"testing"

	"lantoa/server/internal/campaign"
	"lantoa/syncproto"
)

// FuzzDraft writes whatever comes: it is refused with a code that is the officer's to put right, or it is a draft that can be
// read, saved again without a change, and looked at.
func FuzzDraft(f *testing.F) {
	w := newWorld(f, nil)
	d := w.draft()
	seed, err := json.Marshal(d)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte(`{"kind":"result","about":"` + string(w.here) + `","units":["` + string(w.here) + `"],"among":"answered"}`))
	f.Add([]byte(`{"kind":"reminder","units":["` + string(w.here) + `"],"audience":{"answered":"x"}}`))
	f.Add([]byte(`{"kind":"call","units":["` + string(w.province) + `"],"link":"https://hienmau.example/%2e%2e//x","place":{"lat":1e9}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var d campaign.Draft
		if json.Unmarshal(body, &d) != nil {
			t.Skip()
		}
		c, err := w.calls.Create(t.Context(), w.dong, &d)
		if err != nil {
			switch kind := syncproto.KindOf(err); kind {
			case syncproto.Internal, syncproto.Unavailable:
				t.Fatal(err)
			}
			return
		}
		again, err := w.calls.Edit(t.Context(), w.dong, c.ID, edited(c, nil))
		if err != nil || again.Revision != 1 {
			t.Fatalf("saved again: %+v, %v", again, err)
		}
		if _, err := w.calls.Preview(t.Context(), w.dong, c.ID); err != nil && syncproto.CodeOf(err) != syncproto.CodeRateLimited {
			t.Fatal(err)
		}
		if _, err := w.calls.Send(t.Context(), w.dong, c.ID, 1); err != nil && syncproto.KindOf(err) == syncproto.Internal {
			t.Fatal(err)
		}
	})
}
