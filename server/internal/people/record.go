package people

import (
	"maps"

	"lantoa/storage"
	"lantoa/syncproto"
)

// putRecord writes a record that the server makes itself. Such records take no mutations: their next revision is
// put as it is, with marks for the fields that changed. Nothing is written if nothing changed.
func putRecord(tx storage.Tx, next *syncproto.Record, now int64) error {
	stored, err := tx.Record(next.ID)
	switch {
	case isNotFound(err):
		next.Revision, next.Received = 1, now
	case err != nil:
		return err
	default:
		old := stored.Record
		if old.Kind != next.Kind {
			return &syncproto.Error{Code: syncproto.CodeRecordExists, Op: "put " + string(next.Kind)}
		}
		next.Revision, next.Received = old.Revision+1, old.Received
		if old.Erased || !differs(old, next) {
			return nil // what was erased is never written again
		}
		markChanges(old, next)
	}
	next.Changed = now
	return tx.PutRecord(next, syncproto.Placement(next, nil))
}

// differs reports whether a record that the server makes is stored otherwise.
func differs(old, next *syncproto.Record) bool {
	return old.Unit != next.Unit || old.Author != next.Author || old.Deleted || !maps.Equal(old.Fields, next.Fields)
}

func markChanges(old, next *syncproto.Record) {
	next.Marks = map[string]int64{}
	for name, value := range next.Fields {
		if old.Fields[name] == value {
			if mark, ok := old.Marks[name]; ok {
				next.Marks[name] = mark
			}
			continue
		}
		next.Marks[name] = next.Revision
	}
	for name := range old.Fields {
		if _, stays := next.Fields[name]; !stays {
			next.Marks[name] = next.Revision
		}
	}
}
