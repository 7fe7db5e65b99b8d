package mobilesdk_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"lantoa/mobile-sdk"
	"lantoa/mobile-sdk/internal/hook"
	"lantoa/syncproto"
)

// lacking returns the codes of what a story lacks, and sees that each has a sentence.
func (p *phone) lacking(story syncproto.ID) (codes []syncproto.Code) {
	p.l.t.Helper()
	list, err := p.Lacks(context.Background(), story)
	p.l.must(err)
	for _, l := range list {
		if l.Sentence == "" || l.Record == "" {
			p.l.t.Fatalf("%+v", l)
		}
		codes = append(codes, l.Code)
	}
	return codes
}

func (p *phone) wantLacks(story syncproto.ID, want ...syncproto.Code) {
	p.l.t.Helper()
	if got := p.lacking(story); !slices.Equal(got, want) {
		p.l.t.Fatalf("lacking %v, want %v", got, want)
	}
}

// TestWhatPublishingLacksIsToldOffline is AS-07 at the moment of capture: a child of nine, a child of five, a crowd.
func TestWhatPublishingLacksIsToldOffline(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	p := l.phone("Lan", syncproto.RoleVolunteer)
	p.link.set(func(k *link) { k.down = true })
	story := p.story("Trung thu", "x")
	photo := p.photo(story, "bé An", 0)
	p.wantLacks(story, syncproto.CodeLackShows)
	l.must(p.SetShows(ctx, photo, syncproto.ShowsPeople, 0))
	p.wantLacks(story, syncproto.CodeLackConsent)
	child := mobilesdk.Consent{
		Who: "bé An", Age: syncproto.AgeFromSeven, GivenBy: []string{syncproto.GivenBySelf}, How: syncproto.HowVoice,
		Uses: []string{syncproto.UseSocial, syncproto.UseSocial},
	}
	id, err := p.AddConsent(ctx, photo, child)
	l.must(err)
	p.wantLacks(story, syncproto.CodeLackEvidence, syncproto.CodeLackRepresentative, syncproto.CodeLackUse)
	l.must(p.WithdrawConsent(ctx, id, "ghi nhầm"))
	l.now++
	p.wantLacks(story, syncproto.CodeLackConsent)
	child.GivenBy, child.Uses = []string{"self", "representative"}, []string{"publish"}
	child.Representative = "mẹ"
	id, err = p.AddConsent(ctx, photo, child)
	l.must(err)
	p.wantLacks(story, syncproto.CodeLackEvidence)
	p.attach(id, mobilesdk.File{Path: l.picture(40)})
	p.wantLacks(story)
	l.must(p.SetShows(ctx, photo, syncproto.ShowsPeople, 2))
	l.now++
	p.wantLacks(story, syncproto.CodeLackConsent)
	_, err = p.AddConsent(ctx, photo, mobilesdk.Consent{
		Who: "bé Bi", Age: syncproto.AgeUnderSeven, GivenBy: []string{"representative"}, How: "written", Uses: []string{"publish"},
		ExpiresAt: l.now - 1,
	})
	l.must(err)
	p.wantLacks(story, syncproto.CodeLackEvidence, syncproto.CodeLackExpired)
	l.must(p.SetShows(ctx, photo, syncproto.ShowsCrowd, 0))
	p.wantLacks(story, syncproto.CodeLackJudgement)
	l.must(p.SetShows(ctx, photo, syncproto.ShowsNobody, 0))
	p.wantLacks(story)
	list, err := p.Consents(ctx, story)
	l.must(err)
	if len(list) != 3 || list[0].State != syncproto.StateWithdrawn || len(list[1].Evidence) != 1 || !slices.Equal(list[1].GivenBy, child.GivenBy) {
		t.Fatalf("consents %+v", list)
	}
	p.link.set(func(k *link) { k.down = false })
	if s := p.sync(); s.Rejected != 0 || s.Unsent != 0 {
		t.Fatalf("summary %+v", s)
	}
}

func TestConsentThatCannotBeMeant(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	p := l.phone("Lan", syncproto.RoleVolunteer)
	photo := p.photo(p.story("a", "b"), "c", 0)
	good := mobilesdk.Consent{Who: "An", Age: "adult", GivenBy: []string{"self"}, How: "spoken", Uses: []string{"publish"}}
	for member, change := range map[string]func(*mobilesdk.Consent){
		"how": func(c *mobilesdk.Consent) { c.How = "nghĩ vậy" }, "age": func(c *mobilesdk.Consent) { c.Age = "" },
		"given_by": func(c *mobilesdk.Consent) { c.GivenBy = []string{"neighbour"} }, "uses": func(c *mobilesdk.Consent) { c.Uses = nil },
		"who": func(c *mobilesdk.Consent) { c.Who = " " }, "text": func(c *mobilesdk.Consent) { c.How = "judgement" },
		"expires_at": func(c *mobilesdk.Consent) { c.ExpiresAt = -1 },
	} {
		c := good
		change(&c)
		_, err := p.AddConsent(ctx, photo, c)
		wantCode(t, err, syncproto.CodeInvalidField)
		if e := err.(*syncproto.Error); e.Detail != member {
			t.Errorf("%s: %v", member, e)
		}
	}
	_, err := p.AddConsent(ctx, l.id(), good)
	wantCode(t, err, syncproto.CodeNotThere)
	wantCode(t, p.SetShows(ctx, photo, "", 0), syncproto.CodeInvalidField)
	wantCode(t, p.SetShows(ctx, photo, "people", -1), syncproto.CodeInvalidField)
	id, err := p.AddConsent(ctx, photo, good)
	l.must(err)
	_, err = p.AddConsent(ctx, id, good)
	wantCode(t, err, syncproto.CodeKindMismatch)
	wantCode(t, p.WithdrawConsent(ctx, id, " "), syncproto.CodeReasonRequired)
	wantCode(t, p.WithdrawConsent(ctx, photo, "x"), syncproto.CodeKindMismatch)
}

// TestEvidenceTravelsByTheLanes sends a form under a consent like any photo, to the desk and to nobody else.
func TestEvidenceTravelsByTheLanes(t *testing.T) {
	l := newLab(t)
	d := newDepot(t, l)
	ctx := context.Background()
	p, member := d.phone("Lan", syncproto.RoleVolunteer), d.phoneAt(filepath.Join(t.TempDir(), "m.db"), "Hoa", syncproto.RoleVolunteer, "", hook.Hooks{})
	editor := d.phoneAt(filepath.Join(t.TempDir(), "e.db"), "Minh", syncproto.RoleEditor, "", hook.Hooks{})
	l.must(p.SetNetwork(mobilesdk.NetworkWifi))
	story := p.story("a", "b")
	photo := p.attach(story, mobilesdk.File{Path: l.picture(60)})
	l.must(p.SetShows(ctx, photo, "people", 1))
	consent, err := p.AddConsent(ctx, photo, mobilesdk.Consent{
		Who: "An", Age: "from_seven", GivenBy: []string{"self", "representative"}, How: "written", Uses: []string{"publish"},
	})
	l.must(err)
	form := p.attach(consent, mobilesdk.File{Path: l.picture(80)})
	l.must(p.Submit(ctx, story))
	p.sync()
	p.carry()
	for _, lane := range syncproto.Lanes() {
		p.wantFile(form, lane, mobilesdk.FileReceived, "")
	}
	editor.sync()
	editor.wantLacks(story)
	l.must(editor.Command(ctx, story, syncproto.CommandClaim, ""))
	l.must(editor.Command(ctx, story, syncproto.CommandApprove, ""))
	l.must(editor.Command(ctx, story, syncproto.CommandPublish, ""))
	editor.sync()
	member.sync()
	if it := member.show(photo); it.State == "" {
		t.Fatalf("the member sees %+v", it)
	}
	for _, id := range []syncproto.ID{consent, form} {
		if _, err := member.Show(ctx, id); syncproto.CodeOf(err) != syncproto.CodeNotThere {
			t.Errorf("a member sees %s: %v", id, err)
		}
	}
	wantCode(t, func() error { _, err := member.AddNote(ctx, photo, "", "ai đây?"); return err }(), syncproto.CodeForbidden)
	wantCode(t, func() error {
		_, err := member.AddConsent(ctx, photo, mobilesdk.Consent{How: "judgement", Text: "x"})
		return err
	}(), syncproto.CodeForbidden)
}

func TestEditorsJudgementOfACrowd(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	p, editor := l.phone("Lan", syncproto.RoleVolunteer), l.phone("Minh", syncproto.RoleEditor)
	story := p.story("a", "b")
	photo := p.photo(story, "lễ hội", 0)
	l.must(p.SetShows(ctx, photo, "crowd", 0))
	own := mobilesdk.Consent{How: "judgement", Text: "không ai nổi bật"}
	_, err := p.AddConsent(ctx, photo, own)
	l.must(err)
	l.must(p.Submit(ctx, story))
	p.wantLacks(story, syncproto.CodeLackJudgement) // her own does not count
	p.sync()
	editor.sync()
	editor.wantLacks(story, syncproto.CodeLackJudgement)
	_, err = editor.AddConsent(ctx, photo, own)
	l.must(err)
	editor.wantLacks(story)
	editor.sync()
	p.sync()
	p.wantLacks(story)
}
