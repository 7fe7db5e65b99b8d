package media

import (
	"lantoa/server/internal/review"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Announce writes how far a file has come into all live records that refer to it (S-164), where that changes what they
// say, and returns the scopes of those records, for the live hub after the commit. It must run in the transaction that
// changed what is known of the file. now is the server's time, Unix ms.
//
// A file that lacks copies which one of its records wants now is sent back into the queue (Service.Wake).
func Announce(tx storage.Tx, blob storage.BlobID, now int64) (scopes []syncproto.Scope, err error) {
	return announce(tx, blob, now, storage.BlobID{})
}

// announce is Announce. done is a file that was looked at just now: what could not be made of it is not tried again.
func announce(tx storage.Tx, blob storage.BlobID, now int64, done storage.BlobID) (scopes []syncproto.Scope, err error) {
	links, err := tx.MediaLinks(blob)
	if err != nil {
		return nil, err
	}
	var last syncproto.ID
	for _, link := range links { // in the order of records
		if link.Record == last {
			continue
		}
		last = link.Record
		moved, err := announceRecord(tx, link.Record, now, done)
		if err != nil {
			return nil, err
		}
		scopes = append(scopes, moved...)
	}
	return scopes, nil
}

// AnnounceRecord is Announce for one record, where only its own links changed: a file that thousands of records share
// is linked to one more without reading them all.
func AnnounceRecord(tx storage.Tx, id syncproto.ID, now int64) (scopes []syncproto.Scope, err error) {
	return announceRecord(tx, id, now, storage.BlobID{})
}

func announceRecord(tx storage.Tx, id syncproto.ID, now int64, done storage.BlobID) (scopes []syncproto.Scope, err error) {
	stored, err := tx.Record(id)
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil || stored.Record.Deleted {
		return nil, err
	}
	p, ok, err := readPhoto(tx, stored.Record)
	if err != nil || !ok {
		return nil, err
	}
	if err := p.lookAgain(tx, now, done); err != nil {
		return nil, err
	}
	value, changed := p.says(stored.Record)
	if !changed {
		return nil, nil
	}
	next := stored.Record.Clone()
	next.Revision++
	next.Changed = now
	next.Fields[syncproto.ArrivedField] = value
	sign(next)
	if err := tx.PutRecord(next, stored.Scopes); err != nil {
		return nil, err
	}
	return stored.Scopes, review.Arrived(tx, next)
}

// says returns what a record should say of its files, and whether it says something else.
func (p *photo) says(record *syncproto.Record) (value syncproto.Value, changed bool) {
	a, some := p.arrived()
	if _, said := syncproto.ArrivedOf(record); !some && !said {
		return "", false
	}
	value = a.Value()
	return value, record.Fields[syncproto.ArrivedField] != value
}

// Outdated reports whether a record says something else of its files than is known of them: a phone set its media back
// to a file that came before, so that nothing came since. AnnounceRecord mends it.
func Outdated(r storage.Reader, id syncproto.ID) (bool, error) {
	stored, err := r.Record(id)
	if isNotFound(err) || err == nil && stored.Record.Deleted {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	p, ok, err := readPhoto(r, stored.Record)
	if err != nil || !ok {
		return false, err
	}
	_, changed := p.says(stored.Record)
	return changed, nil
}

// sign notes that the server wrote the field in this revision: nobody's device did.
func sign(next *syncproto.Record) {
	if next.Marks == nil {
		next.Marks = map[string]int64{}
	}
	next.Marks[syncproto.ArrivedField] = next.Revision
	if next.Writers == nil {
		next.Writers = map[string]syncproto.Writer{}
	}
	next.Writers[syncproto.ArrivedField] = syncproto.Writer{}
}

// lookAgain sends the files of a photo that lack copies back into the queue. What is there of them is shown meanwhile.
func (p *photo) lookAgain(tx storage.Tx, now int64, done storage.BlobID) error {
	for _, lane := range []syncproto.Lane{syncproto.LaneDisplay, syncproto.LaneOriginal} {
		if m := p.files[lane]; m != nil && m.ID != done && p.unmade(lane) {
			m.State, m.Due, m.Attempts = storage.MediaWaiting, now, 0
			if err := tx.PutMedia(m); err != nil {
				return err
			}
		}
	}
	return nil
}
