package campaign

import (
	"context"
	"reflect"

	"lantoa/server/internal/people"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Acts of the audit log. Each is about one call, or one campaign, as its record.
const (
	auditCreate   = "call.create"
	auditEdit     = "call.edit"
	auditCorrect  = "call.correct"
	auditCopy     = "call.copy"
	auditPropose  = "call.propose"
	auditSecond   = "call.second" // the yes of a second officer
	auditSchedule = "call.schedule"
	auditSend     = "call.send"
	auditReturn   = "call.return"
	auditSent     = "call.handed_over"
	auditCancel   = "call.cancel"
	auditClose    = "call.close"
	auditTest     = "call.test"

	auditCampaignCreate = "campaign.create"
	auditCampaignEdit   = "campaign.edit"
	auditCampaignClose  = "campaign.close"
)

// Create makes a draft. Asked again with the same ID and the same words, by the same person, it returns what was made.
//
// Errors: forbidden and unit_closed for its units, not_found for a campaign or call that is not the person's, record_exists
// for an ID that is taken, and those of a draft: invalid_value, invalid_id, too_large, too_many, missing_member, call_time,
// call_link, call_text_missing, audience_invalid, fact_unknown.
func (s *Service) Create(ctx context.Context, by people.Actor, d *Draft) (*Call, error) {
	return s.compose(ctx, by, d, auditCreate, "")
}

// compose makes a draft of what an officer wrote, or of another call.
func (s *Service) compose(ctx context.Context, by people.Actor, d *Draft, act, detail string) (*Call, error) {
	made := storage.Call{ID: d.ID, State: storage.CallDraft, Revision: 1, By: by.Person}
	if made.ID == "" {
		made.ID = syncproto.NewID()
	}
	if !made.ID.Valid() {
		return nil, fail(syncproto.CodeInvalidID, "create call", "id")
	}
	if err := d.onto(&made); err != nil {
		return nil, err
	}
	if err := s.checkDraft(&made); err != nil {
		return nil, err
	}
	return s.add(ctx, by, made, act, detail)
}

// add stores a new draft, or returns the one that is there.
func (s *Service) add(ctx context.Context, by people.Actor, made storage.Call, act, detail string) (out *Call, err error) {
	err = s.change(ctx, by, func(v *sight, _ *syncer.Putter) error {
		c := made
		grant, err := v.belongs(&c)
		if err != nil {
			return err
		}
		taken, err := v.taken(c.ID)
		if err != nil {
			return err
		}
		old, err := v.r.Call(c.ID)
		switch {
		case err == nil && old.By == by.Person && sameDraft(old, &c):
			out, err = v.show(old)
			return err
		case err == nil || isNotFound(err) && taken:
			return fail(syncproto.CodeRecordExists, "create call", "id")
		case !isNotFound(err):
			return err
		}
		c.Created, c.Changed = v.now, v.now
		if err := v.tx.PutCall(&c); err != nil {
			return err
		}
		if err := v.tx.AddAudit(v.note(act, grant, c.Units[0], c.ID, detail)); err != nil {
			return err
		}
		out, err = v.show(&c)
		return err
	})
	return out, err
}

// taken reports whether an id names a record: a call gets one when it is sent.
func (v *sight) taken(id syncproto.ID) (bool, error) {
	_, err := v.r.Record(id)
	if isNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

// belongs checks that the person may compose a call for its units, in its campaign, about the call that it is about. It
// returns the grant.
func (v *sight) belongs(c *storage.Call) (grant syncproto.ID, err error) {
	const op = "compose call"
	if grant, err = v.living(c.Units, op); err != nil {
		return "", err
	}
	if c.Campaign != "" {
		of, err := v.r.Campaign(c.Campaign)
		if isNotFound(err) || err == nil && !v.joins(of, c.Units) {
			return "", fail(syncproto.CodeNotFound, op, "campaign")
		}
		if err != nil {
			return "", err
		}
	}
	if c.About != "" {
		about, err := v.r.Call(c.About)
		if isNotFound(err) || err == nil && !v.sees(about.Units) {
			return "", fail(syncproto.CodeNotFound, op, "about")
		}
		if err != nil {
			return "", err
		}
		if _, err := v.may(about.Units, op); err != nil {
			return "", fail(syncproto.CodeForbidden, op, "about")
		}
	}
	return grant, nil
}

// joins reports whether a call of some units may be one of a campaign's: the officer keeps the campaign, or it is one of a
// unit above them.
func (v *sight) joins(of *storage.Campaign, units []syncproto.ID) bool {
	if v.sees(of.Units) {
		return true
	}
	for _, above := range of.Units {
		for _, unit := range units {
			if v.tree.Covers(above, unit) {
				return true
			}
		}
	}
	return false
}

// Edit replaces what a call says. Of a draft all may change; of one that was proposed or scheduled too, and it is a draft
// again: what a second officer said yes to is void. Of one that people have, the texts, the words of choices, the place and
// the link may be corrected, and they see it as soon as they sync. What says the same changes nothing.
//
// Errors: not_found, forbidden, stale_revision if d.Revision is not the newest, call_state (with the member, of what
// cannot be corrected), and those of Create.
func (s *Service) Edit(ctx context.Context, by people.Actor, id syncproto.ID, d *Draft) (out *Call, err error) {
	const op = "edit call"
	err = s.change(ctx, by, func(v *sight, p *syncer.Putter) error {
		old, grant, err := v.call(id, op, true)
		if err != nil {
			return err
		}
		c := *old
		if err := d.onto(&c); err != nil {
			return err
		}
		if d.ID != "" && d.ID != id {
			return fail(syncproto.CodeInvalidValue, op, "id")
		}
		if sameDraft(old, &c) {
			out, err = v.show(old)
			return err
		}
		act := ActEdit
		if handedOut(old.State) {
			act = ActCorrect
		}
		if c.State, err = Next(old.State, act); err != nil {
			return err
		}
		if d.Revision != old.Revision {
			return fail(syncproto.CodeStaleRevision, op, "revision")
		}
		if err := s.checkDraft(&c); err != nil {
			return err
		}
		c.Revision, c.Changed = old.Revision+1, v.now
		if act == ActCorrect {
			err = s.correct(v, p, old, &c, grant)
		} else {
			err = s.rewrite(v, &c)
		}
		if err == nil {
			out, err = v.show(&c)
		}
		return err
	})
	return out, err
}

// rewrite stores a draft that was edited.
func (s *Service) rewrite(v *sight, c *storage.Call) error {
	grant, err := v.belongs(c)
	if err != nil {
		return err
	}
	c.Proposed, c.Second, c.SecondAt, c.Reason = "", "", 0, ""
	if err := v.tx.PutCall(c); err != nil {
		return err
	}
	return v.tx.AddAudit(v.note(auditEdit, grant, c.Units[0], c.ID, revisionText(c.Revision)))
}

// correct stores a call that people have, and its record.
func (s *Service) correct(v *sight, p *syncer.Putter, old, c *storage.Call, grant syncproto.ID) error {
	if member := differsAt(old, c); member != "" {
		return fail(syncproto.CodeCallState, "correct call", member)
	}
	if err := checkComplete(c); err != nil {
		return err
	}
	if err := v.tx.PutCall(c); err != nil {
		return err
	}
	if err := putCall(v.tx, p, c, v.now); err != nil {
		return err
	}
	return v.tx.AddAudit(v.note(auditCorrect, grant, c.Units[0], c.ID, revisionText(c.Revision)))
}

// sameDraft reports whether two calls say the same.
func sameDraft(a, b *storage.Call) bool {
	x, y := draftOf(a), draftOf(b)
	x.Revision = y.Revision
	return reflect.DeepEqual(x.plain(), y.plain())
}

// plain makes absent and empty lists the same.
func (d Draft) plain() Draft {
	if len(d.Units) == 0 {
		d.Units = nil
	}
	if len(d.Choices) == 0 {
		d.Choices = nil
	}
	if len(d.Attachments) == 0 {
		d.Attachments = nil
	}
	if len(d.Audience) == 0 {
		d.Audience = nil
	}
	return d
}
