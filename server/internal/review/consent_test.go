package review_test

import (
	"strings"
	"testing"

	"lantoa/server/internal/review"
	"lantoa/storage"
	"lantoa/syncproto"
)

// photo hangs a photo under a story. shows may be "".
func (p *who) photo(story syncproto.ID, shows string) syncproto.ID {
	p.w.t.Helper()
	set := syncproto.Fields{"parent": syncproto.Text(string(story)), "caption": syncproto.Text("Bếp")}
	if shows != "" {
		set[syncproto.ShowsField] = syncproto.Text(shows)
	}
	return p.makes(syncproto.KindPhoto, set)
}

// consent hangs the consent of an adult under a photo.
func (p *who) consent(photo syncproto.ID, more syncproto.Fields) syncproto.ID {
	p.w.t.Helper()
	set := syncproto.Fields{
		"parent": syncproto.Text(string(photo)), "who": syncproto.Text("Bác Bình"), "age": syncproto.Text(syncproto.AgeAdult),
		"given_by": syncproto.List(syncproto.Text(syncproto.GivenBySelf)), "how": syncproto.Text(syncproto.HowSpoken),
		"uses": syncproto.List(syncproto.Text(syncproto.UsePublish)),
	}
	for name, value := range more {
		set[name] = value
	}
	return p.makes(syncproto.KindConsent, set)
}

// published is a story of Lan's with a photo of somebody who agreed, on its way through the desk.
func (w *world) published() (lan, ha *who, story, photo, consent syncproto.ID) {
	w.t.Helper()
	lan, ha = w.who("Lan", w.commune, syncproto.RoleVolunteer), w.who("Hà", w.commune, syncproto.RoleEditor)
	story = lan.story("một")
	photo = lan.photo(story, syncproto.ShowsPeople)
	consent = lan.consent(photo, nil)
	lan.does(story, syncproto.CommandSubmit, "")
	for _, c := range []syncproto.Command{syncproto.CommandClaim, syncproto.CommandApprove, syncproto.CommandPublish} {
		ha.does(story, c, "")
	}
	w.now += hold.Milliseconds()
	w.tick()
	return lan, ha, story, photo, consent
}

func TestNothingIsApprovedThatLacksConsent(t *testing.T) {
	w := newWorld(t)
	lan, ha := w.who("Lan", w.commune, syncproto.RoleVolunteer), w.who("Hà", w.commune, syncproto.RoleEditor)
	story := lan.story("một")
	crowd, one, silent := lan.photo(story, syncproto.ShowsCrowd), lan.photo(story, syncproto.ShowsPeople), lan.photo(story, "")
	lan.does(story, syncproto.CommandSubmit, "")
	ha.does(story, syncproto.CommandClaim, "")
	lacking := func(want ...string) {
		t.Helper()
		out := ha.gives(story, syncproto.CommandApprove, "")
		w.refused(out, syncproto.CodeConsentMissing)
		for _, item := range want {
			if !strings.Contains(out.Detail, item) {
				t.Errorf("got %q, want %q", out.Detail, item)
			}
		}
		if n := len(strings.Fields(out.Detail)); n != len(want) {
			t.Errorf("got %q", out.Detail)
		}
		if w.row(story).Flags&storage.FlagConsent == 0 {
			t.Error("the queue does not say that consent is missing")
		}
	}
	lacking(string(crowd)+":lack_judgement", string(one)+":lack_consent", string(silent)+":lack_shows")
	lan.edits(silent, syncproto.ShowsField, syncproto.Text(syncproto.ShowsNobody))
	child := lan.consent(one, syncproto.Fields{"age": syncproto.Text(syncproto.AgeFromSeven)})
	if w.row(story).Flags&storage.FlagChild == 0 {
		t.Error("the queue does not say that it is a child")
	}
	lacking(string(crowd)+":lack_judgement", string(one)+":lack_representative", string(one)+":lack_evidence")
	lan.edits(child, "given_by", syncproto.List(syncproto.Text(syncproto.GivenByRepresentative), syncproto.Text(syncproto.GivenBySelf)))
	form := lan.makes(syncproto.KindPhoto, syncproto.Fields{"parent": syncproto.Text(string(child))})
	lacking(string(crowd)+":lack_judgement", string(one)+":lack_evidence") // no file is announced
	media := syncproto.Media{MediaFile: syncproto.MediaFile{SHA256: strings.Repeat("ab", 32), Size: 9}, Type: "image/jpeg"}
	lan.edits(form, "media", media.Value())
	judgement := syncproto.Fields{"how": syncproto.Text(syncproto.HowJudgement), "text": syncproto.Text("Đông người, không rõ ai.")}
	lan.consent(crowd, judgement) // an author does not judge
	lacking(string(crowd) + ":lack_judgement")
	ha.consent(crowd, judgement)
	if w.row(story).Flags&storage.FlagConsent != 0 {
		t.Error("the queue still says that consent is missing")
	}
	ha.does(story, syncproto.CommandApprove, "")
	lan.act(syncproto.Mutation{Record: child, Kind: syncproto.KindConsent, BaseRevision: w.record(child).Revision, Delete: true})
	w.refused(ha.gives(story, syncproto.CommandPublish, ""), syncproto.CodeConsentMissing)
}

// TestPartsOfWhatIsPublic: a photo comes into a published story only with what it needs; a new one waits.
func TestPartsOfWhatIsPublic(t *testing.T) {
	w := newWorld(t)
	lan, ha, story, _, _ := w.published()
	late := lan.photo(story, syncproto.ShowsPeople)
	w.stands(late, syncproto.StateUnclaimed)
	w.refused(ha.gives(late, syncproto.CommandAdopt, ""), syncproto.CodeConsentMissing)
	lan.consent(late, nil)
	ha.does(late, syncproto.CommandAdopt, "")
	w.stands(late, syncproto.StateDraft)
	mine := ha.photo(story, syncproto.ShowsPeople)
	w.stands(mine, syncproto.StateUnclaimed)
	ha.consent(mine, nil)
	ha.does(mine, syncproto.CommandAdopt, "")
	w.stands(ha.photo(story, syncproto.ShowsNobody), syncproto.StateDraft)
	if photos := w.row(story).Photos; photos != 4 {
		t.Errorf("the queue counts %d photos", photos)
	}
}

// TestAWithdrawnConsentTakesDown: at once, with a case that is due, and the whole is not what it was (S-183).
func TestAWithdrawnConsentTakesDown(t *testing.T) {
	w := newWorld(t)
	lan, ha, story, photo, consent := w.published()
	reader := w.who("Bình", w.commune, syncproto.RoleVolunteer)
	if reader.holds()[photo] == nil {
		t.Fatal("what was published is not read")
	}
	w.refused(ha.gives(consent, syncproto.CommandWithdraw, ""), syncproto.CodeReasonRequired)
	revision := w.record(story).Revision
	w.now += 5000
	ha.does(consent, syncproto.CommandWithdraw, "Gia đình gọi điện.")
	w.stands(photo, syncproto.StateTakenDown)
	w.stands(story, syncproto.StatePublished)
	if got := w.record(story).Revision; got <= revision {
		t.Error("whoever read the story with the photo does not learn that it is gone")
	}
	held := reader.holds()
	if held[photo] != nil || held[consent] != nil || held[story] == nil {
		t.Error("the photo is still read, or the story is not")
	}
	var open []storage.Case
	w.view(func(r storage.Reader) (err error) { open, err = r.CasesDue(w.now, 10); return err })
	if len(open) != 1 || open[0].Kind != storage.CaseWithdrawal || open[0].Record != photo || open[0].Consent != consent ||
		open[0].Unit != w.commune || open[0].By != ha.actor.Person || open[0].AnswerBy <= w.now || open[0].DoneBy <= open[0].AnswerBy {
		t.Errorf("got %+v", open)
	}
	same(t, "notices", w.notices(consent), "person consent_withdrawn", "desk consent_withdrawn")
	same(t, "notices of the photo", w.notices(photo))
	same(t, "audit", w.audits(consent), "review.withdraw "+string(ha.grant))
	// Of a whole story its author may do it too. They know, and are not told.
	whole := lan.sent("hai")
	told := lan.consent(whole, nil)
	lan.does(told, syncproto.CommandWithdraw, "Bác đổi ý.")
	w.stands(whole, syncproto.StateTakenDown)
	same(t, "steps", w.steps(whole), "submitted author", "taken_down server")
	same(t, "notices of the second", w.notices(told), "desk consent_withdrawn")
	if row := w.row(whole); row.State != syncproto.StateTakenDown {
		t.Errorf("got %+v", row)
	}
}

// TestAConsentToADraft is nobody's sight, and a case all the same.
func TestAConsentToADraft(t *testing.T) {
	w := newWorld(t)
	lan := w.who("Lan", w.commune, syncproto.RoleVolunteer)
	ha := w.who("Hà", w.commune, syncproto.RoleEditor)
	story := lan.story("một")
	photo := lan.photo(story, syncproto.ShowsPeople)
	consent := lan.consent(photo, nil)
	lan.does(consent, syncproto.CommandWithdraw, "Bác đổi ý.")
	w.stands(photo, syncproto.StateDraft)
	if held := ha.holds(); held[photo] != nil || held[consent] != nil || w.row(story) != nil {
		t.Error("the desk sees a draft")
	}
	w.view(func(r storage.Reader) error {
		open, err := r.CasesDue(w.now, 10)
		if len(open) != 1 || open[0].Record != photo {
			t.Errorf("got %+v", open)
		}
		return err
	})
}

// TestWhatIsPublicTellsNoPosition: neither the story nor its photos, old, late or let in (S-176). The desk keeps what was.
func TestWhatIsPublicTellsNoPosition(t *testing.T) {
	w := newWorld(t)
	lan, ha := w.who("Lan", w.commune, syncproto.RoleVolunteer), w.who("Hà", w.commune, syncproto.RoleEditor)
	place := syncproto.Object(syncproto.Fields{"text": syncproto.Text("Thôn 3"), "lat": "16.4", "lon": "107.5"})
	story := lan.makes(syncproto.KindStory, syncproto.Fields{"title": syncproto.Text("một"), "place": place})
	there := func(shows string) syncproto.Fields {
		return syncproto.Fields{"parent": syncproto.Text(string(story)), "shows": syncproto.Text(shows), "place": place}
	}
	photo := lan.makes(syncproto.KindPhoto, there(syncproto.ShowsNobody))
	lan.does(story, syncproto.CommandSubmit, "")
	if w.row(story).Flags&storage.FlagLocation == 0 {
		t.Error("the queue does not say that it tells a position")
	}
	for _, c := range []syncproto.Command{syncproto.CommandClaim, syncproto.CommandApprove, syncproto.CommandPublish} {
		ha.does(story, c, "")
	}
	late := lan.makes(syncproto.KindPhoto, there(syncproto.ShowsNobody))
	ha.does(late, syncproto.CommandAdopt, "")
	mine := ha.makes(syncproto.KindPhoto, there(syncproto.ShowsNobody))
	alone := ha.makes(syncproto.KindPhoto, syncproto.Fields{"shows": syncproto.Text(syncproto.ShowsNobody), "place": place})
	ha.edits(alone, "parent", syncproto.Text(string(story)))
	for name, id := range map[string]syncproto.ID{"story": story, "photo": photo, "late": late, "an editor's": mine, "moved in": alone} {
		r := w.record(id)
		at, _ := r.Fields["place"].AsObject()
		if at["lat"] != "" || at["lon"] != "" || at["text"] != syncproto.Text("Thôn 3") {
			t.Errorf("%s: %s", name, r.Fields["place"])
		}
	}
	if w.row(story).Flags&storage.FlagLocation != 0 {
		t.Error("the queue says that it tells a position")
	}
	w.view(func(r storage.Reader) error {
		old, err := r.Revision(photo, 1)
		if err == nil && old.Fields["place"] != place {
			t.Error("the desk does not know where it was")
		}
		return err
	})
	ha.edits(photo, "place", place)
	if at, _ := w.record(photo).Fields["place"].AsObject(); at["lat"] != "" {
		t.Error("an edit of what is public tells a position")
	}
}

func TestLacksAndTheirDetail(t *testing.T) {
	w := newWorld(t)
	lan := w.who("Lan", w.commune, syncproto.RoleVolunteer)
	story := lan.story("một")
	for range 12 {
		lan.photo(story, "")
	}
	lan.act(syncproto.Mutation{Record: lan.photo(story, ""), Kind: syncproto.KindPhoto, BaseRevision: 1, Delete: true})
	w.view(func(r storage.Reader) error {
		lacks, err := review.Lacks(r, nil, w.record(story), w.now)
		if len(lacks) != 12 {
			t.Errorf("got %v", lacks)
		}
		detail := review.Detail(lacks)
		if len(detail) > 400 || len(strings.Fields(detail)) != 8 || strings.HasSuffix(detail, " ") {
			t.Errorf("got %q", detail)
		}
		return err
	})
}
