package upload

import (
	"lantoa/server/internal/media"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Status is what a client is told of an upload.
type Status struct {
	ID       syncproto.ID
	Offset   int64
	Size     int64 // -1 while the length is deferred
	State    syncproto.MediaState
	Code     syncproto.Code // why it was refused
	Expires  int64          // Unix ms until when it may rest; 0 if that is no question any more
	Metadata string         // as it came
	Partial  bool
	Parts    []syncproto.ID // of a final upload
}

// statusOf says how an upload stands. One whose bytes are a blob stands as its file does: that may have been looked at
// and refused since.
func statusOf(r storage.MediaReader, u *storage.Upload) (*Status, error) {
	st := &Status{
		ID: u.ID, Offset: u.Offset, Size: u.Size, State: syncproto.MediaReceiving, Code: u.Code, Expires: u.Expires,
		Metadata: u.Metadata, Partial: u.Partial, Parts: u.Parts,
	}
	switch u.State {
	case storage.UploadReceiving:
		if u.Code == lengthLater {
			st.Size, st.Code = -1, ""
		}
		return st, nil
	case storage.UploadWhole:
		st.State = syncproto.MediaChecking
	case storage.UploadRefused:
		st.State = syncproto.MediaRefused
	case storage.UploadStored:
		st.State = syncproto.MediaStored
		m, err := r.Media(u.Blob)
		if err != nil && !isNotFound(err) {
			return nil, err
		}
		if err == nil {
			if state, code := media.Verdict(m, u.Lane); state == syncproto.ArrivalRefused {
				st.State, st.Code = syncproto.MediaRefused, code
			}
		}
	}
	if !u.Partial {
		st.Expires = 0
	}
	return st, nil
}

// expired reports whether an upload rested too long.
func (s *Service) expired(u *storage.Upload) bool {
	return (u.State == storage.UploadReceiving || u.Partial) && u.State != storage.UploadRefused && u.Expires < s.now()
}

// mayUse says whether a person may go on with an upload, and why not.
func (s *Service) mayUse(person syncproto.ID, u *storage.Upload) error {
	const op = "find upload"
	switch {
	case u.Person != person:
		return syncproto.E(syncproto.CodeUploadMissing, op, nil)
	case s.expired(u), u.State == storage.UploadRefused && u.Code == syncproto.CodeUploadExpired:
		return syncproto.E(syncproto.CodeUploadExpired, op, nil)
	}
	return nil
}
