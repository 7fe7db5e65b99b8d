package privacy

import (
	"context"
	"errors"
	"slices"

	"lantoa/server/internal/media"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	// batch is how many records are erased in one transaction: others wait for it for some ten milliseconds.
	batch = 50
	// maxFamily is how many records are looked for under one. More than that is found by the check, in the next round.
	maxFamily = 5000
	// maxHeight is how deep records hang, and some more.
	maxHeight = 8
)

// run works on a case until it has nothing to do. Each turn reads where it stands.
func (s *Service) run(ctx context.Context, id syncproto.ID) error {
	steps := map[stage]func(context.Context, *storage.Case, *work) error{
		stageNone: s.begin, stageRecords: s.eraseRecords, stageUploads: s.endUploads, stageFiles: s.removeFiles,
		stagePerson: s.forgetPerson, stageCheck: s.check, stageDone: s.tidy,
	}
	for {
		var c *storage.Case
		var w *work
		err := s.store.View(ctx, func(r storage.Reader) (err error) {
			if c, err = r.Case(id); err == nil {
				w, err = workOf(c)
			}
			return err
		})
		if err != nil || c.Due == 0 || c.Due > s.now() {
			return err
		}
		step, known := steps[w.Stage]
		if c.Closed != 0 {
			step, known = s.tidy, true
		}
		if !known {
			return syncproto.E(syncproto.CodeStoreBroken, "work on a case", errors.New("no such step"))
		}
		if err := s.at(ctx, "step:"+string(w.Stage)); err != nil {
			return err
		}
		if err := step(ctx, c, w); err != nil {
			return err
		}
	}
}

// at ends a step where a test wants a crash, and where the server closes.
func (s *Service) at(ctx context.Context, point string) error {
	if ctx.Err() != nil {
		return syncproto.E(syncproto.CodeUnavailable, "work on a case", ctx.Err())
	}
	return s.opt.At(point)
}

// begin starts a withdrawal. The review opened it in the transaction in which the consent was withdrawn. The other kinds
// wait for people, and begin when somebody has seen what would go.
func (s *Service) begin(ctx context.Context, c *storage.Case, _ *work) error {
	return s.change(ctx, c.ID, func(_ storage.Tx, c *storage.Case, w *work) error {
		if c.Kind != storage.CaseWithdrawal || c.Closed != 0 {
			c.Due = 0
			return nil
		}
		answerBy, doneBy := Clocks(c.Opened, false)
		c.AnswerBy = answerBy
		c.DoneBy = max(c.DoneBy, doneBy)
		if c.Record != "" {
			w.Roots = []syncproto.ID{c.Record}
		}
		w.Stage = stageRecords
		return nil
	})
}

// eraseRecords erases one batch of what is left of the roots and their families.
func (s *Service) eraseRecords(ctx context.Context, c *storage.Case, _ *work) error {
	return s.records.Change(ctx, func(tx storage.Tx, p *syncer.Putter) error {
		return changeIn(tx, c.ID, func(tx storage.Tx, c *storage.Case, w *work) error {
			left, err := leftOf(tx, w.Roots, batch)
			if err != nil {
				return err
			}
			if len(left) == 0 {
				w.Stage = stageUploads
				return nil
			}
			for _, r := range left {
				if err := s.eraseRecord(tx, p, c, w, r); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// eraseRecord erases one record. Of what it was, its kind, unit, state and times stay.
func (s *Service) eraseRecord(tx storage.Tx, p *syncer.Putter, c *storage.Case, w *work, r *syncproto.Record) error {
	if err := s.opt.At("record"); err != nil {
		return err
	}
	files, err := media.Files(tx, []syncproto.ID{r.ID})
	if err != nil {
		return err
	}
	w.note(files)
	if !slices.Contains(w.Records, r.ID) {
		w.Records = append(w.Records, r.ID)
	}
	err = p.Erase(&syncproto.Record{
		ID: r.ID, Kind: r.Kind, Unit: r.Unit, Revision: r.Revision + 1, State: r.State, Deleted: true, Erased: true,
		Received: r.Received, Changed: s.now(),
	})
	if err != nil {
		return err
	}
	return tx.AddAudit(&storage.Audit{At: s.now(), Act: ActErased, Unit: r.Unit, Record: r.ID, Detail: string(c.ID)})
}

// leftOf lists records that are not erased yet, of roots and what hangs under them, the topmost first, at most limit.
func leftOf(r storage.Reader, roots []syncproto.ID, limit int) (left []*syncproto.Record, err error) {
	for _, root := range roots {
		level := []syncproto.ID{root}
		for height := 0; height < maxHeight && len(level) > 0; height++ {
			var below []syncproto.ID
			for _, id := range level {
				stored, err := r.Record(id)
				if err != nil && !isNotFound(err) {
					return nil, err
				}
				if err == nil && !stored.Record.Erased {
					if left = append(left, stored.Record); len(left) == limit {
						return left, nil
					}
				}
				children, err := r.Children(id, maxFamily)
				if err != nil {
					return nil, err
				}
				below = append(below, children...)
			}
			level = below
		}
	}
	return left, nil
}

// endUploads ends what is on its way for the erased records; of an erasure, all that the person had begun.
func (s *Service) endUploads(ctx context.Context, c *storage.Case, w *work) error {
	erased := make(map[syncproto.ID]bool, len(w.Records))
	for _, id := range w.Records {
		erased[id] = true
	}
	ended, err := s.uploads.Erase(ctx, func(u *storage.Upload) bool {
		return erased[u.Record] || c.Kind == storage.CaseErasure && c.Person != "" && u.Person == c.Person && u.State != storage.UploadStored
	})
	if err != nil {
		return err
	}
	return s.change(ctx, c.ID, func(tx storage.Tx, _ *storage.Case, w *work) error {
		files, err := media.Files(tx, w.Records) // what came between the erasing and now
		if err != nil {
			return err
		}
		w.note(files)
		w.Uploads += ended
		w.Stage = stageFiles
		return nil
	})
}

// removeFiles condemns what the erased records had, one file after another, and then destroys it.
func (s *Service) removeFiles(ctx context.Context, c *storage.Case, w *work) error {
	files, err := blobsOf(w.Files)
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := s.at(ctx, "file"); err != nil {
			return err
		}
		err := s.files.Condemn(ctx, file, w.Records, func(tx storage.Tx, got media.Condemned) error {
			return changeIn(tx, c.ID, func(_ storage.Tx, _ *storage.Case, w *work) error {
				w.Files = slices.DeleteFunc(w.Files, func(name string) bool { return name == file.String() })
				for _, blob := range got.Blobs {
					w.Doomed = append(w.Doomed, blob.String())
				}
				if got.Shared {
					w.Shared++
				}
				return nil
			})
		})
		if err != nil {
			return err
		}
	}
	return s.destroy(ctx, c)
}

func (s *Service) destroy(ctx context.Context, c *storage.Case) error {
	var doomed []storage.BlobID
	err := s.store.View(ctx, func(r storage.Reader) error {
		c, err := r.Case(c.ID)
		if err != nil {
			return err
		}
		w, err := workOf(c)
		if err == nil {
			doomed, err = blobsOf(w.Doomed)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, blob := range doomed {
		if err := s.at(ctx, "blob"); err != nil {
			return err
		}
		if _, err := s.files.Destroy(ctx, []storage.BlobID{blob}); err != nil {
			return err
		}
	}
	return s.change(ctx, c.ID, func(_ storage.Tx, c *storage.Case, w *work) error {
		w.Stage = stageCheck
		if c.Kind == storage.CaseErasure && c.Person != "" {
			w.Stage = stagePerson
		}
		return nil
	})
}
