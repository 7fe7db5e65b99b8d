package e2e

import (
	"net/http"
	"slices"
	"testing"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/server/internal/app"
	"lantoa/server/internal/review"
	"lantoa/storage"
	"lantoa/syncproto"
)

// TestAPhoneAndADeskClaimTheSame: an editor on a phone without network and one at a desk want the same story. One has it,
// for half an hour or until it is handed over.
func TestAPhoneAndADeskClaimTheSame(t *testing.T) {
	o := newOffice(t)
	root := o.s.Root().ID
	line, plug := cable()
	lan, an := o.phone("Lan", root, syncproto.RoleVolunteer), o.phone("Lê An", root, syncproto.RoleEditor, plug)
	binh := o.hire("Vũ Bình", root, syncproto.RoleEditor)
	first, second := lan.text("Một"), lan.text("Hai")
	lan.sync()
	an.sync()
	line.down.Store(true)
	for _, id := range []syncproto.ID{first, second} {
		if err := an.Command(background, id, syncproto.CommandClaim, ""); err != nil {
			t.Fatal(err)
		}
	}
	binh.takes(first, "", syncproto.CommandClaim)
	line.down.Store(false)
	if s := an.syncs(); s.Rejected != 1 {
		t.Errorf("the phone's claims: %+v", s)
	}
	for id, want := range map[syncproto.ID]syncproto.ID{first: binh.person, second: an.person()} {
		if claim := o.record(id).Claim; claim == nil || claim.Person != want {
			t.Errorf("claimed by %+v, want %s", claim, want)
		}
	}
	if item, err := an.Show(background, first); err != nil || item.Claim == nil || item.Claim.Person != binh.person {
		t.Errorf("the phone shows %+v %v", item, err)
	}
	if done := binh.acts(binh.step(second, syncproto.CommandReturn, "x"))[0]; done.Code != syncproto.CodeClaimed {
		t.Errorf("a step in the claim of another: %+v", done)
	}
	over := binh.step(first, syncproto.CommandHandOver, "")
	over["to"] = an.person()
	if done := binh.acts(over)[0]; done.Result != syncproto.Applied || o.record(first).Claim.Person != an.person() {
		t.Errorf("handed over: %+v", done)
	}
	o.move(31 * time.Minute)
	binh.takes(second, "", syncproto.CommandClaim)
	an.sync()
	if item, err := an.Show(background, second); err != nil || item.Claim == nil || item.Claim.Person != binh.person {
		t.Errorf("after half an hour the phone shows %+v %v", item, err)
	}
	o.noFaults()
}

// TestHeldAndTakenBack: within a minute an editor takes back what they approved and published, and nobody has heard of it;
// after it everybody does.
func TestHeldAndTakenBack(t *testing.T) {
	o := newOffice(t, func(cfg *app.Config) { cfg.Hold = time.Minute })
	root := o.s.Root().ID
	lan, hoa := o.phone("Lan", root, syncproto.RoleVolunteer), o.phone("Hoa", root, syncproto.RoleVolunteer)
	minh := o.hire("Trần Văn Minh", root, syncproto.RoleEditor)
	story := lan.text("Bếp ăn")
	lan.sync()
	minh.takes(story, "", syncproto.CommandClaim, syncproto.CommandApprove, syncproto.CommandUndo)
	if told := o.due(lan.person()); len(told) != 0 {
		t.Errorf("an approval is taken back, and Lan has heard of %v", told)
	}
	minh.takes(story, "", syncproto.CommandApprove, syncproto.CommandPublish, syncproto.CommandUndo)
	if told := o.due(lan.person()); slices.Contains(told, review.NoticePublished) {
		t.Errorf("a publication is taken back, and Lan has heard of %v", told)
	}
	minh.takes(story, "", syncproto.CommandPublish)
	hoa.sync()
	if _, err := hoa.Show(background, story); syncproto.CodeOf(err) != syncproto.CodeNotThere {
		t.Errorf("a member reads what is held: %v", err)
	}
	o.move(61 * time.Second)
	until(t, time.Minute, "the hold ends", func() bool { return o.record(story).Hold == 0 })
	hoa.sync()
	if item, err := hoa.Show(background, story); err != nil || item.State != syncproto.StatePublished {
		t.Errorf("a member reads %+v %v", item, err)
	}
	if told := o.due(lan.person()); !slices.Equal(told, []storage.NoticeKind{review.NoticeApproved, review.NoticePublished}) {
		t.Errorf("Lan hears of %v", told)
	}
	if done := minh.acts(minh.step(story, syncproto.CommandUndo, ""))[0]; done.Code != syncproto.CodeUndoTooLate {
		t.Errorf("taken back too late: %+v", done)
	}
	o.noFaults()
}

// due lists what a person may be told by now.
func (o *office) due(person syncproto.ID) (kinds []storage.NoticeKind) {
	o.t.Helper()
	o.view(func(r storage.Reader) error {
		list, err := r.Notices(syncproto.PersonScope(person), 0, 1000)
		for i := range list {
			if list[i].Dropped == 0 && list[i].Due <= o.now().UnixMilli() {
				kinds = append(kinds, list[i].Kind)
			}
		}
		return err
	})
	return kinds
}

// TestOwnStoryFromPhoneAndDesk: who wrote a story on the phone does not approve it at the desk, unless the unit is so small
// that it allows it; then the story says so.
func TestOwnStoryFromPhoneAndDesk(t *testing.T) {
	o := newOffice(t)
	commune := o.unit("Xã Hoằng Lộc", "Xã", "")
	minh, admin := o.hire("Trần Văn Minh", commune, syncproto.RoleEditor), o.hire("Chị Vân", o.s.Root().ID, syncproto.RoleOperator)
	var codes struct{ Invites []struct{ Code string } }
	admin.post("/v1/invites", object{"unit": commune, "role": syncproto.RoleEditor, "person": minh.person}, &codes)
	phone := o.phoneWith(codes.Invites[0].Code)
	if got := phone.person(); got != minh.person {
		t.Fatalf("the phone is of %s, want %s", got, minh.person)
	}
	story := phone.text("Tôi tự kể")
	phone.sync()
	if rows := minh.queue("").Rows; len(rows) != 0 {
		t.Errorf("one's own waits for oneself: %+v", rows)
	}
	minh.takes(story, "", syncproto.CommandClaim)
	if done := minh.acts(minh.step(story, syncproto.CommandApprove, ""))[0]; done.Code != syncproto.CodeOwnStory {
		t.Errorf("an approval of one's own: %+v", done)
	}
	minh.refused(syncproto.CodeForbidden, http.MethodPut, "/v1/units/"+string(commune)+"/settings", object{"own_allowed": true})
	admin.must(http.MethodPut, "/v1/units/"+string(commune)+"/settings", object{"own_allowed": true}, nil)
	minh.takes(story, "", syncproto.CommandApprove)
	if got := o.record(story).Fields["own_review"]; got != syncproto.Value("true") {
		t.Errorf("own_review is %q", got)
	}
	o.noFaults()
}

// TestAConsentThatEndsBeforePublishing: what was enough for the approval is not enough a day later.
func TestAConsentThatEndsBeforePublishing(t *testing.T) {
	o := newOffice(t)
	root := o.s.Root().ID
	lan, minh := o.phone("Lan", root, syncproto.RoleVolunteer), o.hire("Trần Văn Minh", root, syncproto.RoleEditor)
	p := lan.picture(t, 1, "Bác Bình", syncproto.ShowsPeople)
	lan.consents(t, p, mobilesdk.Consent{
		Who: "Bác Bình", Age: syncproto.AgeAdult, GivenBy: []string{syncproto.GivenBySelf}, How: syncproto.HowSpoken,
		Uses: []string{syncproto.UsePublish}, ExpiresAt: o.now().Add(time.Hour).UnixMilli(),
	})
	lan.sync()
	minh.takes(p.story, "", syncproto.CommandClaim, syncproto.CommandApprove)
	o.move(2 * time.Hour)
	done := minh.acts(minh.step(p.story, syncproto.CommandPublish, ""))[0]
	if want := string(p.photo) + ":" + string(syncproto.CodeLackExpired); done.Code != syncproto.CodeConsentMissing || done.Detail != want {
		t.Errorf("published with what has expired: %+v, want %s", done, want)
	}
	o.noFaults()
}
