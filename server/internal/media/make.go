package media

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile"
	"lantoa/syncproto/picture"
)

// product is a blob that was made and has still to be put.
type product struct {
	id   storage.BlobID
	size int64
	file *workFile // nil for one in memory
	jpeg []byte
}

// inspect reads the file and makes what is to be made of it, in the work folder and in memory. A file that is not good
// is a result, not an error.
func (j *job) inspect(ctx context.Context) error {
	if err := j.s.room(ctx, j.m.Size); err != nil {
		return err
	}
	src, err := j.s.open(ctx, j.m)
	if err != nil {
		return err
	}
	defer src.Close()
	file, err := mediafile.Read(src, j.m.Size)
	if err == nil {
		j.note(file)
		err = j.strip(file)
	}
	if err == nil && j.need.any() {
		err = j.copies(ctx, src, file)
	}
	switch code := syncproto.CodeOf(err); {
	case err == nil:
		j.m.State, j.m.Code = storage.MediaReady, ""
	case refusals[code]:
		j.m.State, j.m.Code = storage.MediaRefused, code
		j.m.Served, j.m.Thumbnail, j.m.Display, j.m.Thumbhash = storage.BlobID{}, storage.BlobID{}, storage.BlobID{}, ""
		j.discard()
	default:
		return err
	}
	return nil
}

// refusals are the codes that are about the file. All others are faults of a store or a disk and pass.
var refusals = map[syncproto.Code]bool{
	syncproto.CodeMediaUnsupported: true, syncproto.CodeMediaBroken: true, syncproto.CodeMediaBomb: true,
}

// note takes down what the file is, and, apart from it, what it tells about its taking.
func (j *job) note(f *mediafile.File) {
	j.m.Type, j.m.Duration = string(f.Type), f.Info.Duration.Milliseconds()
	j.m.Width, j.m.Height = f.Info.Shown()
	facts := storage.MediaFacts{Blob: j.m.ID}
	if !f.Facts.Taken.IsZero() {
		facts.Taken, facts.Zoned = f.Facts.Taken.UnixMilli(), f.Facts.ZoneKnown
	}
	if p := f.Facts.Place; p != nil {
		facts.HasPosition, facts.Lat, facts.Lon = true, p.Lat, p.Lon
	}
	if facts.Taken != 0 || facts.HasPosition {
		j.facts = &facts
	}
}

// strip makes the copy that is served. A file that tells nothing is served itself.
func (j *job) strip(file *mediafile.File) error {
	const op = "write the served copy"
	f, err := j.s.temp()
	if err != nil {
		return err
	}
	out, h := &workFile{f}, sha256.New()
	count := &counter{w: io.MultiWriter(f, h)}
	changed, err := file.Strip(count)
	if err == nil && changed {
		err = f.Sync() // a blob store that adopts the file vouches for it from then on
	}
	if err != nil || !changed {
		j.m.Served = j.m.ID
		return errors.Join(storage.DiskFailure(op, err), storage.DiskFailure(op, out.Close()))
	}
	j.m.Served = storage.BlobID(h.Sum(nil))
	j.made = append(j.made, product{id: j.m.Served, size: count.n, file: out})
	return nil
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (n int, err error) {
	n, err = c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// copies makes the small copies that phones did not. What the decoder does not read or may not for its size is shown
// without them.
func (j *job) copies(ctx context.Context, src io.ReaderAt, file *mediafile.File) error {
	if !decodable(j.m) {
		return nil
	}
	copier := picture.Copier{Budget: j.s.opt.Budget}
	got, err := copier.Copies(ctx, io.NewSectionReader(src, 0, j.m.Size), j.m.Size, file.Info.Orientation)
	if code := syncproto.CodeOf(err); err != nil && (code == syncproto.CodeMediaBomb || code == syncproto.CodeMediaUnsupported) {
		return nil
	}
	if err != nil {
		return err
	}
	j.m.Thumbhash = base64.RawStdEncoding.EncodeToString(got.Thumbhash)
	j.m.Thumbnail, j.m.Display = storage.BlobID{}, storage.BlobID{}
	if j.need.thumbnail || j.need.display {
		j.m.Thumbnail = j.keep(got.Thumbnail.JPEG)
	}
	if j.need.display && got.Display.JPEG != nil {
		j.m.Display = j.keep(got.Display.JPEG)
	}
	return nil
}

func (j *job) keep(jpeg []byte) storage.BlobID {
	p := product{id: sha256.Sum256(jpeg), size: int64(len(jpeg)), jpeg: jpeg}
	j.made = append(j.made, p)
	return p.id
}

// decodable reports whether package picture may make copies of a file.
func decodable(m *storage.Media) bool {
	types := []string{string(mediafile.JPEG), string(mediafile.PNG), string(mediafile.WebP), string(mediafile.GIF)}
	return slices.Contains(types, m.Type) && int64(m.Width)*int64(m.Height) <= picture.DefaultPixels
}

// discard closes and removes what lies in the work folder.
func (j *job) discard() {
	for _, p := range j.made {
		if p.file != nil {
			if err := p.file.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
				j.s.opt.Log.Warn("work file not removed", "err", err)
			}
		}
	}
	j.made = nil
}
