package mobilesdk

import (
	"context"

	"lantoa/mobile-sdk/internal/phonestore"
)

// clockTolerance is how far, in ms, a phone's clock may be off before the person is told.
const clockTolerance = 5 * 60 * 1000

// Status returns what there is to know about the profile. It never waits for the network.
func (e *Engine) Status(ctx context.Context) (*Status, error) {
	var out *Status
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		s, err := tx.State()
		if err != nil {
			return err
		}
		counts, err := tx.Counts()
		if err != nil {
			return err
		}
		out = &Status{
			Profile: e.cfg.Profile, Enrolled: s.Device != "", Revoked: s.Revoked, Server: s.Server, Device: s.Device,
			Person: s.Person, Name: s.Name, Unit: s.Unit, UnitName: s.UnitName, Role: s.Role, Unsent: counts.Unsent,
			Rejected: counts.Rejected, Quarantined: counts.Quarantined, Unexported: counts.Unexported, LastSync: s.LastSync,
			LastError: s.LastError, CaughtUp: s.CaughtUp, ClockOff: s.ClockOff, Repairs: s.Repairs, Forks: s.Forks,
			Epoch: s.Epoch, BytesUp: s.BytesUp, BytesDown: s.BytesDown,
		}
		files, err := tx.MediaCounts()
		if err != nil {
			return err
		}
		out.FilesUnsent, out.FilesOnly, out.FilesSealed = files.Unsent, files.Only, e.vault.Sealed()
		if out.FilesParked, err = e.parked(tx, s); err != nil {
			return err
		}
		out.ClockWarning = s.ClockOff > clockTolerance || s.ClockOff < -clockTolerance
		if s.LastError != "" {
			out.LastSentence = e.sentence(s.LastError)
		}
		if s.Ended > 0 {
			left, err := e.leftOver(tx, s)
			if err != nil {
				return err
			}
			out.Left, out.FilesUnsent = left.items, left.files
		}
		out.Ended, out.Removed = s.Ended > 0, s.Removed > 0 && s.Device == ""
		out.EndedSentence = e.endedSentence(s, out.Left)
		if out.States, err = tx.CountStates(s.Self().Person); err != nil {
			return err
		}
		if out.Conflicts, err = tx.CountOpenConflicts(); err != nil {
			return err
		}
		out.Records, err = tx.CountRecords()
		return err
	})
	return out, err
}
