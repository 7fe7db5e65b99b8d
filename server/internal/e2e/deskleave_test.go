package e2e

import (
	"strconv"
	"testing"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/server/internal/desk"
	"lantoa/syncproto"
)

// TestSheLeftTheAssociation is AS-17 with the account closed by an admin: nine stories that wait on the phone, drafts and
// photos among them, land in the inbox of the unit, and leave the phone with the last receipt. TestSheLeft has grants that
// end, and phones only.
func TestSheLeftTheAssociation(t *testing.T) {
	slow(t)
	o := newOffice(t)
	commune := o.unit("Xã Hoằng Lộc", "Xã", "")
	line, plug := cable()
	lan, minh := o.phone("Lan", commune, syncproto.RoleVolunteer, plug), o.hire("Trần Văn Minh", commune, syncproto.RoleEditor)
	admin := o.hire("Anh Đông", commune, syncproto.RoleAdmin)
	lan.sync()
	line.down.Store(true)
	stories, photos := nineUnsent(t, lan)
	person := lan.person()
	admin.post("/v1/people/"+string(person)+"/close", nil, nil)

	line.down.Store(false)
	line.loseReplies.Store(1)
	if _, err := lan.Sync(background); err == nil {
		t.Fatal("a sync without a reply succeeded")
	}
	if s := lan.status(); s.Unsent == 0 || s.Removed {
		t.Fatalf("after a lost receipt: %+v", s)
	}
	if s := lan.syncs(); s.Rejected != 0 || s.Removed {
		t.Fatalf("after the receipts of texts: %+v", s)
	}
	if s := lan.status(); !s.Ended || s.Removed || s.Left == 0 || s.EndedSentence == "" {
		t.Errorf("files wait yet: %+v", s)
	}
	if len(lan.vaultOf()) == 0 {
		t.Error("files left the phone before they came")
	}
	inbox := minh.queue("view=inbox").Rows
	if len(inbox) != len(stories) {
		t.Errorf("%d in the inbox, want %d", len(inbox), len(stories))
	}
	for i := range inbox {
		if row := &inbox[i]; row.State != syncproto.StateUnclaimed || row.Author == nil || row.Author.ID != person || row.Author.Name != "Lan" {
			t.Errorf("in the inbox: %+v", row)
		}
	}
	for _, id := range stories {
		if r := o.record(id); r.State != syncproto.StateUnclaimed || r.Author != person {
			t.Errorf("%s is %s by %s", id, r.State, r.Author)
		}
	}
	var counts desk.Counters
	if minh.get("/v1/desk/counters", &counts); counts.Views[desk.ViewMine].Count != 0 || counts.Views[desk.ViewOpen].Count != 0 ||
		counts.Views[desk.ViewInbox].Count != len(stories) {
		t.Errorf("counted before they are adopted: %+v", counts)
	}

	until(t, time.Minute, "the phone is empty", func() bool {
		if !lan.status().Removed {
			lan.sendFiles()
			_, _ = lan.Sync(background) // an empty phone has nothing to sync with
		}
		return lan.status().Removed
	})
	if s := lan.status(); s.Enrolled || s.Records != 0 || s.Unsent != 0 {
		t.Errorf("on the phone: %+v", s)
	}
	if left := lan.vaultOf(); len(left) > 0 {
		t.Errorf("files on the phone: %v", left)
	}
	var adopt []object
	for _, id := range stories {
		adopt = append(adopt, minh.step(id, syncproto.CommandAdopt, ""))
	}
	for _, done := range minh.acts(adopt...) {
		if done.Result != syncproto.Applied {
			t.Errorf("an adoption: %+v", done)
		}
	}
	mine := minh.queue("").Rows
	if len(mine) != len(stories) || len(minh.queue("view=inbox").Rows) != 0 {
		t.Errorf("%d to work on, want %d", len(mine), len(stories))
	}
	for i := range mine {
		if row := &mine[i]; row.State != syncproto.StateSubmitted || row.Author == nil || row.Author.ID != person {
			t.Errorf("adopted: %+v", row)
		}
	}
	until(t, time.Minute, "the photos are at the desk", func() bool {
		for _, id := range photos {
			if minh.code("GET", "/v1/desk/media/"+string(id)+"/original", nil) == syncproto.CodeMediaWaiting {
				return false
			}
		}
		return true
	})
	for _, id := range photos {
		if status, body := minh.send("GET", "/v1/desk/media/"+string(id)+"/original", nil); status != 200 || len(body) < 1000 {
			t.Errorf("a photo: %d, %d bytes", status, len(body))
		}
	}
	o.noFaults()
}

// nineUnsent captures nine stories, four of them drafts, and three photos.
func nineUnsent(t *testing.T, h *handset) (stories, photos []syncproto.ID) {
	t.Helper()
	for i := range 9 {
		id, err := h.Create(background, syncproto.KindStory, "", syncproto.Fields{"title": syncproto.Text("Bài " + strconv.Itoa(i))})
		if err != nil {
			t.Fatal(err)
		}
		if i%3 == 0 {
			photo, _ := h.photo(uint64(20+i), id, 300, mobilesdk.KeepCopy)
			photos = append(photos, photo)
		}
		if i%2 == 0 {
			if err := h.Submit(background, id); err != nil {
				t.Fatal(err)
			}
		}
		stories = append(stories, id)
	}
	return stories, photos
}
