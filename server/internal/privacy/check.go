package privacy

import (
	"context"
	"time"

	"lantoa/server/internal/media"
	"lantoa/storage"
)

// check looks whether anything is left, and ends the work if nothing is. Otherwise it begins again: a phone may have hung
// something under a story just before it went.
func (s *Service) check(ctx context.Context, c *storage.Case, w *work) error {
	left, err := s.lies(ctx, w)
	if err != nil {
		return err
	}
	return s.change(ctx, c.ID, func(tx storage.Tx, c *storage.Case, w *work) error {
		if c.Kind == storage.CaseErasure && c.Person != "" {
			more, err := s.roots(tx, c, w)
			if err != nil {
				return err
			}
			w.Roots = more.roots
		}
		again, err := leftOf(tx, w.Roots, 1)
		if err != nil {
			return err
		}
		files, err := media.Files(tx, w.Records)
		if err != nil {
			return err
		}
		if len(again) > 0 || len(files) > 0 || left {
			w.note(files)
			w.Stage, c.Due = stageRecords, s.now()+s.pause(w)
			return nil
		}
		return s.finish(tx, c, w)
	})
}

// lies reports whether bytes of a condemned blob are still there and nobody brought them anew.
func (s *Service) lies(ctx context.Context, w *work) (bool, error) {
	doomed, err := blobsOf(w.Doomed)
	if err != nil {
		return false, err
	}
	for _, id := range doomed {
		_, err := s.blobs.Stat(ctx, id)
		if isNotFound(err) {
			continue
		}
		if err != nil {
			return false, err
		}
		var owned bool
		err = s.store.View(ctx, func(r storage.Reader) error {
			m, err := r.Media(id)
			owned = err == nil && m.State != storage.MediaRemoving && !media.Unowned(m)
			if isNotFound(err) {
				owned, err = r.MediaMade(id)
			}
			return err
		})
		if err != nil || !owned {
			return err == nil, err
		}
	}
	return false, nil
}

// keepTexts is how long the texts of a closed case are kept: whoever asks again within a year asks about it.
const keepTexts = 365 * 24 * time.Hour

// finish ends the work. A withdrawal is over with it, and was answered to whoever withdrew by the act itself; of an erasure
// somebody tells the person and closes it.
func (s *Service) finish(tx storage.Tx, c *storage.Case, w *work) error {
	now := s.now()
	w.prove(c.ID, now)
	c.Due = 0
	if c.Kind == storage.CaseWithdrawal {
		c.Closed, c.Result = now, ResultDone
		if c.Answered == 0 {
			c.Answered = now
		}
		c.Due = dueTidy(c)
	}
	return tx.AddAudit(&storage.Audit{At: now, Act: ActWorked, Unit: c.Unit, Record: c.ID, Detail: string(c.Kind)})
}

// dueTidy returns when the texts of a closed case go; 0 if it has none.
func dueTidy(c *storage.Case) int64 {
	if c.Who == "" && c.Note == "" {
		return 0
	}
	return c.Closed + keepTexts.Milliseconds()
}

// tidy takes the texts out of a case that has been closed for a year.
func (s *Service) tidy(ctx context.Context, c *storage.Case, _ *work) error {
	return s.change(ctx, c.ID, func(_ storage.Tx, c *storage.Case, _ *work) error {
		if c.Closed != 0 && dueTidy(c) <= s.now() {
			c.Who, c.Note = "", ""
		}
		c.Due = 0
		return nil
	})
}

// Names of acts in the audit log. A case's own acts have its id as the record.
const (
	ActErased    = "privacy.erased" // a record, by the worker; the detail is the case
	ActWorked    = "privacy.worked"
	ActOpened    = "privacy.opened"
	ActRead      = "privacy.read"
	ActAnswered  = "privacy.answered"
	ActExtended  = "privacy.extended"
	ActCorrected = "privacy.corrected"
	ActErasing   = "privacy.erasing"
	ActClosed    = "privacy.closed"
	ActExported  = "privacy.exported"
)

// Results of a case.
const (
	ResultDone    = "done"
	ResultPartly  = "partly"
	ResultRefused = "refused"
)
