package e2e

import (
	"slices"
	"strings"
	"testing"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/syncproto"
)

// TestTheChildInThePicture is AS-07: what a photo lacks to be published depends on whom it shows, the refusal says it, and
// no way leads around it. Lan records everything on a boat without network, evidence included.
func TestTheChildInThePicture(t *testing.T) {
	o := newOffice(t)
	root := o.s.Root().ID
	line, plug := cable()
	lan, minh := o.phone("Lan", root, syncproto.RoleVolunteer, plug), o.hire("Trần Văn Minh", root, syncproto.RoleEditor)
	nine := lan.picture(t, 1, "Em Tí, 9 tuổi", syncproto.ShowsPeople)
	five := lan.picture(t, 2, "Bé Na, 5 tuổi", syncproto.ShowsPeople)
	crowd := lan.picture(t, 3, "Chợ nổi", syncproto.ShowsCrowd)
	silent := lan.picture(t, 4, "Không nói ai trong ảnh", "")
	lan.sync()
	stories := []syncproto.ID{nine.story, five.story, crowd.story, silent.story}
	for _, id := range stories {
		minh.takes(id, "", syncproto.CommandClaim)
	}
	minh.lacks(nine, syncproto.CodeLackConsent)
	minh.lacks(five, syncproto.CodeLackConsent)
	minh.lacks(crowd, syncproto.CodeLackJudgement)
	minh.lacks(silent, syncproto.CodeLackShows)
	rows := minh.queue("flag=consent_missing").Rows
	if len(rows) != 4 {
		t.Errorf("%d of the queue lack consent, want 4", len(rows))
	}

	line.down.Store(true)
	child := lan.consents(t, nine, mobilesdk.Consent{
		Who: "Em Tí", Age: syncproto.AgeFromSeven, GivenBy: []string{syncproto.GivenBySelf}, How: syncproto.HowVoice,
		Uses: []string{syncproto.UsePublish},
	})
	small := lan.consents(t, five, mobilesdk.Consent{
		Who: "Bé Na", Age: syncproto.AgeUnderSeven, GivenBy: []string{syncproto.GivenByRepresentative}, Representative: "Chị Mận, mẹ",
		How: syncproto.HowWritten, Uses: []string{syncproto.UsePublish, syncproto.UsePress},
	})
	lan.consents(t, crowd, mobilesdk.Consent{How: syncproto.HowJudgement, Text: "Đông, không rõ ai."}) // not hers to judge
	if err := lan.SetShows(background, silent.photo, syncproto.ShowsNobody, 0); err != nil {
		t.Fatal(err)
	}
	line.down.Store(false)
	lan.sync()
	minh.lacks(nine, syncproto.CodeLackRepresentative, syncproto.CodeLackEvidence)
	minh.lacks(five, syncproto.CodeLackEvidence)
	minh.lacks(crowd, syncproto.CodeLackJudgement)
	minh.lacks(silent)

	// All four at once: the three that lack something are refused for themselves, the fourth goes through.
	var bulk []object
	for _, id := range stories {
		bulk = append(bulk, minh.step(id, syncproto.CommandApprove, ""))
	}
	for i, done := range minh.acts(bulk...) {
		if want := i == 3; (done.Result == syncproto.Applied) != want || !want && done.Code != syncproto.CodeConsentMissing {
			t.Errorf("in bulk, story %d: %+v", i+1, done)
		}
	}

	line.down.Store(true)
	evidence := []syncproto.ID{}
	if err := lan.Edit(background, child, mobilesdk.Patch{Set: syncproto.Fields{
		"given_by":       syncproto.List(syncproto.Text(syncproto.GivenByRepresentative), syncproto.Text(syncproto.GivenBySelf)),
		"representative": syncproto.Text("Anh Bảy, cha"),
	}}); err != nil {
		t.Fatal(err)
	}
	for seed, consent := range map[uint64]syncproto.ID{11: child, 12: small} {
		file, _ := lan.photo(seed, consent, 300, mobilesdk.KeepCopy)
		evidence = append(evidence, file)
	}
	if left, err := lan.Lacks(background, nine.story); err != nil || len(left) != 0 {
		t.Errorf("the phone says that %+v is missing yet: %v", left, err)
	}
	line.down.Store(false)
	lan.sync()
	lan.sendFiles()
	lan.received(syncproto.LaneOriginal, evidence...)
	minh.makes(syncproto.KindConsent, crowd.photo, object{"how": syncproto.HowJudgement, "text": "Chợ đông, không ai nổi bật."})
	for _, id := range stories[:3] {
		minh.takes(id, "", syncproto.CommandApprove)
	}
	for _, id := range stories {
		minh.takes(id, "", syncproto.CommandPublish)
	}
	if rows := minh.queue("view=all&flag=child").Rows; len(rows) != 2 {
		t.Errorf("%d stories show a child, want 2", len(rows))
	}
	hoa := o.phone("Hoa", root, syncproto.RoleVolunteer)
	hoa.sync()
	for _, kind := range []syncproto.Kind{syncproto.KindConsent, syncproto.KindNote} {
		if list, err := hoa.List(background, mobilesdk.Filter{Kind: kind}); err != nil || len(list.Items) != 0 {
			t.Errorf("a member reads %d of kind %s: %v", len(list.Items), kind, err)
		}
	}
	if list, err := hoa.List(background, mobilesdk.Filter{Kind: syncproto.KindStory}); err != nil || len(list.Items) != 4 {
		t.Errorf("a member reads %d stories: %v", len(list.Items), err)
	}
	o.noFaults()
}

// pictured is a submitted story with one photo.
type pictured struct{ story, photo syncproto.ID }

// picture captures one. shows "" says nothing of whom it shows.
func (h *handset) picture(t *testing.T, seed uint64, title, shows string) (p pictured) {
	t.Helper()
	var err error
	if p.story, err = h.Create(background, syncproto.KindStory, "", syncproto.Fields{"title": syncproto.Text(title)}); err != nil {
		t.Fatal(err)
	}
	p.photo, _ = h.photo(seed, p.story, 300, mobilesdk.KeepReference)
	if shows != "" {
		if err := h.SetShows(background, p.photo, shows, 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Submit(background, p.story); err != nil {
		t.Fatal(err)
	}
	return p
}

func (h *handset) consents(t *testing.T, p pictured, consent mobilesdk.Consent) syncproto.ID {
	t.Helper()
	id, err := h.AddConsent(background, p.photo, consent)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// lacks checks that the desk is told before and at the approval what is missing, in words too; with none it only looks.
func (s *seat) lacks(p pictured, want ...syncproto.Code) {
	s.o.t.Helper()
	var got []syncproto.Code
	for _, lack := range s.show(p.story).Lacks {
		got = append(got, lack.Code)
		if lack.Record != p.photo || lack.Sentence == "" {
			s.o.t.Errorf("a lack without a photo or a sentence: %+v", lack)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		s.o.t.Errorf("missing: %v, want %v", got, want)
	}
	if len(want) == 0 {
		return
	}
	done := s.acts(s.step(p.story, syncproto.CommandApprove, ""))[0]
	if done.Code != syncproto.CodeConsentMissing || done.Sentence == "" {
		s.o.t.Errorf("an approval: %+v, want %s", done, syncproto.CodeConsentMissing)
	}
	for _, code := range want {
		if !strings.Contains(done.Detail, string(p.photo)+":"+string(code)) {
			s.o.t.Errorf("the refusal says %q, want %s", done.Detail, code)
		}
	}
}
