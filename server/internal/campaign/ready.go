package campaign

import (
	"errors"
	"strconv"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// day is one in ms.
const day = int64(24 * time.Hour / time.Millisecond)

const (
	// maxAhead is how far ahead a call's times may lie when it goes out: what is further is a year that was mistyped.
	maxAhead = 2 * 366 * day
	// dueSlack is how long ago the time of a schedule may be when it is made: a form that lay open.
	dueSlack = int64(10 * time.Minute / time.Millisecond)
	// dueLate is how long after its time a schedule is still kept. A server that was off for longer sends nothing that nobody
	// expects any more, at whatever hour it comes back.
	dueLate = int64(12 * time.Hour / time.Millisecond)
)

// lacks lists everything that keeps a call from going out, but for its audience, which must be resolved: what of it is
// missing, and what has become impossible since it was written.
func (s *Service) lacks(r storage.Reader, c *storage.Call, now int64) (list []*syncproto.Error, err error) {
	add := func(err error) error {
		if e, ok := errors.AsType[*syncproto.Error](err); ok && e.Kind() != syncproto.Unavailable && e.Kind() != syncproto.Internal {
			list = append(list, e)
			return nil
		}
		return err
	}
	for _, check := range []func() error{
		func() error { return s.checkDraft(c) },
		func() error { return checkComplete(c) },
		func() error { return checkAhead(c, now) },
		func() error { return checkAbout(r, c) },
		func() error { return checkCampaign(r, c) },
		func() error { return checkPhotos(r, c) },
		func() error { return checkFree(r, c) },
	} {
		if err := add(check()); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// ready is the first of lacks.
func (s *Service) ready(r storage.Reader, c *storage.Call, now int64) error {
	list, err := s.lacks(r, c, now)
	if err != nil {
		return err
	}
	if len(list) > 0 {
		return list[0]
	}
	return nil
}

// checkComplete checks that everything is there that people need.
func checkComplete(c *storage.Call) error {
	switch {
	case c.Title == "":
		return fail(syncproto.CodeCallText, opCheck, "title")
	case c.Body == "":
		return fail(syncproto.CodeCallText, opCheck, "body")
	case len(c.Audience) == 0:
		return fail(syncproto.CodeAudienceInvalid, opCheck, "audience")
	case c.Code != "" && c.Starts == 0 && c.Ends == 0:
		return fail(syncproto.CodeCallTime, opCheck, "starts") // check-in counts from there (S-196)
	}
	return nil
}

// checkAhead checks the times against the one at which the call goes out.
func checkAhead(c *storage.Call, now int64) error {
	at := max(now, c.Due)
	for _, t := range []struct {
		member string
		at     int64
	}{{"due", c.Due}, {"starts", c.Starts}, {"deadline", c.Deadline}, {"ends", c.Ends}} {
		if t.at > now+maxAhead {
			return fail(syncproto.CodeCallTime, opCheck, t.member)
		}
	}
	switch {
	case c.State == storage.CallDraft && c.Due != 0 && c.Due < now-dueSlack, c.State == storage.CallScheduled && c.Due < now-dueLate:
		return fail(syncproto.CodeCallTime, opCheck, "due")
	case over(c, at) && c.Deadline != 0:
		return fail(syncproto.CodeCallTime, opCheck, "deadline")
	case over(c, at) && c.Ends != 0:
		return fail(syncproto.CodeCallTime, opCheck, "ends")
	case over(c, at):
		return fail(syncproto.CodeCallTime, opCheck, "starts")
	}
	return nil
}

// checkAbout checks that what a reminder or a result is about was sent, and of a reminder that it is not over.
func checkAbout(r storage.Reader, c *storage.Call) error {
	if !follows(c.Kind) {
		return nil
	}
	about, err := r.Call(c.About)
	switch {
	case isNotFound(err):
		return fail(syncproto.CodeCallState, opCheck, "about")
	case err != nil:
		return err
	case about.Sent == 0, c.Kind == syncproto.CallReminder && !handedOut(about.State):
		return fail(syncproto.CodeCallState, opCheck, "about")
	}
	return nil
}

// checkCampaign checks that the campaign still takes calls.
func checkCampaign(r storage.Reader, c *storage.Call) error {
	if c.Campaign == "" {
		return nil
	}
	of, err := r.Campaign(c.Campaign)
	switch {
	case isNotFound(err):
		return fail(syncproto.CodeNotFound, opCheck, "campaign")
	case err == nil && of.Closed != 0:
		return fail(syncproto.CodeCallState, opCheck, "campaign")
	}
	return err
}

// checkFree checks that the record of a call that was not sent can be written: a phone may have made one of that id since. It is asked
// before anybody is looked for, like all that can keep a call from going out: what failed only where somebody is found would tell
// that somebody is, and ring nobody.
func checkFree(r storage.Reader, c *storage.Call) error {
	stored, err := r.Record(c.ID)
	if isNotFound(err) || err == nil && stored.Record.Kind == syncproto.KindCall {
		return nil
	}
	if err != nil {
		return err
	}
	return fail(syncproto.CodeRecordExists, opCheck, "id")
}

// checkPhotos checks that photos can be attached, as far as that can be said before the list is made. Where facts choose, each must
// be one that everybody reads: else whether somebody fits would be told by whether the photo does.
func checkPhotos(r storage.Reader, c *storage.Call) error {
	readers, err := attached(r, c)
	if err != nil || len(readers) == 0 || len(c.Audience) == 0 {
		return err
	}
	p, err := read(c.Audience)
	if err == nil && len(p.Facts()) > 0 {
		return fail(syncproto.CodeCallAttachment, opCheck, "attachments")
	}
	return nil // what is wrong with the audience is said where it is resolved
}

// attached returns, for each photo of a call that is not read by everybody, the units whose members read it. What is not
// published is refused [call_attachment].
func attached(r storage.Reader, c *storage.Call) (readers [][]syncproto.ID, err error) {
	for i, id := range c.Attachments {
		at := "attachments[" + strconv.Itoa(i) + "]"
		stored, err := r.Record(id)
		if isNotFound(err) || err == nil && (stored.Record.Kind != syncproto.KindPhoto || stored.Record.Deleted) {
			return nil, fail(syncproto.CodeCallAttachment, opCheck, at)
		}
		if err != nil {
			return nil, err
		}
		var units []syncproto.ID
		public := false
		for _, scope := range stored.Scopes {
			kind, unit := scope.Split()
			public = public || scope == syncproto.ScopePublic
			if kind == "unit" {
				units = append(units, unit)
			}
		}
		switch {
		case public:
			continue
		case len(units) == 0:
			return nil, fail(syncproto.CodeCallAttachment, opCheck, at)
		}
		readers = append(readers, units)
	}
	return readers, nil
}

// checkReaders checks that everybody on a list reads every photo: that each of the units in which people were chosen
// belongs to a unit whose members read it. A unit of which that cannot be said counts as one that does not.
func checkReaders(r storage.Reader, tree *syncproto.Tree, c *storage.Call, l *list) error {
	readers, err := attached(r, c)
	if err != nil || len(readers) == 0 {
		return err
	}
	for _, unit := range l.units {
		for i, units := range readers {
			reads := false
			for _, above := range units {
				reads = reads || tree.Covers(above, unit)
			}
			if !reads {
				return fail(syncproto.CodeCallAttachment, opCheck, "attachments["+strconv.Itoa(i)+"]")
			}
		}
	}
	return nil
}
