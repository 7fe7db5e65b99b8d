package memory

import (
	"strings"

	"lantoa/storage"
	"lantoa/syncproto"
)

// EraseRecord implements storage.Eraser.
func (t *tx) EraseRecord(tombstone *syncproto.Record) error {
	if err := storage.CheckErased(tombstone); err != nil {
		return err
	}
	if err := t.PutRecord(tombstone, nil); err != nil {
		return err
	}
	id := string(tombstone.ID)
	last := number(uint64(tombstone.Revision))
	t.revisions.under(id, "", func(rest string, _ *syncproto.Record) bool {
		if rest != last {
			t.revisions.drop(id + rest)
		}
		return true
	})
	t.sides.under(id, "", func(rest string, _ syncproto.Value) bool {
		t.sides.drop(id + rest)
		return true
	})
	t.letters.from("", func(key string, d *storage.DeadLetter) bool {
		if strings.Contains(string(d.Wire), id) {
			t.letters.drop(key)
		}
		return true
	})
	return t.DropSubmission(tombstone.ID)
}

// EraseDeadLetters implements storage.Eraser.
func (t *tx) EraseDeadLetters(person syncproto.ID) error {
	t.letters.from("", func(key string, d *storage.DeadLetter) bool {
		if d.Person == person && d.Wire != nil {
			c := *d
			c.Wire = nil
			t.letters.put(key, &c)
		}
		return true
	})
	return nil
}
