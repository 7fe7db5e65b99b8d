package media

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Finding is one thing that is wrong with a stored file.
type Finding string

// The findings.
const (
	FoundMissing   Finding = "missing"    // a row names a blob that is not there
	FoundDamaged   Finding = "damaged"    // the bytes are not those of the name
	FoundWrongSize Finding = "wrong_size" // the blob is not as long as its row says
	FoundOrphaned  Finding = "orphaned"   // no row knows the blob; it is collected later
)

// Report is what a verification found.
type Report struct {
	Files  int64 // rows
	Blobs  int64 // in the blob store
	Bytes  int64 // of those
	Hashed int64 // blobs that were read and hashed
	Found  map[Finding]int64
}

// Bad reports whether something is lost or damaged. Orphans are no damage.
func (r *Report) Bad() bool {
	return r.Found[FoundMissing] > 0 || r.Found[FoundDamaged] > 0 || r.Found[FoundWrongSize] > 0
}

// VerifyOptions say how much Verify reads.
type VerifyOptions struct {
	Sample   int  // blobs that are read and hashed, drawn by chance
	All      bool // read and hash all
	Found    func(storage.BlobID, Finding)
	Progress func(done, all int64) // blobs hashed
}

// Verify holds rows against blobs and blobs against their names. It may run beside a server, as another process: what
// seems wrong is asked again before it is told. Both are read in the order of ids and held side by side; 8 bytes for
// each blob are kept in memory, by which it is found again as what was made of a file. Nothing is changed.
func (s *Service) Verify(ctx context.Context, o VerifyOptions) (*Report, error) {
	if o.Found == nil {
		o.Found = func(storage.BlobID, Finding) {}
	}
	if o.Progress == nil {
		o.Progress = func(int64, int64) {}
	}
	v := &verification{s: s, o: o, report: Report{Found: map[Finding]int64{}}}
	for _, pass := range []func(context.Context) error{v.merge, v.products, v.hash} {
		if err := pass(ctx); err != nil {
			return &v.report, err
		}
	}
	return &v.report, nil
}

type verification struct {
	s      *Service
	o      VerifyOptions
	report Report
	there  []uint64         // the beginnings of the ids of all blobs, in order
	sample []storage.BlobID // blobs that are hashed, if not all
	alone  []storage.BlobID // blobs for which no row was found, to be asked for together
}

func (v *verification) found(id storage.BlobID, f Finding) {
	v.report.Found[f]++
	v.o.Found(id, f)
}

const verifyPage = 1000

// list reads in pages, in the order of ids.
type list[T any] struct {
	read  func(after storage.BlobID) ([]T, error) // a page shorter than verifyPage is the last
	id    func(*T) storage.BlobID
	page  []T
	after storage.BlobID
	ended bool
}

// first returns what is next without passing it; nil at the end.
func (l *list[T]) first() (*T, error) {
	if len(l.page) == 0 && !l.ended {
		page, err := l.read(l.after)
		if err != nil {
			return nil, err
		}
		l.page, l.ended = page, len(page) < verifyPage
		if len(page) > 0 {
			l.after = l.id(&page[len(page)-1])
		}
	}
	if len(l.page) == 0 {
		return nil, nil
	}
	return &l.page[0], nil
}

func (l *list[T]) pass() { l.page = l.page[1:] }

func (v *verification) blobs(ctx context.Context) *list[storage.BlobInfo] {
	return &list[storage.BlobInfo]{
		read: func(after storage.BlobID) ([]storage.BlobInfo, error) { return v.s.blobs.List(ctx, after, verifyPage) },
		id:   func(b *storage.BlobInfo) storage.BlobID { return b.ID },
	}
}

func (v *verification) rows(ctx context.Context) *list[storage.Media] {
	return &list[storage.Media]{
		read: func(after storage.BlobID) (page []storage.Media, err error) {
			err = v.s.store.View(ctx, func(r storage.Reader) (err error) {
				page, err = r.MediaList(after, verifyPage)
				return err
			})
			return page, err
		},
		id: func(m *storage.Media) storage.BlobID { return m.ID },
	}
}

// merge goes through rows and blobs side by side.
func (v *verification) merge(ctx context.Context) error {
	rows, blobs := v.rows(ctx), v.blobs(ctx)
	for {
		m, err := rows.first()
		if err != nil {
			return err
		}
		b, err := blobs.first()
		if err != nil {
			return err
		}
		order := 0
		switch {
		case m == nil && b == nil:
			return v.orphans(ctx)
		case m == nil:
			order = 1
		case b == nil:
			order = -1
		default:
			order = bytes.Compare(m.ID[:], b.ID[:])
		}
		if order >= 0 {
			v.count(b)
			blobs.pass()
		} else {
			b = nil
		}
		if order <= 0 {
			rows.pass()
		} else {
			m = nil
		}
		if err := v.compare(ctx, m, b); err != nil {
			return err
		}
	}
}

// compare holds a row against the blob of its id; either may be nil.
func (v *verification) compare(ctx context.Context, m *storage.Media, b *storage.BlobInfo) error {
	if m == nil || Unowned(m) {
		if b == nil {
			return nil
		}
		if v.alone = append(v.alone, b.ID); len(v.alone) < verifyPage {
			return nil
		}
		return v.orphans(ctx)
	}
	v.report.Files++
	if b != nil && b.Size == m.Size {
		return nil
	}
	return v.look(ctx, m, m.ID)
}

// count notes a blob, and draws the sample: each blob is in it with the same chance.
func (v *verification) count(b *storage.BlobInfo) {
	v.report.Blobs++
	v.report.Bytes += b.Size
	v.there = append(v.there, beginning(b.ID))
	if v.o.All {
		return
	}
	if len(v.sample) < v.o.Sample {
		v.sample = append(v.sample, b.ID)
	} else if at := rand.Int64N(v.report.Blobs); at < int64(len(v.sample)) {
		v.sample[at] = b.ID
	}
}

func beginning(id storage.BlobID) uint64 { return binary.BigEndian.Uint64(id[:]) }

// orphans counts those of the blobs without a row that were made of no file.
func (v *verification) orphans(ctx context.Context) error {
	var free []storage.BlobID
	err := v.s.store.View(ctx, func(r storage.Reader) error {
		for _, id := range v.alone {
			m, err := r.Media(id)
			if err == nil && !Unowned(m) {
				continue // it came since
			}
			if err != nil && !isNotFound(err) {
				return err
			}
			made, err := r.MediaMade(id)
			if err != nil {
				return err
			}
			if !made {
				free = append(free, id)
			}
		}
		return nil
	})
	v.alone = v.alone[:0]
	if err != nil {
		return err
	}
	for _, id := range free {
		if _, err := v.s.blobs.Stat(ctx, id); err == nil {
			v.found(id, FoundOrphaned)
		} else if !isNotFound(err) {
			return err
		}
	}
	return nil
}

// products looks for the blobs that were made of files.
func (v *verification) products(ctx context.Context) error {
	rows, told := v.rows(ctx), map[storage.BlobID]bool{}
	for {
		m, err := rows.first()
		if err != nil || m == nil {
			return err
		}
		rows.pass()
		for _, id := range []storage.BlobID{m.Served, m.Thumbnail, m.Display} {
			if id == (storage.BlobID{}) || id == m.ID || told[id] {
				continue
			}
			if _, there := slices.BinarySearch(v.there, beginning(id)); there {
				continue
			}
			told[id] = true // several files may have one copy
			if err := v.look(ctx, m, id); err != nil {
				return err
			}
		}
	}
}

// look checks one blob of a row that seems to be missing or of another size.
func (v *verification) look(ctx context.Context, m *storage.Media, id storage.BlobID) error {
	if m.State == storage.MediaArriving || m.State == storage.MediaRemoving {
		return nil // the bytes may be there or not
	}
	info, err := v.s.blobs.Stat(ctx, id) // it may have come since it was listed
	if err != nil && !isNotFound(err) {
		return err
	}
	if err == nil && (id != m.ID || info.Size == m.Size) {
		return nil
	}
	still := false // the row may have gone since it was listed
	viewed := v.s.store.View(ctx, func(r storage.Reader) error {
		now, err := r.Media(m.ID)
		if isNotFound(err) {
			return nil
		}
		still = err == nil && now.State == m.State && (id == m.ID || id == now.Served || id == now.Thumbnail || id == now.Display)
		return err
	})
	switch {
	case viewed != nil:
		return viewed
	case !still:
	case err != nil:
		v.found(id, FoundMissing)
	default:
		v.found(id, FoundWrongSize)
	}
	return nil
}

// hash reads blobs and compares them with their names.
func (v *verification) hash(ctx context.Context) error {
	if !v.o.All {
		for i, id := range v.sample {
			v.o.Progress(int64(i), int64(len(v.sample)))
			if err := v.hashOne(ctx, id); err != nil {
				return err
			}
		}
		v.o.Progress(int64(len(v.sample)), int64(len(v.sample)))
		return nil
	}
	blobs := v.blobs(ctx)
	for done := int64(0); ; done++ {
		b, err := blobs.first()
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		blobs.pass()
		v.o.Progress(min(done, v.report.Blobs), v.report.Blobs)
		if err := v.hashOne(ctx, b.ID); err != nil {
			return err
		}
	}
	v.o.Progress(v.report.Blobs, v.report.Blobs)
	return nil
}

func (v *verification) hashOne(ctx context.Context, id storage.BlobID) error {
	good, err := v.s.intact(ctx, id)
	if isNotFound(err) {
		return nil // removed meanwhile, or counted as missing
	}
	if err != nil {
		return err
	}
	v.report.Hashed++
	if !good {
		v.found(id, FoundDamaged)
	}
	return nil
}

// intact reads a blob and reports whether its bytes are those of its name. A disk that cannot read it is damage, too.
func (s *Service) intact(ctx context.Context, id storage.BlobID) (bool, error) {
	body, err := s.blobs.Get(ctx, id, 0, -1)
	if err != nil {
		return false, err
	}
	defer body.Close()
	h := sha256.New()
	if _, err := io.Copy(h, body); err != nil {
		if e, ok := errors.AsType[*syncproto.Error](err); ok && e.Code == syncproto.CodeStoreBroken {
			return false, nil
		}
		return false, err
	}
	return storage.BlobID(h.Sum(nil)) == id, nil
}
