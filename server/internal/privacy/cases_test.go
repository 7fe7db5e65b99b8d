package privacy_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/privacy"
	"lantoa/storage"
	"lantoa/syncproto"
)

// opens opens a case of a kind about the author.
func (w *world) opens(kind storage.CaseKind) *privacy.Case {
	w.t.Helper()
	c, err := w.cases.Open(w.t.Context(), w.minh.by(), privacy.Request{Kind: kind, Person: w.lan.person, Unit: w.unit, Note: "BIMAT-loinhan"})
	w.must(err)
	return c
}

func TestWhoMayDoWhat(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		c := w.opens(storage.CaseAccess)
		_, err := w.cases.Open(ctx, w.lan.by(), privacy.Request{Kind: storage.CaseAccess, Person: w.lan.person, Unit: w.unit})
		wantCode(t, err, syncproto.CodeForbidden)
		_, err = w.cases.Open(ctx, w.minh.by(), privacy.Request{Kind: storage.CaseAccess, Who: "Bà Năm", Unit: w.province})
		wantCode(t, err, syncproto.CodeForbidden)
		for _, p := range []*who{w.lan, w.minh} {
			_, _, err = w.cases.Show(ctx, p.by(), c.ID)
			wantCode(t, err, syncproto.CodeNotFound)
			_, _, err = w.cases.Cases(ctx, p.by(), privacy.Filter{})
			wantCode(t, err, syncproto.CodeForbidden)
			_, _, err = w.cases.Audits(ctx, p.by(), "", "", 0)
			wantCode(t, err, syncproto.CodeForbidden)
			_, err = w.cases.Export(ctx, p.by(), c.ID)
			wantCode(t, err, syncproto.CodeNotFound)
		}
		for _, p := range []*who{w.admin, w.operator} {
			if _, _, err := w.cases.Show(ctx, p.by(), c.ID); err != nil {
				t.Error(err)
			}
			if list, _, err := w.cases.Cases(ctx, p.by(), privacy.Filter{}); err != nil || len(list) != 1 {
				t.Errorf("%v %v", list, err)
			}
		}
		for _, bad := range []privacy.Request{
			{},
			{Kind: "other"},
			{Kind: storage.CaseAccess, Unit: w.unit},
			{Kind: storage.CaseAccess, Person: "x", Unit: w.unit},
			{Kind: storage.CaseAccess, Who: strings.Repeat("x", 401), Unit: w.unit},
			{Kind: storage.CaseWithdrawal},
			{Kind: storage.CaseAccess, Who: "x", Record: w.unit, Unit: w.unit},
			{Kind: storage.CaseErasure, Who: "x", Person: w.lan.person, Unit: w.unit},
		} {
			_, err := w.cases.Open(ctx, w.admin.by(), bad)
			wantCode(t, err, syncproto.CodeInvalidValue)
		}
		stale := w.admin.by()
		stale.Proved -= time.Hour.Milliseconds()
		_, err = w.cases.Export(ctx, stale, c.ID)
		wantCode(t, err, syncproto.CodeConfirm)
	})
}

func TestClocksOfACase(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		c := w.opens(storage.CaseCorrection)
		if len(c.Overdue) != 0 {
			t.Errorf("overdue at once: %v", c.Overdue)
		}
		_, err := w.cases.Extend(ctx, w.admin.by(), c.ID, c.DoneBy+16*24*time.Hour.Milliseconds())
		wantCode(t, err, syncproto.CodeInvalidValue)
		until := c.DoneBy + 15*24*time.Hour.Milliseconds()
		if longer, err := w.cases.Extend(ctx, w.admin.by(), c.ID, until); err != nil || longer.DoneBy != until {
			t.Errorf("%+v %v", longer, err)
		}
		_, err = w.cases.Extend(ctx, w.admin.by(), c.ID, until+1)
		wantCode(t, err, syncproto.CodeWrongState)
		w.now = c.AnswerBy + 1
		list, _, err := w.cases.Cases(ctx, w.admin.by(), privacy.Filter{Overdue: true})
		if err != nil || len(list) != 1 || !slices.Equal(list[0].Overdue, []string{"answer"}) {
			t.Errorf("%+v %v", list, err)
		}
		if _, err := w.cases.Answer(ctx, w.admin.by(), c.ID, privacy.Reply{}); err != nil {
			t.Error(err)
		}
		w.now = until + 1
		list, _, _ = w.cases.Cases(ctx, w.admin.by(), privacy.Filter{Overdue: true})
		if len(list) != 1 || !slices.Equal(list[0].Overdue, []string{"done"}) {
			t.Errorf("%+v", list)
		}
		_, err = w.cases.Close(ctx, w.admin.by(), c.ID, privacy.ResultRefused, "")
		wantCode(t, err, syncproto.CodeReasonRequired)
		closed, err := w.cases.Close(ctx, w.admin.by(), c.ID, privacy.ResultDone, "")
		if err != nil || closed.Closed == 0 {
			t.Errorf("%+v %v", closed, err)
		}
		w.now += 366 * 24 * time.Hour.Milliseconds()
		w.work()
		if c := w.caseOf(); c.Note != "" || c.Due != 0 {
			t.Errorf("a year later: %+v", c)
		}
		w.wantNowhere("BIMAT-loinhan")
	})
}

func TestCorrect(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		c := w.opens(storage.CaseCorrection)
		for _, bad := range []privacy.Correction{{}, {Phone: "12"}, {Name: strings.Repeat("x", 201)}} {
			_, err := w.cases.Correct(t.Context(), w.admin.by(), c.ID, bad)
			wantCode(t, err, syncproto.CodeInvalidValue)
		}
		_, err := w.cases.Correct(t.Context(), w.admin.by(), c.ID, privacy.Correction{Name: "  BIMAT-ten   moi ", Phone: "0912 345 678"})
		w.must(err)
		w.view(func(r storage.Reader) error {
			p, err := r.Person(w.lan.person)
			if err == nil && (p.Name != "BIMAT-ten moi" || p.Phone != "+84912345678") {
				t.Errorf("%+v", p)
			}
			return err
		})
		if profile := w.record(w.lan.person); profile == nil || profile.Fields["name"] != `"BIMAT-ten moi"` {
			t.Errorf("the profile says %+v", profile)
		}
		w.wantQuiet("BIMAT-ten", "912345678")
	})
}

// TestFindAndErase goes the way of an erasure: what there is, what would go and stay, and then it goes.
func TestFindAndErase(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		s := w.tells()
		draft := w.lan.story("BIMAT-nhap", "x")
		published := w.lan.story("Đã đăng", "Bài đã đăng")
		w.publish(published)
		theirs := w.minh.story("Bài của Minh", "Chị Nguyễn Thị Lan đã giúp.")
		w.minh.commands(syncproto.KindStory, theirs, syncproto.CommandSubmit, "")
		about := w.minh.consent(theirs, "NGUYEN THI LAN")
		c := w.opens(storage.CaseErasure)
		_, found, err := w.cases.Show(ctx, w.admin.by(), c.ID)
		w.must(err)
		if found.Name != "Nguyễn Thị Lan" || found.Devices != 1 || found.Records[syncproto.KindStory] != 3 || found.Cases != 1 {
			t.Errorf("found %+v", found)
		}
		why := map[syncproto.ID]string{}
		for _, one := range found.Candidates {
			why[one.Record] = one.Why
		}
		if why[about] != "who" || why[theirs] != "text" {
			t.Errorf("candidates %+v", found.Candidates)
		}
		_, err = w.cases.Answer(ctx, w.admin.by(), c.ID, privacy.Reply{Confirm: []syncproto.ID{theirs}})
		w.must(err)
		_, err = w.cases.Answer(ctx, w.admin.by(), c.ID, privacy.Reply{Confirm: []syncproto.ID{draft}})
		wantCode(t, err, syncproto.CodeNotFound)

		plan, err := w.cases.Erase(ctx, w.admin.by(), c.ID, "")
		w.must(err)
		counts := map[string]int{}
		for _, item := range append(plan.Goes, plan.Stays...) {
			counts[item.Code] = item.Count
		}
		for code, n := range map[string]int{
			privacy.GoesName: 1, privacy.GoesPhones: 1, privacy.GoesWorks: 2, privacy.StaysPublished: 1, privacy.StaysNamed: 1, privacy.StaysCases: 1,
		} {
			if counts[code] != n {
				t.Errorf("%s is %d, want %d: %+v", code, counts[code], n, plan)
			}
		}
		_, err = w.cases.Erase(ctx, w.admin.by(), c.ID, "another")
		wantCode(t, err, syncproto.CodeStaleRevision)
		_, err = w.cases.Erase(ctx, w.admin.by(), c.ID, plan.Token)
		w.must(err)
		w.crashAt("person", 1)
		w.work()
		w.fail = func(string) error { return nil }
		w.start()
		w.now += time.Hour.Milliseconds()
		w.work()
		w.wantErased(s.story, s.photo, s.other, s.consent, s.note, draft)
		if r := w.record(published); r.Deleted || r.State != syncproto.StatePublished {
			t.Errorf("what was published is %+v", r)
		}
		w.view(func(r storage.Reader) error {
			p, err := r.Person(w.lan.person)
			if err == nil && (strings.Contains(p.Name, "Lan") || p.Closed == 0 || p.Phone != "") {
				t.Errorf("the person is %+v", p)
			}
			d, derr := r.Device(w.lan.device.ID)
			if derr == nil && d.Revoked == 0 {
				t.Error("the phone may go on")
			}
			return err
		})
		w.wantNowhere("BIMAT-nhap", "BIMAT-chuthich")
		w.wantQuiet("Nguyễn Thị Lan", "BIMAT-loinhan", "Chị Nguyễn")
		if _, err := w.cases.Close(ctx, w.admin.by(), c.ID, privacy.ResultPartly, "Một bài của người khác còn nhắc tên"); err != nil {
			t.Error(err)
		}
		for _, act := range []string{privacy.ActOpened, privacy.ActRead, privacy.ActAnswered, privacy.ActErasing, privacy.ActErased, privacy.ActWorked, privacy.ActClosed} {
			if !slices.Contains(w.audits(), act) {
				t.Errorf("no %s in the log", act)
			}
		}
	})
}

// publish takes a story through the desk.
func (w *world) publish(story syncproto.ID) {
	w.t.Helper()
	w.lan.commands(syncproto.KindStory, story, syncproto.CommandSubmit, "")
	w.minh.commands(syncproto.KindStory, story, syncproto.CommandClaim, "")
	w.minh.commands(syncproto.KindStory, story, syncproto.CommandApprove, "")
	w.minh.commands(syncproto.KindStory, story, syncproto.CommandPublish, "")
}

// TestSomebodyUnknown: who was photographed is known to nobody but by the consent; confirmed, that leads to the photo.
func TestSomebodyUnknown(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		s := w.tells()
		w.lan.does(syncproto.Mutation{Record: s.consent, Kind: syncproto.KindConsent, Set: syncproto.Fields{"who": `"BIMAT Trần Thị Năm"`}})
		c, err := w.cases.Open(ctx, w.minh.by(), privacy.Request{Kind: storage.CaseErasure, Who: "tran thi nam", Unit: w.unit})
		w.must(err)
		_, found, err := w.cases.Show(ctx, w.admin.by(), c.ID)
		w.must(err)
		if len(found.Candidates) == 0 || found.Candidates[0].Record != s.consent || found.Candidates[0].Parent != s.photo {
			t.Fatalf("candidates %+v", found.Candidates)
		}
		_, err = w.cases.Export(ctx, w.admin.by(), c.ID)
		wantCode(t, err, syncproto.CodeWrongState)
		_, err = w.cases.Answer(ctx, w.admin.by(), c.ID, privacy.Reply{Confirm: []syncproto.ID{s.consent}})
		w.must(err)
		plan, err := w.cases.Erase(ctx, w.admin.by(), c.ID, "")
		if err != nil || len(plan.Goes) != 1 || plan.Goes[0].Code != privacy.GoesShown {
			t.Fatalf("%+v %v", plan, err)
		}
		_, err = w.cases.Erase(ctx, w.admin.by(), c.ID, plan.Token)
		w.must(err)
		w.work()
		w.wantErased(s.photo, s.consent, s.note)
		if r := w.record(s.story); r.Deleted {
			t.Error("the story went with it")
		}
		w.wantQuiet("BIMAT", "tran thi nam")
	})
}

func TestLastOperatorStays(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		c, err := w.cases.Open(t.Context(), w.operator.by(), privacy.Request{Kind: storage.CaseErasure, Person: w.operator.person, Unit: w.province})
		w.must(err)
		plan, err := w.cases.Erase(t.Context(), w.operator.by(), c.ID, "")
		w.must(err)
		_, err = w.cases.Erase(t.Context(), w.operator.by(), c.ID, plan.Token)
		wantCode(t, err, syncproto.CodeLastAdmin)
	})
}

func TestExport(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		s := w.tells()
		c := w.opens(storage.CaseAccess)
		export, err := w.cases.Export(t.Context(), w.admin.by(), c.ID)
		w.must(err)
		var out bytes.Buffer
		w.must(export.WriteTo(t.Context(), &out))
		z, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
		w.must(err)
		files := map[string][]byte{}
		for _, f := range z.File {
			r, err := f.Open()
			w.must(err)
			files[f.Name], err = io.ReadAll(r)
			w.must(err)
			if strings.HasSuffix(f.Name, ".json") {
				var list []any
				if err := json.Unmarshal(files[f.Name], &list); err != nil {
					t.Errorf("%s: %v", f.Name, err)
				}
			}
		}
		if !bytes.Equal(files["media/"+string(s.photo)+".jpg"], s.file) {
			t.Error("the original is not in it as it came")
		}
		for name, text := range map[string]string{
			"json/person.json": "Nguyễn Thị Lan", "json/story.json": "Sáng nay nước lên", "json/consent.json": "BIMAT-hoten",
			"json/note.json": "BIMAT-ghichu", "muc-luc.html": "Dữ liệu cá nhân của bạn", "json/cases.json": string(c.ID),
		} {
			if !strings.Contains(string(files[name]), text) {
				t.Errorf("%s does not hold %q", name, text)
			}
		}
		if strings.Contains(string(files["json/person.json"]), "Hash") {
			t.Error("a secret is in it")
		}
		w.wantQuiet("BIMAT", "Nguyễn")
	})
}

// TestWithdrawalByPhone: an editor types in what somebody said on the telephone.
func TestWithdrawalByPhone(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		s := w.tells()
		c, err := w.cases.Open(t.Context(), w.minh.by(), privacy.Request{Kind: storage.CaseWithdrawal, Consent: s.consent})
		w.must(err)
		if again, err := w.cases.Open(t.Context(), w.minh.by(), privacy.Request{Kind: storage.CaseWithdrawal, Consent: s.consent}); err != nil || again.ID != c.ID {
			t.Errorf("twice: %+v %v", again, err)
		}
		w.work()
		w.wantWithdrawn(s)
		_, err = w.cases.Open(t.Context(), w.minh.by(), privacy.Request{Kind: storage.CaseWithdrawal, Record: s.photo})
		wantCode(t, err, syncproto.CodeNotFound)
	})
}
