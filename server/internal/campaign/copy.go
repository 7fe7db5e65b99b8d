package campaign

import (
	"context"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Copying says what is made of a call.
type Copying struct {
	ID    syncproto.ID       `json:"id"`    // of the new draft, drawn if absent
	Kind  syncproto.CallKind `json:"kind"`  // reminder or result: about the call; absent for another one like it
	Among Among              `json:"among"` // as of Draft
}

// Copy makes a draft of a call: another like it, without its times, or a reminder or a result about it. Errors: as of
// Create, and call_state for a reminder or a result about a call that was not sent.
func (s *Service) Copy(ctx context.Context, by people.Actor, id syncproto.ID, how Copying) (*Call, error) {
	const op = "copy call"
	var from *storage.Call
	err := s.store.View(ctx, func(r storage.Reader) error {
		v, err := s.sees(r, by)
		if err != nil {
			return err
		}
		from, _, err = v.call(id, op, true)
		return err
	})
	if err != nil {
		return nil, err
	}
	d := draftOf(from)
	d.ID, d.Revision, d.Due, d.Code = how.ID, 0, 0, ""
	switch {
	case follows(how.Kind):
		if _, err := Next(from.State, ActFollow); err != nil {
			return nil, err
		}
		d.Kind, d.About, d.Audience, d.Among = how.Kind, from.ID, nil, how.Among
		d.Choices, d.Capacity, d.SMS, d.Deadline = nil, 0, "", 0 // nobody answers it, so it may go out after the deadline
		if how.Kind == syncproto.CallResult {                    // what came of it is for the officer to say
			d.Body, d.BodyEN, d.Starts, d.Ends = "", "", 0, 0
		}
	case how.Kind != "" && how.Kind != from.Kind:
		return nil, fail(syncproto.CodeInvalidValue, op, "kind")
	default:
		d.Starts, d.Ends, d.Deadline = 0, 0, 0
	}
	return s.compose(ctx, by, &d, auditCopy, string(from.ID))
}
