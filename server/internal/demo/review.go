package demo

import (
	"context"
	"fmt"
	"strings"

	"lantoa/server/internal/desk"
	"lantoa/syncproto"
)

// reviewed counts what the editors did.
type reviewed struct {
	claimed, returned, approved, published, declined, adopted int
	followed                                                  int // claimed by an editor whose own unit had ended
	unconsented, stale, undone                                int // refusals for missing consent, stale approvals refused, approvals taken back
}

var returnReasons = []string{
	"Chuyện hay, nhưng bạn đọc cần biết rõ hơn.", "Xin bổ sung vài chi tiết trước khi đăng.", "Đầu đề và nội dung chưa khớp nhau.",
}

// remarks are what editors ask for, by the field that they pin it to.
var remarks = map[string][]string{
	"title": {"Đầu đề nên có tên địa phương.", "Đầu đề dài quá, rút lại giúp mình nhé."},
	"body":  {"Bao nhiêu suất quà vậy bạn?", "Câu cuối nên nói rõ ai đóng góp.", "Xin thêm tên ấp."},
}

var declineReasons = []string{"Chuyện này đã đăng tuần trước.", "Chưa đủ thông tin để kiểm chứng."}

// deskHour lets the editors work through their queues. In the last one nothing is returned any more.
func (w *week) deskHour(ctx context.Context, last bool) error {
	before := w.done
	for _, s := range w.seats {
		if err := s.adopt(ctx); err != nil {
			return fmt.Errorf("%s, inbox: %w", s.name, err)
		}
		rows, err := s.queue(ctx, desk.ViewMine)
		if err != nil {
			return fmt.Errorf("%s, queue: %w", s.name, err)
		}
		if err := s.work(ctx, rows, last); err != nil {
			return fmt.Errorf("%s, desk: %w", s.name, err)
		}
	}
	d := w.done
	count := func(now, then int) string { return fmt.Sprint(now - then) }
	if d != before {
		w.note("demo.desk", map[string]string{
			"claimed": count(d.claimed, before.claimed), "returned": count(d.returned, before.returned),
			"approved": count(d.approved, before.approved), "published": count(d.published, before.published),
			"declined": count(d.declined, before.declined), "unconsented": count(d.unconsented, before.unconsented),
		})
	}
	return nil
}

// adopt lets in what waits in the inbox: work of people whose account was closed.
func (s *seat) adopt(ctx context.Context) error {
	rows, err := s.queue(ctx, desk.ViewInbox)
	if err != nil {
		return err
	}
	acts := make([]desk.Act, len(rows))
	for i, row := range rows {
		acts[i] = desk.Act{Record: row.Record, Kind: row.Kind, Command: syncproto.CommandAdopt}
	}
	done, err := s.act(ctx, acts...)
	for i := range done {
		if done[i].Code != "" {
			return fmt.Errorf("adopt %s: %s", done[i].Record, done[i].Code)
		}
		s.w.done.adopted++
		s.w.adopted = append(s.w.adopted, rows[i].Record)
	}
	if len(done) > 0 {
		s.w.note("demo.adopted", map[string]string{"name": s.name, "n": fmt.Sprint(len(done)), "author": nameOf(&rows[0])})
	}
	return err
}

func nameOf(r *desk.Row) string {
	if r.Author == nil {
		return ""
	}
	return r.Author.Name
}

// work takes what waits, many at once, and then decides on each.
func (s *seat) work(ctx context.Context, rows []desk.Row, last bool) error {
	if err := s.tooLate(ctx, rows); err != nil {
		return err
	}
	var acts []desk.Act
	for _, row := range rows {
		if row.State == syncproto.StateSubmitted || row.State == syncproto.StateResubmitted {
			acts = append(acts, desk.Act{Record: row.Record, Kind: row.Kind, Command: syncproto.CommandClaim})
		}
	}
	done, err := s.act(ctx, acts...)
	if err != nil {
		return err
	}
	for i := range done {
		if done[i].Code == "" {
			s.w.done.claimed++
			if s.w.merged > 0 && s.unit == s.w.units[endingUnit].name {
				s.w.done.followed++
			}
		}
	}
	for _, row := range rows {
		story, r, err := s.show(ctx, row.Record)
		if err != nil {
			return err
		}
		if r.State != syncproto.StateInReview {
			continue // of a conflict, or somebody else was faster
		}
		if err := s.decide(ctx, story, r, last); err != nil {
			return fmt.Errorf("%s: %w", r.ID, err)
		}
	}
	return nil
}

// tooLate lets an editor read a story that the province then changes. The approval of what was read must be refused, with
// the difference.
func (s *seat) tooLate(ctx context.Context, rows []desk.Row) error {
	if s.w.done.stale > 0 || s == s.w.above {
		return nil
	}
	for _, row := range rows {
		if row.State != syncproto.StateSubmitted || row.Kind != syncproto.KindStory || row.Author != nil && row.Author.ID == s.w.above.person {
			continue
		}
		_, r, err := s.show(ctx, row.Record)
		if err != nil {
			return err
		}
		title := r.Fields["title"].TextOr("") + " – An Giang"
		on := desk.Act{Record: r.ID, Kind: r.Kind, BaseRevision: r.Revision}
		change, take, approve := on, on, on
		change.Set = syncproto.Fields{"title": syncproto.Text(title)}
		take.Command, approve.Command = syncproto.CommandClaim, syncproto.CommandApprove
		if d, err := s.w.above.one(ctx, change); err != nil || d.Code != "" {
			return fmt.Errorf("change %s: %s %w", r.ID, d.Code, err)
		}
		if _, err := s.one(ctx, take); err != nil {
			return err
		}
		d, err := s.one(ctx, approve)
		if err != nil {
			return err
		}
		if d.Code != syncproto.CodeStaleRevision || d.Difference == nil || len(d.Difference.Fields) == 0 {
			return fmt.Errorf("a stale approval of %s: %s, %v", r.ID, d.Code, d.Difference)
		}
		s.w.done.stale++
		s.w.note("demo.stale", map[string]string{"name": s.name, "other": s.w.above.name, "title": title})
		return nil
	}
	return nil
}

// decide returns, declines, or approves and publishes what somebody holds.
func (s *seat) decide(ctx context.Context, story *desk.Story, r *syncproto.Record, last bool) error {
	if err := s.judgeCrowds(ctx, story); err != nil {
		return err
	}
	missing := missingOf(story)
	n := s.w.desks.IntN(100)
	switch {
	case len(missing) > 0:
		return s.refused(ctx, r, missing, last)
	case n < 20 && !last && s.w.returns[r.ID] == 0:
		field := pick(s.w.desks, []string{"title", "body"})
		return s.sendBack(ctx, r, pick(s.w.desks, returnReasons), note(r.ID, field, pick(s.w.desks, remarks[field])))
	case n < 26:
		s.w.done.declined++
		return s.must(ctx, desk.Act{
			Record: r.ID, Kind: r.Kind, BaseRevision: r.Revision, Command: syncproto.CommandDecline, Reason: pick(s.w.desks, declineReasons),
		})
	}
	return s.publish(ctx, r.ID, n < 90)
}

// missingOf lists what only the author can bring: everything but an editor's judgement.
func missingOf(story *desk.Story) (missing []desk.Lack) {
	for _, l := range story.Lacks {
		if l.Code != syncproto.CodeLackJudgement {
			missing = append(missing, l)
		}
	}
	return missing
}

// judgeCrowds says of crowds in photos, of whom nobody can be asked, why the photo may be published.
func (s *seat) judgeCrowds(ctx context.Context, story *desk.Story) error {
	for _, l := range story.Lacks {
		if l.Code != syncproto.CodeLackJudgement {
			continue
		}
		err := s.must(ctx, desk.Act{Record: syncproto.NewID(), Kind: syncproto.KindConsent, Set: syncproto.Fields{
			"parent": syncproto.Text(string(l.Record)), "how": syncproto.Text(syncproto.HowJudgement),
			"text": syncproto.Text("Sinh hoạt công khai, không ai bị chụp riêng."),
		}})
		if err != nil {
			return err
		}
	}
	return nil
}

// refused tries to approve what lacks consent, which the server must refuse, and asks the author for what is missing.
func (s *seat) refused(ctx context.Context, r *syncproto.Record, missing []desk.Lack, last bool) error {
	d, err := s.one(ctx, desk.Act{Record: r.ID, Kind: r.Kind, BaseRevision: r.Revision, Command: syncproto.CommandApprove})
	if err != nil {
		return err
	}
	if d.Code != syncproto.CodeConsentMissing {
		s.w.unconsented = append(s.w.unconsented, fmt.Sprintf("%s: %s", r.ID, d.Code))
	}
	s.w.done.unconsented++
	if last {
		s.w.done.declined++
		return s.must(ctx, desk.Act{
			Record: r.ID, Kind: r.Kind, BaseRevision: r.Revision, Command: syncproto.CommandDecline, Reason: "Thiếu sự đồng ý của người trong ảnh.",
		})
	}
	var notes []desk.Act
	for _, l := range missing {
		notes = append(notes, note(l.Record, "", l.Sentence))
	}
	return s.sendBack(ctx, r, "Ảnh còn thiếu sự đồng ý.", notes...)
}

// note pins a remark to a field, or to all of a photo.
func note(on syncproto.ID, field, text string) desk.Act {
	set := syncproto.Fields{"parent": syncproto.Text(string(on)), "text": syncproto.Text(text)}
	if field != "" {
		set["field"] = syncproto.Text(field)
	}
	return desk.Act{Record: syncproto.NewID(), Kind: syncproto.KindNote, Set: set}
}

func (s *seat) sendBack(ctx context.Context, r *syncproto.Record, reason string, notes ...desk.Act) error {
	s.w.returns[r.ID]++
	s.w.done.returned++
	return s.must(ctx, append(notes, desk.Act{
		Record: r.ID, Kind: r.Kind, BaseRevision: r.Revision, Command: syncproto.CommandReturn, Reason: reason,
	})...)
}

// publish approves what is there now, and publishes it at once if wanted. The first approval is taken back once, while it
// is held.
func (s *seat) publish(ctx context.Context, id syncproto.ID, atOnce bool) error {
	_, r, err := s.show(ctx, id)
	if err != nil {
		return err
	}
	step := desk.Act{Record: r.ID, Kind: r.Kind, BaseRevision: r.Revision, Command: syncproto.CommandApprove}
	d, err := s.one(ctx, step)
	if err != nil || d.Code != "" {
		return wrong("approve", d, err)
	}
	if s.w.done.undone == 0 {
		step.BaseRevision, step.Command = d.Revision, syncproto.CommandUndo
		if d, err = s.one(ctx, step); err != nil || d.Code != "" {
			return wrong("undo", d, err)
		}
		s.w.done.undone++
		s.w.note("demo.undone", map[string]string{"name": s.name, "title": r.Fields["title"].TextOr("")})
		step.BaseRevision, step.Command = d.Revision, syncproto.CommandApprove
		if d, err = s.one(ctx, step); err != nil || d.Code != "" {
			return wrong("approve again", d, err)
		}
	}
	s.w.done.approved++
	if !atOnce {
		return nil
	}
	step.BaseRevision, step.Command = d.Revision, syncproto.CommandPublish
	if d, err = s.one(ctx, step); err != nil || d.Code != "" {
		return wrong("publish", d, err)
	}
	s.w.done.published++
	return nil
}

// must takes acts that have to go through.
func (s *seat) must(ctx context.Context, acts ...desk.Act) error {
	done, err := s.act(ctx, acts...)
	for i := range done {
		if done[i].Code != "" {
			return wrong(string(acts[i].Kind)+" "+string(acts[i].Command), done[i], nil)
		}
	}
	return err
}

func wrong(what string, d desk.Done, err error) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("%s: %s", what, strings.TrimSpace(string(d.Code)+" "+d.Detail))
}
