package mobilesdk

import (
	"context"
	"encoding/json"

	"lantoa/syncproto"
)

// This file is what an app calls about the way of a submission through the desk: steps, notes and consents. The rules of
// mobile.go hold. Nothing here waits for the network.

// Submit sends a story, event or photo of its own in. Of steps that are impossible it says so at once: wrong_state.
func (p *Profile) Submit(record string) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.Submit(context.Background(), syncproto.ID(record)))
}

// Resubmit sends what was returned in again, after it was fixed with Edit, AttachFile and ResolveNote.
func (p *Profile) Resubmit(record string) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.Resubmit(context.Background(), syncproto.ID(record)))
}

// Fix changes a returned submission or a photo of it, resolves notes and, with resubmit, sends the submission in again: all
// of it or nothing. Fields, add and remove are as in Edit, notes is a JSON list of ids; each may be empty.
func (p *Profile) Fix(record string, fields, add, remove, notes []byte, resubmit bool) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	patch, err := parsePatch(fields, add, remove)
	if err != nil {
		return plain(err)
	}
	var done []syncproto.ID
	if len(notes) > 0 {
		if err := json.Unmarshal(notes, &done); err != nil {
			return plain(syncproto.E(syncproto.CodeMalformed, "read notes", err))
		}
	}
	return plain(e.Fix(context.Background(), syncproto.ID(record), patch, done, resubmit))
}

// Withdraw takes a submission back while it is on its way. The reason may be "".
func (p *Profile) Withdraw(record, reason string) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.Withdraw(context.Background(), syncproto.ID(record), reason))
}

// Returned returns JSON {items, next}: the person's submissions that came back to be fixed, newest first.
func (p *Profile) Returned(limit int, after string) (out []byte, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	list, err := e.List(context.Background(), Filter{Returned: true, Limit: limit, After: after})
	return encode(list, err)
}

// Timeline returns the JSON list of a submission's steps, oldest first: {state, name, at, command, by, reason, waiting}.
func (p *Profile) Timeline(record string) (out []byte, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	steps, err := e.Timeline(context.Background(), syncproto.ID(record))
	return encode(steps, err)
}

// Notes returns the JSON list of the notes of a submission and of its photos, threads with something open first. Those of
// one record and field are a thread, in the order in which it was written.
func (p *Profile) Notes(record string) (out []byte, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	notes, err := e.Notes(context.Background(), syncproto.ID(record))
	return encode(notes, err)
}

// AddNote pins a note to a record, to a field of it unless field is "", and returns its id. With the id of a note it
// answers that.
func (p *Profile) AddNote(record, field, text string) (id string, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return "", err
	}
	note, err := e.AddNote(context.Background(), syncproto.ID(record), field, text)
	return string(note), plain(err)
}

// ResolveNote says that what a note asks for is done.
func (p *Profile) ResolveNote(note string) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.ResolveNote(context.Background(), syncproto.ID(note)))
}

// ReopenNote takes ResolveNote back.
func (p *Profile) ReopenNote(note string) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.ReopenNote(context.Background(), syncproto.ID(note)))
}

// SetShows says whom a photo shows: "nobody", "crowd" or "people", then how many can be recognised.
func (p *Profile) SetShows(photo, shows string, people int) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.SetShows(context.Background(), syncproto.ID(photo), shows, people))
}

// AddConsent records what somebody agreed to and returns its id, the parent for AttachFile with a form or a recording.
// Consent is a JSON object of who, age ("adult", "from_seven", "under_seven"), given_by (list of "self",
// "representative"), representative, how ("written", "voice", "spoken"), uses (list of "publish", "social", "press",
// "print"), given_at and expires_at (Unix ms, 0 for now and never), text.
func (p *Profile) AddConsent(record string, consent []byte) (id string, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return "", err
	}
	var c Consent
	if err := json.Unmarshal(consent, &c); err != nil {
		return "", plain(syncproto.E(syncproto.CodeMalformed, "read consent", err))
	}
	made, err := e.AddConsent(context.Background(), syncproto.ID(record), c)
	return string(made), plain(err)
}

// WithdrawConsent withdraws a consent: what it was about is taken down and erased everywhere. A reason is required.
func (p *Profile) WithdrawConsent(consent, reason string) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.WithdrawConsent(context.Background(), syncproto.ID(consent), reason))
}

// Consents returns the JSON list of the consents under a photo, or under a submission and its photos.
func (p *Profile) Consents(record string) (out []byte, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	list, err := e.Consents(context.Background(), syncproto.ID(record))
	return encode(list, err)
}

// Lacks returns the JSON list of what publishing a submission still needs: {record, title, position, code, sentence}; an
// empty list if nothing. Ask when a photo was taken, while the people in it are still there.
func (p *Profile) Lacks(submission string) (out []byte, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	list, err := e.Lacks(context.Background(), syncproto.ID(submission))
	if list == nil {
		list = []Lacking{}
	}
	return encode(list, err)
}
