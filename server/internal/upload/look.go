package upload

import (
	"context"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Look says how far an upload is (HEAD). A request that still waits for bytes of it is ended first, so that what came on
// a dead connection is in the answer and the next bytes follow on.
//
// Errors: upload_missing, upload_expired, unavailable.
func (s *Service) Look(ctx context.Context, device *storage.Device, id syncproto.ID) (*Status, error) {
	seat, err := s.enter(ctx, device.Person, id, nil)
	if err != nil {
		return nil, err
	}
	defer s.seats.leave(seat)
	u, err := s.mend(ctx, device.Person, id)
	if err != nil {
		return nil, err
	}
	// Each request moves the time of expiry; one that only asks moves it in steps, since it writes nothing else.
	if (u.State == storage.UploadReceiving || u.Partial) && u.Expires < s.now()+s.opt.Expiry.Milliseconds()*63/64 {
		u, err = s.update(ctx, id, func(_ storage.Tx, u *storage.Upload) error {
			s.rest(u)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return s.status(ctx, u)
}

// Terminate ends an upload (DELETE) and frees its room. The file of one that is whole was accepted, and stays: for that
// it changes nothing.
//
// Errors: upload_missing, upload_expired, unavailable.
func (s *Service) Terminate(ctx context.Context, device *storage.Device, id syncproto.ID) error {
	seat, err := s.enter(ctx, device.Person, id, nil)
	if err != nil {
		return err
	}
	defer s.seats.leave(seat)
	var gone *storage.Upload
	err = s.store.Update(ctx, func(tx storage.Tx) error {
		gone = nil
		u, err := tx.Upload(id)
		if err != nil {
			return missing(err)
		}
		if err := s.mayUse(device.Person, u); err != nil {
			return err
		}
		if device.Revoked != 0 && u.Device != device.ID { // it brings what it holds, and ends nothing of the phone in its place
			return syncproto.E(syncproto.CodeUploadMissing, "end upload", nil)
		}
		if u.State == storage.UploadWhole && !u.Partial {
			return nil
		}
		gone = u
		return tx.DeleteUpload(id)
	})
	if err == nil && gone != nil {
		s.forget(ctx, gone)
	}
	return err
}
