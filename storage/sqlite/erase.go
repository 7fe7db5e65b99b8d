package sqlite

import (
	"lantoa/storage"
	"lantoa/syncproto"
)

// EraseRecord implements storage.Eraser. Every connection that writes overwrites what it deletes, the index of words
// drops words where they stand, and the log is emptied after the commit, as soon as no view needs it. What other programs
// copied before, snapshots of a file system for example, is out of reach.
func (t *tx) EraseRecord(tombstone *syncproto.Record) error {
	const op = "erase record"
	if err := storage.CheckErased(tombstone); err != nil {
		return err
	}
	if err := t.PutRecord(tombstone, nil); err != nil {
		return err
	}
	if err := t.DropSubmission(tombstone.ID); err != nil {
		return err
	}
	id := id16(tombstone.ID)
	if _, err := t.exec(op, "DELETE FROM revisions WHERE rid = (SELECT rid FROM records WHERE id = ?)", id); err != nil {
		return err
	}
	if _, err := t.exec(op, "DELETE FROM sides WHERE record = ?", id); err != nil {
		return err
	}
	t.erased = true
	_, err := t.exec(op, "DELETE FROM dead_letters WHERE instr(wire, ?)", []byte(tombstone.ID))
	return err
}

// EraseDeadLetters implements storage.Eraser.
func (t *tx) EraseDeadLetters(person syncproto.ID) error {
	t.erased = true
	_, err := t.exec("erase dead letters", "UPDATE dead_letters SET wire = NULL WHERE person IS ?", id16(person))
	return err
}
