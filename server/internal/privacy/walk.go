package privacy

import (
	"context"

	"lantoa/storage"
	"lantoa/syncproto"
)

// feedPage is how many entries of a feed are read in one view, so that no snapshot is held for long.
const feedPage = 500

// walk calls fn for the live records of a scope, in the order of the feed. What changes meanwhile comes again.
func walk(ctx context.Context, store storage.Store, scope syncproto.Scope, fn func(wire []byte) error) error {
	for after, more := uint64(0), true; more; {
		err := store.View(ctx, func(r storage.Reader) (err error) {
			after, more, err = walkPage(r, scope, after, fn)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// walkIn is walk inside one snapshot or transaction.
func walkIn(r storage.Reader, scope syncproto.Scope, fn func(wire []byte) error) (err error) {
	for after, more := uint64(0), true; more && err == nil; {
		after, more, err = walkPage(r, scope, after, fn)
	}
	return err
}

func walkPage(r storage.Reader, scope syncproto.Scope, after uint64, fn func(wire []byte) error) (last uint64, more bool, err error) {
	heads, err := r.Heads([]syncproto.Scope{scope})
	if err != nil || len(heads) == 0 || heads[0].Number == 0 {
		return after, false, err
	}
	seen := 0
	var failed error
	err = r.Changes(heads[0].Number, after, feedPage, func(sequence uint64, c syncproto.Change) bool {
		seen, after = seen+1, sequence
		if !c.Removed {
			failed = fn(c.Wire)
		}
		return failed == nil
	})
	if err == nil {
		err = failed
	}
	return after, seen == feedPage, err
}

// liveRecords makes what walk calls of a function of records. Tombstones are left out.
func liveRecords(fn func(r *syncproto.Record) error) func(wire []byte) error {
	return func(wire []byte) error {
		r, err := syncproto.DecodeRecord(wire)
		if err != nil || r.Deleted { // of a newer server; nothing that can be judged
			return nil
		}
		return fn(r)
	}
}
