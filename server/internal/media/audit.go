package media

import (
	"context"
	"sync"

	"lantoa/storage"
	"lantoa/syncproto"
)

// ActOriginal is the act of reading an original as it came, in the audit log.
const ActOriginal = "media.original"

// goesOn is how long a request from the middle of an original counts as more of a reading that is in the log already.
// A film that is watched, or a download on a bad network, is dozens of requests.
const goesOn = 10 * 60 * 1000

// reads remembers which readings are in the log. It is forgotten at a restart and when it is full, and then there are
// more entries, never fewer.
type reads struct {
	mu     sync.Mutex
	logged map[readKey]int64 // Unix ms
}

type readKey struct {
	device syncproto.ID
	record syncproto.ID
	blob   storage.BlobID
}

// continues reports whether a request from offset on belongs to a reading that was logged a while ago. One from the
// beginning never does.
func (r *reads) continues(k readKey, offset, now int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, ok := r.logged[k]
	return ok && offset > 0 && now-at < goesOn
}

func (r *reads) note(k readKey, now int64) {
	const most = 4096
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.logged == nil || len(r.logged) >= most {
		r.logged = map[readKey]int64{}
	}
	r.logged[k] = now
}

// audit writes down that an original is read, with the grant that allows it at this moment. If that cannot be written,
// nothing is read.
func (r *Reading) audit(ctx context.Context, offset int64) error {
	s := r.s
	k, now := readKey{device: r.device.ID, record: r.record, blob: r.Blob}, s.now()
	if !r.sealed || s.reads.continues(k, offset, now) {
		return nil
	}
	err := s.store.Update(ctx, func(tx storage.Tx) error {
		known, err := s.access.Known(tx)
		if err != nil {
			return err
		}
		access, err := known.Within(tx)
		if err != nil {
			return err
		}
		rights, err := access.Of(tx, r.device.Person)
		if err != nil {
			return err
		}
		stored, err := tx.Record(r.record)
		if err != nil {
			return err
		}
		grant, ok := Access(rights, stored, r.Lane, now)
		if !ok {
			return hidden() // it was allowed a moment ago
		}
		return tx.AddAudit(&storage.Audit{
			At: now, Act: ActOriginal, Person: r.device.Person, Device: r.device.ID, Grant: grant,
			Unit: stored.Record.Unit, Record: r.record, Detail: string(r.Lane) + " " + r.Blob.String(),
		})
	})
	if err == nil {
		s.reads.note(k, now)
	}
	return err
}
