package review

import (
	"strings"
	"unicode/utf8"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Bounds of a row, in bytes.
const (
	maxTitle = 200
	maxText  = 64 << 10
)

// UrgentField says, on a submission, that it cannot wait. Its author and editors set it, to true.
const UrgentField = "urgent"

// Refresh writes the row by which queues and searches find a submission anew, from the record and what hangs under it, and
// drops it if the desk does not see it or it is no submission. access must be of the revision that the transaction sees.
func Refresh(tx storage.Tx, access *people.Access, top *syncproto.Record, now int64) error {
	if top.Deleted || !syncproto.Reviewed(top.Kind) || top.Parent() != "" || !syncproto.SeenByDesk(top.State) {
		return tx.DropSubmission(top.ID)
	}
	old, err := tx.Submission(top.ID)
	if err != nil && syncproto.CodeOf(err) != syncproto.CodeNotFound {
		return err
	}
	if err != nil {
		old = nil
	}
	row, err := rowOf(tx, access, top, now)
	if err != nil {
		return err
	}
	row.Changed = now
	if err := remember(tx, row, old, now); err != nil {
		return err
	}
	return tx.PutSubmission(row, top.Hold)
}

// remember takes from the older row what the record does not say.
func remember(tx storage.Tx, row, old *storage.Submission, now int64) error {
	if old == nil {
		row.Sent, row.Since = now, now
		before, err := tx.SubmissionsBy(row.Author)
		if err == nil && before == 0 {
			row.Flags |= storage.FlagFirst
		}
		return err
	}
	row.Sent, row.Since = old.Sent, old.Since
	row.Flags |= old.Flags & storage.FlagFirst
	if old.State != row.State && !(waits(old.State) && waits(row.State)) {
		row.Since = now
		return nil
	}
	row.Flags |= old.Flags & storage.FlagAlarmed
	return nil
}

// waits reports whether a submission in a state waits for the desk.
func waits(state syncproto.State) bool {
	switch state {
	case syncproto.StateSubmitted, syncproto.StateResubmitted, syncproto.StateInReview, syncproto.StateUnclaimed:
		return true
	}
	return false
}

// rowOf is what the record and what hangs under it say.
func rowOf(tx storage.Tx, access *people.Access, top *syncproto.Record, now int64) (*storage.Submission, error) {
	root, err := gather(tx, top)
	if err != nil {
		return nil, err
	}
	row := &storage.Submission{
		Record: top.ID, Kind: top.Kind, Unit: top.Unit, Author: top.Author, State: top.State,
		Title: cut(titleOf(top), maxTitle),
	}
	if top.State == syncproto.StateInReview && top.Claim != nil {
		row.Claimer, row.Until = top.Claim.Person, top.Claim.Until
	}
	if top.Kind == syncproto.KindPhoto {
		row.Photos = 1
	}
	for _, part := range root.parts() {
		if part.Kind == syncproto.KindPhoto {
			row.Photos++
		}
	}
	row.Flags = flagsOf(root)
	lacks, err := lacksOf(tx, access, root, now)
	if err != nil {
		return nil, err
	}
	if len(lacks) > 0 {
		row.Flags |= storage.FlagConsent
	}
	row.Text, err = textOf(tx, root)
	return row, err
}

// flagsOf returns the flags that need nothing but the records.
func flagsOf(root *node) (flags storage.Flag) {
	if on, ok := root.Fields[UrgentField].AsBool(); ok && on {
		flags |= storage.FlagUrgent
	}
	root.walk(func(n *node) {
		switch n.Kind {
		case syncproto.KindConsent:
			if age := n.Fields["age"].TextOr(""); age == syncproto.AgeFromSeven || age == syncproto.AgeUnderSeven {
				flags |= storage.FlagChild
			}
		case syncproto.KindConflict:
			if n.State == syncproto.StateOpen {
				flags |= storage.FlagConflict
			}
		case syncproto.KindNote:
			if n.State == syncproto.StateOpen {
				flags |= storage.FlagNotes
			}
		default:
			if positioned(n.Record) {
				flags |= storage.FlagLocation
			}
			if Awaited(n.Record) {
				flags |= storage.FlagMedia
			}
		}
	})
	return flags
}

// positioned reports whether a record tells where it was to the metre.
func positioned(r *syncproto.Record) bool {
	place, _ := r.Fields["place"].AsObject()
	_, lat := place["lat"]
	_, lon := place["lon"]
	return lat || lon
}

// Awaited reports whether a file that a photo announces has not come.
func Awaited(r *syncproto.Record) bool {
	media, ok := syncproto.MediaOf(r)
	if !ok {
		return false
	}
	arrived, _ := syncproto.ArrivedOf(r)
	for _, lane := range syncproto.Lanes() {
		if _, announced := media.File(lane); announced && arrived.Lanes[lane] == "" {
			return true
		}
	}
	return false
}

// Arrived clears the flag of files that are awaited when the last has come. It is for the transaction in which the server
// noted that a file of the photo arrived.
func Arrived(tx storage.Tx, photo *syncproto.Record) error {
	top := photo
	for range maxHeight {
		if top.Parent() == "" {
			break
		}
		stored, err := tx.Record(top.Parent())
		if err != nil {
			return orNothing(err)
		}
		top = stored.Record
	}
	row, err := tx.Submission(top.ID)
	if err != nil {
		return orNothing(err)
	}
	root, err := gather(tx, top)
	if err != nil {
		return err
	}
	flags := row.Flags&^storage.FlagMedia | flagsOf(root)&storage.FlagMedia
	if flags == row.Flags {
		return nil
	}
	row.Flags = flags
	return tx.PutSubmission(row, top.Hold)
}

// orNothing passes over that something is not there.
func orNothing(err error) error {
	if syncproto.CodeOf(err) == syncproto.CodeNotFound {
		return nil
	}
	return err
}

func titleOf(r *syncproto.Record) string {
	for _, field := range []string{"title", "caption", "body"} {
		if text := strings.TrimSpace(r.Fields[field].TextOr("")); text != "" {
			return text
		}
	}
	return ""
}

// textOf is everything that a search looks in.
func textOf(tx storage.Tx, root *node) (string, error) {
	var words []string
	add := func(text string) {
		if text = strings.TrimSpace(text); text != "" {
			words = append(words, text)
		}
	}
	author, err := tx.Person(root.Author)
	if err != nil && syncproto.CodeOf(err) != syncproto.CodeNotFound {
		return "", err
	}
	if err == nil {
		add(author.Name)
	}
	root.walk(func(n *node) {
		switch n.Kind {
		case syncproto.KindConsent:
			add(n.Fields["who"].TextOr(""))
			add(n.Fields["representative"].TextOr(""))
			return
		case syncproto.KindNote, syncproto.KindConflict, syncproto.KindTimeline:
			return // what is said about it, not in it
		}
		for _, field := range []string{"title", "body", "caption"} {
			add(n.Fields[field].TextOr(""))
		}
		place, _ := n.Fields["place"].AsObject()
		add(place["text"].TextOr(""))
		tags, _ := n.Fields["tags"].AsList()
		for _, tag := range tags {
			add(tag.TextOr(""))
		}
	})
	return cut(strings.Join(words, "\n"), maxText), nil
}

// cut returns the longest whole beginning of a text that has at most so many bytes.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}
