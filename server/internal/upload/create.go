package upload

import (
	"context"
	"slices"
	"strings"

	"lantoa/server/internal/media"
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// maxMetadata bounds the Upload-Metadata that a row keeps.
const maxMetadata = 4 << 10

// Creation is what a request for a new upload says (S-163).
type Creation struct {
	Record   syncproto.ID   // "" for a part of a concatenation
	Lane     syncproto.Lane // "" for a part
	Size     int64          // -1 for a length that is said later
	Partial  bool           // a part of a concatenation
	Parts    []syncproto.ID // of a final upload, in order; Size is not looked at then
	Metadata string         // as it came, to be given back; at most 4 KiB
}

// Create makes an upload, and takes its first bytes if chunk is not nil; their Offset is not looked at. Asking again for
// the same file of the same record gives the upload that is there. A file that the person may refer to without sending
// it comes back with its whole length as the offset (S-168).
//
// Errors: invalid_value, media_mismatch, record_missing, forbidden, quota_exceeded, server_full, too_large, hash_mismatch for a file that
// came wrong three times, and those of Write. A status beside an error is that of an upload that was made, and can be
// gone on with.
func (s *Service) Create(ctx context.Context, device *storage.Device, c Creation, chunk *Chunk) (*Status, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if len(c.Parts) > 0 {
		return s.createFinal(ctx, device, c)
	}
	u, err := s.admit(ctx, device, c)
	if err != nil {
		return nil, err
	}
	if u.State == storage.UploadReceiving && chunk == nil && u.Size == 0 {
		chunk = &Chunk{Body: nothing{}} // an empty file is whole at once
	}
	if u.State != storage.UploadReceiving || chunk == nil {
		return s.status(ctx, u)
	}
	seat, err := s.seats.take(ctx, u.ID, chunk.Body.Cut)
	if err == nil {
		defer s.seats.leave(seat)
		first := *chunk
		first.Size, first.anew = -1, true
		var st *Status
		if st, err = s.write(ctx, device, seat, &first); err == nil {
			return st, nil
		}
	}
	st, serr := s.status(context.WithoutCancel(ctx), u)
	if serr != nil {
		return nil, err
	}
	return st, err
}

func (c *Creation) check() error {
	const op = "create upload"
	switch {
	case len(c.Metadata) > maxMetadata:
		return &syncproto.Error{Code: syncproto.CodeTooLarge, Op: op, Detail: "upload-metadata"}
	case c.Partial && (len(c.Parts) > 0 || c.Size < 0):
		// A part whose length nobody knows is room that nobody counts; clients that know of parts know their length.
		return invalid(op, "upload-concat")
	case c.Size > syncproto.MaxMediaBytes:
		return &syncproto.Error{Code: syncproto.CodeTooLarge, Op: op, Detail: "upload-length"}
	case c.Partial:
		return nil
	case !c.Record.Valid():
		return invalid(op, "record")
	case !c.Lane.Valid():
		return invalid(op, "lane")
	}
	return nil
}

// status reads how an upload stands.
func (s *Service) status(ctx context.Context, u *storage.Upload) (st *Status, err error) {
	err = s.store.View(ctx, func(r storage.Reader) error {
		now, err := r.Upload(u.ID)
		if isNotFound(err) {
			now, err = u, nil
		}
		if err == nil {
			st, err = statusOf(r, now)
		}
		return err
	})
	return st, err
}

// admission is the work on one creation inside its transaction.
type admission struct {
	s      *Service
	device *storage.Device
	Creation
	access   *people.Access
	free     int64 // bytes that uploads may be promised
	promised int64 // bytes that they were promised a moment ago
	orphan   bool  // the bytes lie in the blob store and nobody refers to them
	noted    bool  // of an orphan: there is a row without an owner, by which the collection takes it away one day
	held     bool  // a row says that the bytes lie in the blob store
	absent   bool  // they do not: the database is from a backup that is older than their removal

	blob     storage.BlobID
	size     int64 // as the record announces it, or as a part says
	made     *storage.Upload
	replaced *storage.Upload
	spare    []*storage.Upload // parts of a final upload that is not needed
	scopes   []syncproto.Scope
	fresh    bool // a file is to be looked at
}

// admit makes the row of an upload, or finds the one there is.
func (s *Service) admit(ctx context.Context, device *storage.Device, c Creation) (*storage.Upload, error) {
	a := &admission{s: s, device: device, Creation: c}
	if err := s.store.View(ctx, a.look); err != nil {
		return nil, err
	}
	err := a.seek(ctx)
	if err != nil {
		return nil, err
	}
	if a.free, err = s.room(ctx, a.size+a.promised); err != nil {
		return nil, err
	}
	if err := s.store.Update(ctx, a.run); err != nil {
		return nil, err
	}
	if a.replaced != nil {
		s.forget(ctx, a.replaced)
	}
	s.changed(a.scopes)
	if a.fresh {
		s.opt.Stored()
	}
	return a.made, nil
}

// seek asks the blob store for the file, also where the answer does not matter: otherwise the time would tell whether
// others have it (S-168). Where it does not answer, a file can be sent again, which costs bytes; a claim is for a phone
// that has none to send, and has to wait.
func (a *admission) seek(ctx context.Context) error {
	if a.Partial {
		return nil
	}
	there, known := a.s.found(ctx, a.blob, a.size)
	if !known && slices.Contains(strings.Split(a.Metadata, ","), syncproto.UploadClaim) {
		return syncproto.E(syncproto.CodeUnavailable, "claim file", nil)
	}
	a.orphan = a.orphan && there
	a.absent = a.held && known && !there
	return nil
}

// look checks what can be checked before the store's one writer is asked, and whether the blob store is worth asking.
func (a *admission) look(r storage.Reader) (err error) {
	if a.access, err = a.s.access.Read(r); err != nil {
		return err
	}
	if _, _, a.promised, err = r.UploadsOpen(a.device.Person); err != nil {
		return err
	}
	if err = a.announced(r, a.access); err != nil || a.Partial {
		return err
	}
	m, err := r.Media(a.blob)
	a.noted = err == nil && media.Unowned(m)
	a.orphan = isNotFound(err) || a.noted
	if err != nil && !a.orphan {
		return err
	}
	a.held = !a.orphan && m.State != storage.MediaArriving && m.State != storage.MediaRemoving
	if a.orphan {
		// What was made of another file is not claimed: it goes when that one goes.
		made, err := r.MediaMade(a.blob)
		a.orphan = !made
		return err
	}
	return nil
}

// announced sets what the bytes must be, if the person may bring them (S-163).
func (a *admission) announced(r storage.Reader, access *people.Access) error {
	if a.Partial {
		a.size = a.Size
		return nil
	}
	rights, err := rightsOf(r, access, a.device)
	if err != nil {
		return err
	}
	file, err := bringable(r, rights, a.Record, a.Lane, a.s.now())
	if err != nil {
		return err
	}
	if a.Size >= 0 && a.Size != file.Size {
		return &syncproto.Error{Code: syncproto.CodeMediaMismatch, Op: "create upload", Detail: "upload-length"}
	}
	a.size = file.Size
	a.blob, err = storage.ParseBlobID(file.SHA256)
	return err
}

// rightsOf returns what a device may do: that of its person or, once its access ended, what the person's own is (S-188). Whoever
// found an editor's lost phone asks it in vain how the files of others stand.
func rightsOf(r storage.PeopleReader, access *people.Access, device *storage.Device) (*people.Rights, error) {
	if device.Revoked != 0 {
		return access.None(device.Person), nil
	}
	return access.Of(r, device.Person)
}

// bringable returns the file that a record announces for a lane, if a person may bring it: the author, or an editor of
// the unit.
func bringable(r storage.RecordReader, rights *people.Rights, record syncproto.ID, lane syncproto.Lane, now int64) (syncproto.MediaFile, error) {
	const op = "find what is announced"
	none := syncproto.MediaFile{}
	stored, err := r.Record(record)
	if isNotFound(err) || err == nil && stored.Record.Deleted {
		return none, syncproto.E(syncproto.CodeRecordMissing, op, err)
	}
	if err != nil {
		return none, err
	}
	if stored.Record.Author != rights.Person && !rights.On(stored.Record.Unit, now).Editor {
		// Whoever may read the original is its author or an editor of where it is placed.
		if _, ok := media.Access(rights, stored, syncproto.LaneOriginal, now); !ok {
			return none, syncproto.E(syncproto.CodeForbidden, op, nil)
		}
	}
	announced, ok := syncproto.MediaOf(stored.Record)
	if !ok {
		return none, &syncproto.Error{Code: syncproto.CodeMediaMismatch, Op: op, Detail: syncproto.MediaField}
	}
	file, ok := announced.File(lane)
	if !ok {
		return none, &syncproto.Error{Code: syncproto.CodeMediaMismatch, Op: op, Detail: string(lane)}
	}
	return file, nil
}

// run is the transaction.
func (a *admission) run(tx storage.Tx) error {
	a.made, a.replaced, a.scopes, a.fresh = nil, nil, nil, false
	access, err := a.access.Within(tx)
	if err != nil {
		return err
	}
	if err := a.announced(tx, access); err != nil {
		return err
	}
	if !a.Partial {
		rights, err := rightsOf(tx, access, a.device)
		if err != nil {
			return err
		}
		if known, err := a.known(tx, rights); known || err != nil {
			return err
		}
		if there, err := a.there(tx); there || err != nil {
			return err
		}
	}
	if err := a.fits(tx); err != nil {
		return err
	}
	a.made = a.row(storage.UploadReceiving)
	return tx.PutUpload(a.made)
}

// row is the new upload.
func (a *admission) row(state storage.UploadState) *storage.Upload {
	now := a.s.now()
	u := &storage.Upload{
		ID: syncproto.NewID(), Person: a.device.Person, Device: a.device.ID, Record: a.Record, Lane: a.Lane, Blob: a.blob,
		Size: a.size, State: state, Partial: a.Partial, Parts: a.Parts, Metadata: a.Metadata, Created: now, Changed: now,
	}
	a.s.rest(u)
	switch {
	case state == storage.UploadStored:
		u.Offset, u.Expires = a.size, now+memory.Milliseconds()
	case a.Size < 0 && len(a.Parts) == 0:
		u.Code = lengthLater
	}
	return u
}

// lengthLater stands as the code of an upload that is being received and whose sender has not said the length yet. The
// row has it all the same, from the record: it is what the upload holds of the quota and of the disk (S-163).
const lengthLater syncproto.Code = "length_later"

// there finds the upload that a phone created before, when the answer was lost on its way. One for a file that the record
// does not announce any more, or of other properties, makes room.
func (a *admission) there(tx storage.Tx) (bool, error) {
	old, err := tx.UploadFor(a.device.Person, a.Record, a.Lane)
	if isNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	same := old.Blob == a.blob
	switch {
	case old.State == storage.UploadWhole && same:
		a.made = old
		return true, nil
	case old.State == storage.UploadRefused && same && old.Code == syncproto.CodeHashMismatch && old.Expires >= a.s.now():
		// The phone would send the same wrong bytes for ever. A new announcement helps, or a day.
		return false, syncproto.E(old.Code, "create upload", nil)
	case old.State != storage.UploadReceiving || old.Device != a.device.ID:
		return false, nil
	case same && old.Size == a.size && len(old.Parts) == 0 && !a.s.expired(old):
		a.s.rest(old)
		if a.Size >= 0 {
			old.Code = ""
		}
		a.made = old
		return true, tx.PutUpload(old)
	}
	a.replaced = old
	return false, tx.DeleteUpload(old.ID)
}
