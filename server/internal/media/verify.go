package media

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"

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
// seems wrong is asked again before it is told. It keeps the ids of all blobs in memory, about 100 bytes for each.
// Nothing is changed.
func (s *Service) Verify(ctx context.Context, o VerifyOptions) (*Report, error) {
	if o.Found == nil {
		o.Found = func(storage.BlobID, Finding) {}
	}
	if o.Progress == nil {
		o.Progress = func(int64, int64) {}
	}
	v := &verification{s: s, o: o, report: Report{Found: map[Finding]int64{}}, sizes: map[storage.BlobID]int64{}, unowned: map[storage.BlobID]bool{}}
	for _, pass := range []func(context.Context) error{v.list, v.compare, v.leftOver, v.hash} {
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
	sizes  map[storage.BlobID]int64 // of blobs that no row has named yet
	order  []storage.BlobID
	// unowned are blobs whose rows say that nobody needs them. They are orphans all the same.
	unowned map[storage.BlobID]bool
}

func (v *verification) found(id storage.BlobID, f Finding) {
	v.report.Found[f]++
	v.o.Found(id, f)
}

const verifyPage = 1000

func (v *verification) list(ctx context.Context) error {
	for after := (storage.BlobID{}); ; {
		page, err := v.s.blobs.List(ctx, after, verifyPage)
		if err != nil {
			return err
		}
		for _, info := range page {
			v.sizes[info.ID] = info.Size
			v.order = append(v.order, info.ID)
			v.report.Blobs++
			v.report.Bytes += info.Size
		}
		if len(page) < verifyPage {
			return nil
		}
		after = page[len(page)-1].ID
	}
}

// compare looks for the blobs of all rows that say that they have some.
func (v *verification) compare(ctx context.Context) error {
	named := map[storage.BlobID]bool{}
	for after := (storage.BlobID{}); ; {
		var page []storage.Media
		err := v.s.store.View(ctx, func(r storage.Reader) (err error) {
			page, err = r.MediaList(after, verifyPage)
			return err
		})
		if err != nil {
			return err
		}
		for i := range page {
			m := &page[i]
			if Unowned(m) {
				v.unowned[m.ID] = true
				continue
			}
			v.report.Files++
			for _, id := range []storage.BlobID{m.ID, m.Served, m.Thumbnail, m.Display} {
				if id == (storage.BlobID{}) || named[id] && id != m.ID {
					continue
				}
				named[id] = true
				if err := v.look(ctx, m, id); err != nil {
					return err
				}
			}
		}
		if len(page) < verifyPage {
			break
		}
		after = page[len(page)-1].ID
	}
	for id := range named {
		delete(v.sizes, id)
	}
	return nil
}

// look checks one blob of a row.
func (v *verification) look(ctx context.Context, m *storage.Media, id storage.BlobID) error {
	if m.State == storage.MediaArriving || m.State == storage.MediaRemoving {
		return nil // the bytes may be there or not
	}
	size, there := v.sizes[id]
	if there && (id != m.ID || size == m.Size) {
		return nil
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

// leftOver counts the blobs that no row knows.
func (v *verification) leftOver(ctx context.Context) error {
	for id := range v.sizes {
		var free bool
		err := v.s.store.View(ctx, func(r storage.Reader) (err error) {
			free, err = nobodys(r, id)
			return err
		})
		if err != nil {
			return err
		}
		if !free && !v.unowned[id] {
			continue
		}
		if _, err := v.s.blobs.Stat(ctx, id); err == nil {
			v.found(id, FoundOrphaned)
		} else if !isNotFound(err) {
			return err
		}
	}
	return nil
}

// hash reads blobs and compares them with their names.
func (v *verification) hash(ctx context.Context) error {
	if !v.o.All {
		pick(v.order, v.o.Sample)
		v.order = v.order[:min(len(v.order), max(v.o.Sample, 0))]
	}
	for i, id := range v.order {
		v.o.Progress(int64(i), int64(len(v.order)))
		good, err := v.s.intact(ctx, id)
		if isNotFound(err) {
			continue // removed meanwhile, or counted as missing
		}
		if err != nil {
			return err
		}
		v.report.Hashed++
		if !good {
			v.found(id, FoundDamaged)
		}
	}
	v.o.Progress(int64(len(v.order)), int64(len(v.order)))
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

// pick brings n ids to the front by chance; a sample that can be foretold proves little.
func pick(ids []storage.BlobID, n int) {
	for i := range min(n, len(ids)) {
		j := i + rand.IntN(len(ids)-i)
		ids[i], ids[j] = ids[j], ids[i]
	}
}
