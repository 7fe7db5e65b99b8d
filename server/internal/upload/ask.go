package upload

import (
	"context"
	"maps"

	"lantoa/server/internal/media"
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Ask says of many files how far they have come (S-165). It ends no request: for an upload that is being written the
// offset is that of the bytes that came so far. A record that says otherwise, since its media was set back to a file that
// came before, is set right.
func (s *Service) Ask(ctx context.Context, device *storage.Device, ask *syncproto.MediaAsk) (*syncproto.MediaAnswer, error) {
	var answer *syncproto.MediaAnswer
	var outdated map[syncproto.ID]bool
	err := s.store.View(ctx, func(r storage.Reader) error {
		access, err := s.access.Read(r)
		if err != nil {
			return err
		}
		rights, err := rightsOf(r, access, device)
		if err != nil {
			return err
		}
		_, held, _, err := r.UploadsOpen(device.Person)
		if err != nil {
			return err
		}
		used, err := r.MediaUsed(device.Person)
		if err != nil {
			return err
		}
		answer = &syncproto.MediaAnswer{Items: make([]syncproto.MediaStatus, len(ask.Items))}
		for i, item := range ask.Items {
			st := syncproto.MediaStatus{MediaItem: item}
			if err := s.answer(r, rights, &st, s.opt.Quota-held-used); err != nil {
				return err
			}
			answer.Items[i] = st
		}
		outdated, err = outdatedOf(r, answer)
		return err
	})
	if err == nil && len(outdated) > 0 {
		if err := s.setRight(ctx, outdated); err != nil { // the answer holds also where nothing can be written
			s.log.Warn("records not set right", "code", syncproto.CodeOf(err), "err", err)
		}
	}
	return answer, err
}

// outdatedOf returns the records of an answer that do not say what it says.
func outdatedOf(r storage.Reader, answer *syncproto.MediaAnswer) (map[syncproto.ID]bool, error) {
	out := map[syncproto.ID]bool{}
	for _, item := range answer.Items {
		switch item.State {
		case syncproto.MediaChecking, syncproto.MediaStored, syncproto.MediaRefused:
		default:
			continue
		}
		if _, seen := out[item.Record]; seen {
			continue
		}
		outdated, err := media.Outdated(r, item.Record)
		if err != nil {
			return nil, err
		}
		out[item.Record] = outdated
	}
	maps.DeleteFunc(out, func(_ syncproto.ID, outdated bool) bool { return !outdated })
	return out, nil
}

// setRight announces the files of records anew.
func (s *Service) setRight(ctx context.Context, records map[syncproto.ID]bool) error {
	var scopes []syncproto.Scope
	err := s.store.Update(ctx, func(tx storage.Tx) error {
		scopes = nil
		for id := range records {
			moved, err := media.AnnounceRecord(tx, id, s.now())
			if err != nil {
				return err
			}
			scopes = append(scopes, moved...)
		}
		return nil
	})
	if err == nil {
		s.changed(scopes)
	}
	return err
}

// answer fills in how one file stands. left is what the person's quota has room for.
func (s *Service) answer(r storage.Reader, rights *people.Rights, st *syncproto.MediaStatus, left int64) error {
	file, err := bringable(r, rights, st.Record, st.Lane, s.now())
	switch syncproto.CodeOf(err) {
	case syncproto.CodeRecordMissing, syncproto.CodeForbidden, syncproto.CodeMediaMismatch:
		st.State, st.Code = syncproto.MediaRefused, syncproto.CodeOf(err)
		return nil
	}
	if err != nil {
		return err
	}
	blob, err := storage.ParseBlobID(file.SHA256)
	if err != nil {
		return err
	}
	came, code, err := linked(r, st.MediaItem, blob)
	if err != nil {
		return err
	}
	if came == syncproto.ArrivalStored || came == syncproto.ArrivalRefused {
		st.State, st.Code = syncproto.MediaState(came), code
		return nil
	}
	u, err := r.UploadFor(rights.Person, st.Record, st.Lane)
	if err != nil && !isNotFound(err) {
		return err
	}
	if err == nil && u.Blob == blob && s.underway(u, st) {
		return nil
	}
	switch {
	case came == syncproto.ArrivalChecking: // somebody else of the unit brought it
		st.State = syncproto.MediaChecking
	case file.Size > left && !s.tasks.stuck():
		st.State, st.Code = syncproto.MediaRefused, syncproto.CodeQuota
	default:
		st.State = syncproto.MediaNeed
	}
	return nil
}

// linked says how the file stands that came for a lane of a record; "" if none came.
func linked(r storage.MediaReader, item syncproto.MediaItem, blob storage.BlobID) (syncproto.Arrival, syncproto.Code, error) {
	links, err := r.RecordMedia(item.Record)
	if err != nil {
		return "", "", err
	}
	for _, link := range links {
		if link.Lane != item.Lane || link.Blob != blob {
			continue
		}
		m, err := r.Media(blob)
		if isNotFound(err) {
			return "", "", nil
		}
		if err != nil {
			return "", "", err
		}
		state, code := media.Verdict(m, item.Lane)
		return state, code, nil
	}
	return "", "", nil
}

// underway answers by the person's own upload, if it still says anything.
func (s *Service) underway(u *storage.Upload, st *syncproto.MediaStatus) bool {
	switch {
	case s.expired(u):
		return false
	case u.State == storage.UploadWhole, u.State == storage.UploadReceiving && len(u.Parts) > 0:
		st.State = syncproto.MediaChecking
	case u.State == storage.UploadReceiving:
		st.State, st.Upload, st.Offset = syncproto.MediaReceiving, u.ID, u.Offset
		if offset, live := s.seats.offset(u.ID); live {
			st.Offset = offset
		}
	case u.State == storage.UploadRefused && u.Code == syncproto.CodeHashMismatch:
		st.State, st.Code = syncproto.MediaRefused, u.Code
	default:
		return false
	}
	return true
}
