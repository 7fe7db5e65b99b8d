package upload

import (
	"context"
	"time"

	"lantoa/server/internal/media"
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// known links a file that the server has to the record, if the person sent those bytes before or may read that file in
// this lane under another record (S-168). Whoever has only heard of a hash gains nothing by naming it.
func (a *admission) known(tx storage.Tx, rights *people.Rights) (bool, error) {
	m, err := tx.Media(a.blob)
	nobodys := isNotFound(err) || err == nil && media.Unowned(m)
	switch {
	case a.absent:
		return false, nil
	case a.noted && isNotFound(err):
		return false, nil // since it was looked at, the collection may have taken it away
	case nobodys && a.orphan:
		return true, a.claim(tx)
	case nobodys:
		return false, nil
	case err != nil:
		return false, err
	case m.State == storage.MediaArriving || m.State == storage.MediaRemoving:
		return false, nil
	}
	if may, err := a.mayRefer(tx, rights); !may && m.Person != a.device.Person || err != nil {
		return false, err
	}
	return true, a.refer(tx)
}

// maxLooked bounds the records that are read to find one under which the person may read a file: in the store's one
// writer, a stock picture that thousands of records share must not hold everybody up. Beyond it the file is sent.
const maxLooked = 64

func (a *admission) mayRefer(tx storage.Tx, rights *people.Rights) (bool, error) {
	links, err := tx.MediaLinks(a.blob)
	if err != nil {
		return false, err
	}
	for _, link := range links {
		// Whoever only saw a small copy, which is given without its metadata, must not come by its sealed bytes.
		if link.Person == a.device.Person && (link.Lane == syncproto.LaneOriginal || a.Lane != syncproto.LaneOriginal) {
			return true, nil
		}
	}
	for i, link := range links {
		if i == maxLooked {
			break
		}
		if link.Lane != a.Lane {
			continue
		}
		stored, err := tx.Record(link.Record)
		if isNotFound(err) {
			continue
		}
		if err != nil {
			return false, err
		}
		// A link to what the record announced once does not show that file any more.
		now, ok := syncproto.MediaOf(stored.Record)
		if file, has := now.File(link.Lane); !ok || !has || file.SHA256 != a.blob.String() {
			continue
		}
		if _, ok := media.Access(rights, stored, a.Lane, a.s.now()); ok {
			return true, nil
		}
	}
	return false, nil
}

// claim takes up a blob that nobody refers to: after the restore of an older database, what came since lies in the
// store and its records come again from the phones. It is looked at again.
func (a *admission) claim(tx storage.Tx) error {
	now := a.s.now()
	a.fresh = true
	err := tx.PutMedia(&storage.Media{
		ID: a.blob, Person: a.device.Person, Size: a.size, State: storage.MediaWaiting, Created: now, Due: now,
	})
	if err != nil {
		return err
	}
	return a.refer(tx)
}

// refer links the file to the record and makes an upload that is over.
func (a *admission) refer(tx storage.Tx) (err error) {
	err = tx.PutMediaLink(&storage.MediaLink{
		Blob: a.blob, Record: a.Record, Lane: a.Lane, Person: a.device.Person, At: a.s.now(),
	})
	if err != nil {
		return err
	}
	if a.scopes, err = media.AnnounceRecord(tx, a.Record, a.s.now()); err != nil {
		return err
	}
	// Asked again and again, it stays one upload.
	old, err := tx.UploadFor(a.device.Person, a.Record, a.Lane)
	switch {
	case err == nil && old.State == storage.UploadStored && old.Blob == a.blob:
		a.made = old
		return nil
	case err != nil && !isNotFound(err):
		return err
	}
	a.made = a.row(storage.UploadStored)
	return tx.PutUpload(a.made)
}

// How long the blob store is waited for at a creation, and how long it is not asked after it did not answer: then the
// file is sent again, which costs bytes and never a photo.
const (
	lookTimeout = 2 * time.Second
	lookPause   = 30 * time.Second
)

// lies reports whether a blob is in the store.
func (s *Service) lies(ctx context.Context, blob storage.BlobID, size int64) bool {
	there, _ := s.found(ctx, blob, size)
	return there
}

// found reports whether a blob is in the store; known is false if the store did not say.
func (s *Service) found(ctx context.Context, blob storage.BlobID, size int64) (there, known bool) {
	if time.Now().UnixMilli() < s.silent.Load() {
		return false, false
	}
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	info, err := s.blobs.Stat(ctx, blob)
	if err != nil && !isNotFound(err) {
		s.silent.Store(time.Now().Add(lookPause).UnixMilli())
	}
	return err == nil && info.Size == size, err == nil || isNotFound(err)
}
