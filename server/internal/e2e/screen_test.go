package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/server/internal/enroll"
	"lantoa/storage"
	"lantoa/syncproto"
)

// TestFirstUsefulScreen gives a person a new phone in a unit with a long history. What they need first, their rights,
// their own records and the open calls, is there after two rounds and 8 KB; the unit's stories come behind.
func TestFirstUsefulScreen(t *testing.T) {
	h := newHost(t)
	lan := h.join("Lan", syncproto.RoleVolunteer)
	for i := range 5 {
		if _, err := lan.Create(background, syncproto.KindStory, "", syncproto.Fields{
			"title": syncproto.Text(fmt.Sprintf("Bài thứ %d của Lan", i)), "body": syncproto.Text(strings.Repeat("Sáng nay trời mưa. ", 20)),
		}); err != nil {
			t.Fatal(err)
		}
	}
	lan.sync()
	status, err := lan.Status(background)
	if err != nil {
		t.Fatal(err)
	}
	h.history(status.Person, 2000, 3)

	code, err := h.enroll.Issue(background, enroll.Invitation{Unit: h.unit.ID, Role: syncproto.RoleVolunteer, Person: status.Person})
	if err != nil {
		t.Fatal(err)
	}
	second := &member{t: t, host: h, clock: &clock{}, path: filepath.Join(t.TempDir(), "second.db")}
	second.link = &link{Transport: mobilesdk.NewHTTPTransport()}
	second.open()
	if err := second.Enroll(background, h.url, code.Code); err != nil {
		t.Fatal(err)
	}
	var down int64
	for range 2 {
		s, err := second.Round(background)
		if err != nil {
			t.Fatal(err)
		}
		down += s.BytesDown
	}
	count := func(kind syncproto.Kind, mine bool) (n int) {
		list, err := second.List(background, mobilesdk.Filter{Kind: kind, Limit: 500})
		if err != nil {
			t.Fatal(err)
		}
		for i := range list.Items {
			if !mine || list.Items[i].Mine {
				n++
			}
		}
		return n
	}
	t.Logf("%d bytes down in 2 rounds", down)
	if own, calls := count(syncproto.KindStory, true), count(syncproto.KindCall, false); own != 5 || calls != 3 || down > 8<<10 {
		t.Errorf("%d own stories, %d calls after %d bytes; want 5 and 3 within 8 KiB", own, calls, down)
	}
	if profile := count(syncproto.KindProfile, false); profile != 1 {
		t.Errorf("%d profiles, want the person's own", profile)
	}
	second.sync()
	if all := count(syncproto.KindStory, false); all != 500 { // a page of the list
		t.Errorf("%d stories after the whole sync", all)
	}
}

// history puts published stories into the unit, as years of work left them, and sends open calls to a person.
func (h *host) history(person syncproto.ID, stories, calls int) {
	h.t.Helper()
	put := func(tx storage.Tx, kind syncproto.Kind, state syncproto.State, i int) (*syncproto.Record, error) {
		r := &syncproto.Record{
			ID: syncproto.NewID(), Kind: kind, Unit: h.unit.ID, Author: syncproto.NewID(), Revision: 1, State: state, Received: 1, Changed: 1,
			Fields: syncproto.Fields{"title": syncproto.Text(fmt.Sprintf("%s số %d", kind, i)), "body": syncproto.Text(strings.Repeat("Nước lên. ", 40))},
		}
		return r, tx.PutRecord(r, syncproto.Placement(r, nil))
	}
	err := h.store.Update(background, func(tx storage.Tx) error {
		for i := range stories {
			if _, err := put(tx, syncproto.KindStory, syncproto.StatePublished, i); err != nil {
				return err
			}
		}
		for i := range calls {
			r, err := put(tx, syncproto.KindCall, syncproto.StateOpen, i)
			if err == nil {
				err = tx.AddRecipients([]storage.Recipient{{Call: r.ID, Person: person, Unit: h.unit.ID, Gone: 1 << 50}})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
}
