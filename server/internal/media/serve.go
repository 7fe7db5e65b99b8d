package media

import (
	"context"
	"io"
	"sync"

	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile"
)

// Reading is a file that somebody may read now. It belongs to one request.
type Reading struct {
	Copy
	Lane   syncproto.Lane
	Name   string // for saving it: the record's id and the usual end
	Inline bool   // a browser may show it in place

	s      *Service
	device *storage.Device
	record syncproto.ID
	sealed bool // the original as it came
}

// Open finds what a device may read as a lane of a photo, by the rights of this moment (S-170). Nothing is read yet.
//
// Errors: not_found for what is not there and for what may not be seen, without a difference; media_waiting if the lane
// has not come; the file's code if it was refused; those of the stores.
func (s *Service) Open(ctx context.Context, device *storage.Device, record syncproto.ID, lane syncproto.Lane) (*Reading, error) {
	r := &Reading{Lane: lane, s: s, device: device, record: record, sealed: lane == syncproto.LaneOriginal}
	err := s.store.View(ctx, func(reader storage.Reader) error {
		stored, err := s.allowed(reader, device, record, lane)
		if err != nil {
			return err
		}
		p, ok, err := readPhoto(reader, stored.Record)
		if err != nil {
			return err
		}
		if !ok {
			return hidden()
		}
		r.Copy, ok = p.given(lane)
		if !ok {
			return &syncproto.Error{Code: p.missing(lane), Op: "open media", Detail: string(lane)}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if r.Size, err = s.size(ctx, r.Copy); err != nil {
		if isNotFound(err) { // a blob that a row names is gone: the operator's matter, not an answer about rights
			err = syncproto.E(syncproto.CodeStoreBroken, "open media", err)
		}
		return nil, err
	}
	t := mediafile.Type(r.Type)
	r.Name, r.Inline = string(record)+t.Extension(), t.Inline()
	if !r.Inline {
		r.Type = "application/octet-stream"
	}
	return r, nil
}

// allowed returns the record if the device may read the lane of it. Access of a Tx must not be cached, so this asks a
// snapshot.
func (s *Service) allowed(r storage.Reader, device *storage.Device, record syncproto.ID, lane syncproto.Lane) (*storage.Stored, error) {
	access, err := s.access.Read(r)
	if err != nil {
		return nil, err
	}
	rights, err := access.Of(r, device.Person)
	if err != nil {
		return nil, err
	}
	stored, err := r.Record(record)
	if isNotFound(err) {
		return nil, hidden()
	}
	if err != nil {
		return nil, err
	}
	if _, ok := Access(rights, stored, lane, s.now()); !ok {
		return nil, hidden()
	}
	return stored, nil
}

func hidden() error { return syncproto.E(syncproto.CodeNotFound, "open media", nil) }

// given returns what is given for a lane.
func (p *photo) given(lane syncproto.Lane) (Copy, bool) {
	if lane != syncproto.LaneOriginal {
		return p.shown(lane)
	}
	m := p.usable(lane)
	if m == nil {
		return Copy{}, false
	}
	return Copy{Blob: m.ID, Type: m.Type, Size: m.Size}, true
}

// Private reports whether nobody between here and the reader may keep the bytes, not even the reader's own cache.
func (r *Reading) Private() bool { return r.sealed }

// Read returns length bytes from offset on; the caller closes the reader, and ctx must live as long as it. The reading
// of an original is in the audit log before Read returns: whoever is about to get bytes calls Read, and nobody else.
func (r *Reading) Read(ctx context.Context, offset, length int64) (io.ReadCloser, error) {
	if err := r.audit(ctx, offset); err != nil {
		return nil, err
	}
	return r.s.blobs.Get(ctx, r.Blob, offset, length)
}

// Redirect returns an address of the blob store where the bytes can be had for a few minutes; "" if the operator did
// not choose that or the store cannot. The reading of an original is in the audit log before.
func (r *Reading) Redirect(ctx context.Context, disposition string) (string, error) {
	presigner, ok := r.s.blobs.(storage.BlobPresigner)
	if !ok || r.s.opt.Presign <= 0 {
		return "", nil
	}
	if err := r.audit(ctx, 0); err != nil {
		return "", err
	}
	return presigner.Presign(ctx, r.Blob, r.s.opt.Presign, r.Type, disposition)
}

// sizes remembers the sizes of blobs, which never change: asking a bucket costs a round trip for each thumbnail.
type sizes struct {
	mu    sync.Mutex
	known map[storage.BlobID]int64
}

func (s *Service) size(ctx context.Context, c Copy) (int64, error) {
	const most = 8192
	if c.Size >= 0 {
		return c.Size, nil
	}
	s.sizes.mu.Lock()
	n, ok := s.sizes.known[c.Blob]
	s.sizes.mu.Unlock()
	if ok {
		return n, nil
	}
	info, err := s.blobs.Stat(ctx, c.Blob)
	if err != nil {
		return 0, err
	}
	s.sizes.mu.Lock()
	defer s.sizes.mu.Unlock()
	if s.sizes.known == nil || len(s.sizes.known) >= most {
		s.sizes.known = map[storage.BlobID]int64{}
	}
	s.sizes.known[c.Blob] = info.Size
	return info.Size, nil
}
