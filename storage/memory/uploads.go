package memory

import (
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Upload implements storage.UploadReader.
func (r *reader) Upload(id syncproto.ID) (*storage.Upload, error) {
	u, ok := r.uploads.get(string(id))
	if !ok {
		return nil, missing("read upload")
	}
	return copyUpload(u), nil
}

// Uploads implements storage.UploadReader.
func (r *reader) Uploads(after syncproto.ID, limit int) (out []storage.Upload, err error) {
	r.uploads.under("", string(after), func(_ string, u *storage.Upload) bool {
		if len(out) == limit {
			return false
		}
		out = append(out, *copyUpload(u))
		return true
	})
	return out, nil
}

// UploadFor implements storage.UploadReader.
func (r *reader) UploadFor(person, record syncproto.ID, lane syncproto.Lane) (*storage.Upload, error) {
	var newest *storage.Upload
	r.uploads.from("", func(_ string, u *storage.Upload) bool {
		wanted := record.Valid() && u.Person == person && u.Record == record && u.Lane == lane
		if wanted && (newest == nil || u.Created >= newest.Created) {
			newest = u
		}
		return true
	})
	if newest == nil {
		return nil, missing("read upload")
	}
	return copyUpload(newest), nil
}

// UploadsOpen implements storage.UploadReader.
func (r *reader) UploadsOpen(person syncproto.ID) (count int, bytes, all int64, err error) {
	r.uploads.from("", func(_ string, u *storage.Upload) bool {
		if u.State != storage.UploadReceiving && u.State != storage.UploadWhole {
			return true
		}
		held := u.Size
		if held < 0 {
			held = u.Offset
		}
		all += held
		if u.Person == person {
			count, bytes = count+1, bytes+held
		}
		return true
	})
	return count, bytes, all, nil
}

// PutUpload implements storage.UploadWriter.
func (t *tx) PutUpload(u *storage.Upload) error {
	if !u.ID.Valid() {
		return syncproto.E(syncproto.CodeInvalidID, "store upload", nil)
	}
	t.uploads.put(string(u.ID), copyUpload(u))
	return nil
}

// DeleteUpload implements storage.UploadWriter.
func (t *tx) DeleteUpload(id syncproto.ID) error {
	t.uploads.drop(string(id))
	return nil
}

func copyUpload(u *storage.Upload) *storage.Upload {
	c := *u
	c.Hash, c.Parts = slices.Clone(u.Hash), slices.Clone(u.Parts)
	return &c
}
