package mobilesdk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile"
)

// Keep says where the bytes of an attached file stay until the server has them.
type Keep int

// The ways of keeping.
const (
	KeepCopy      Keep = iota // copied into the profile's folder, sealed if the profile has a PIN
	KeepReference             // left where they are: the phone's gallery. Nothing is copied; a file that is changed or deleted there is not sent
)

// File is a photo, video or recording on the phone.
type File struct {
	Path string
	Keep Keep
	// Poster is a picture that stands for a file which the engine cannot draw: a frame of a video, the preview of a HEIC
	// photo. "" for none. It is read before AttachFile returns and not needed afterwards.
	Poster string
	// Progress, which may be nil, hears a few times a second how much of the file was read: a long film takes as long as
	// the disk does. It is called by the goroutine that called AttachFile; ending the context ends the reading.
	Progress func(done, size int64)
}

// AttachFile captures a new photo with its file and returns its id. Both are durable when it returns, or neither is:
// the record and the file's row are one transaction, and the file was whole on disk before. It reads the file once
// (to hash and, with KeepCopy, to copy it), which takes as long as the disk does; the small copies are made after it
// returned. Fields may hold caption, place and so on; taken_at comes from the file if they do not give one. The position
// in a file is never read.
//
// Errors: no_such_file and store_read_only for a file that is not there or may not be read, media_unsupported for what
// is no photo, video or recording, too_large above 4 GiB, store_full. A context that ends stops the reading; nothing is
// then kept.
func (e *Engine) AttachFile(ctx context.Context, parent syncproto.ID, set syncproto.Fields, f File) (syncproto.ID, error) {
	id, err := e.newID()
	if err != nil {
		return "", err
	}
	set = set.Clone()
	if set == nil {
		set = syncproto.Fields{}
	}
	if parent != "" {
		set["parent"] = syncproto.Text(string(parent))
	}
	return id, e.attach(ctx, id, f, set, func(c *capture) error {
		return c.add(&syncproto.Mutation{Record: id, Kind: syncproto.KindPhoto, Unit: c.state.Self().Unit, Set: set})
	})
}

// ReplaceFile gives a photo that is already there another file, or its own again where that was lost, and changes what
// the patch says. The file that it had stays on the phone until it is freed. Everything else is as with AttachFile.
func (e *Engine) ReplaceFile(ctx context.Context, record syncproto.ID, p Patch, f File) error {
	set := p.Set.Clone()
	if set == nil {
		set = syncproto.Fields{}
	}
	return e.attach(ctx, record, f, set, func(c *capture) error {
		return c.add(&syncproto.Mutation{Record: record, Set: set, Add: p.Add, Remove: p.Remove})
	})
}

// attach takes a file in and captures it with its record. What a kill leaves behind is a file that no row names; it is
// swept a day later.
func (e *Engine) attach(ctx context.Context, record syncproto.ID, f File, set syncproto.Fields, add func(*capture) error) error {
	in, err := e.takeIn(ctx, f)
	if err != nil {
		return err
	}
	set[syncproto.MediaField] = in.media.Value()
	if _, given := set["taken_at"]; !given && in.taken > 0 {
		set["taken_at"] = syncproto.Int(in.taken)
	}
	err = e.capture(ctx, func(c *capture) error {
		if err := add(c); err != nil {
			return err
		}
		if err := e.vault.Adopt(in.doc.Name, in.poster); err != nil {
			return err
		}
		doc, err := e.safest(c.tx, record, in)
		if err != nil {
			return err
		}
		err = c.tx.AddMedia(&phonestore.Media{Record: record, Lane: syncproto.LaneOriginal, MediaFile: in.media.MediaFile, MediaDoc: doc})
		if err == nil && in.drawable {
			err = c.tx.WantCopies(&phonestore.CopiesWanted{Record: record, SHA256: in.media.SHA256, Poster: in.poster})
		}
		return err
	})
	if err != nil {
		// A file that was renamed stays: a commit that failed may have happened.
		e.vault.DropUnfinished(in.doc.Name)
		e.vault.DropUnfinished(in.poster)
		return err
	}
	if in.drawable {
		e.copier.start()
	}
	return nil
}

// safest is where the bytes of a file are kept from now on. A copy that the profile has of the same bytes is not given up
// for a file of the gallery, which anybody may delete.
func (e *Engine) safest(tx *phonestore.Tx, record syncproto.ID, in *taken) (phonestore.MediaDoc, error) {
	if in.doc.Name != "" {
		return in.doc, nil
	}
	all, err := tx.MediaOf(record)
	for _, m := range all {
		if m.Lane != syncproto.LaneOriginal || m.MediaFile != in.media.MediaFile || m.Name == "" || m.State == phonestore.MediaParked {
			continue
		}
		if f, err := e.vault.Open(m.Name); err == nil {
			f.Close()
			return m.MediaDoc, nil
		}
	}
	return in.doc, err
}

// taken is a file that was read through.
type taken struct {
	media    syncproto.Media
	doc      phonestore.MediaDoc
	taken    int64 // when it was taken, Unix ms; 0 if it does not say
	poster   string
	drawable bool // there is a picture to make copies of
}

func (e *Engine) takeIn(ctx context.Context, f File) (in *taken, err error) {
	path, err := filepath.Abs(f.Path)
	if err != nil {
		return nil, chosenError("attach file", err)
	}
	src, err := phonestore.OpenOutside(path)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	size := src.Size()
	if size > syncproto.MaxMediaBytes {
		return nil, syncproto.E(syncproto.CodeTooLarge, "attach file", nil)
	}
	kind, err := mediafile.Sniff(src, size)
	if err != nil {
		return nil, err
	}
	read := phonestore.VaultFile(src)
	if f.Progress != nil {
		read = &followed{VaultFile: src, tell: f.Progress}
	}
	in = &taken{doc: phonestore.MediaDoc{Type: string(kind)}}
	in.media.Type, in.drawable = string(kind), drawable(kind)
	in.media.Size = size
	if f.Keep == KeepReference {
		in.doc.Path = path
		in.media.SHA256, in.doc.Modified, err = hashStill(ctx, read, path)
	} else {
		in.doc.Name, in.media.SHA256, err = e.copyIn(ctx, read, size)
	}
	if err == nil && f.Poster != "" {
		in.poster, err = e.copyPoster(ctx, f.Poster)
		in.drawable = true
	}
	if err != nil {
		e.vault.DropUnfinished(in.doc.Name)
		return nil, err
	}
	in.describe(src, size)
	return in, nil
}

// drawable reports whether package picture reads a type.
func drawable(t mediafile.Type) bool {
	return t == mediafile.JPEG || t == mediafile.PNG || t == mediafile.WebP || t == mediafile.GIF
}

// describe notes what the file says of itself. One that cannot be read is announced all the same: it may be all there
// is of that moment, and the server says what is wrong with it.
func (in *taken) describe(src io.ReaderAt, size int64) {
	file, err := mediafile.Read(src, size)
	if err != nil {
		return
	}
	in.media.Width, in.media.Height = file.Info.Shown()
	in.media.Duration = file.Info.Duration.Milliseconds()
	if at := file.Facts.Taken; !at.IsZero() {
		if !file.Facts.ZoneKnown { // the reading of a clock on the wall, and the walls are in Vietnam
			at = at.Add(-7 * time.Hour)
		}
		in.taken = max(at.UnixMilli(), 0)
	}
}

// copyIn copies a file into the vault and returns its name there and its hash. It does not count yet.
func (e *Engine) copyIn(ctx context.Context, src io.ReaderAt, size int64) (name, sum string, err error) {
	w, err := e.vault.Create()
	if err != nil {
		return "", "", err
	}
	hash := sha256.New()
	n, err := io.CopyBuffer(io.MultiWriter(hash, w), patient{ctx, io.NewSectionReader(src, 0, size)}, make([]byte, 256<<10))
	if err == nil && n != size { // somebody cuts it while it is read
		err = syncproto.E(syncproto.CodeMediaBroken, "copy file", io.ErrUnexpectedEOF)
	}
	if err != nil {
		w.Drop()
		return "", "", err
	}
	if err := w.Finish(); err != nil {
		w.Drop()
		return "", "", err
	}
	return w.Name(), hex.EncodeToString(hash.Sum(nil)), nil
}

func (e *Engine) copyPoster(ctx context.Context, path string) (string, error) {
	src, err := phonestore.OpenOutside(path)
	if err != nil {
		return "", err
	}
	defer src.Close()
	if kind, err := mediafile.Sniff(src, src.Size()); err != nil || !drawable(kind) {
		return "", syncproto.E(syncproto.CodeMediaUnsupported, "read poster", err)
	}
	name, _, err := e.copyIn(ctx, src, src.Size())
	return name, err
}

// hashStill hashes a file that stays where it is, and sees to it that nobody changed it meanwhile.
func hashStill(ctx context.Context, src phonestore.VaultFile, path string) (sum string, modified int64, err error) {
	before, err := os.Stat(path)
	if err != nil {
		return "", 0, chosenError("hash file", err)
	}
	if sum, err = hashOf(ctx, src); err != nil {
		return "", 0, err
	}
	after, err := os.Stat(path)
	if err != nil {
		return "", 0, chosenError("hash file", err)
	}
	if after.Size() != src.Size() || !after.ModTime().Equal(before.ModTime()) {
		return "", 0, syncproto.E(syncproto.CodeMediaMismatch, "hash file", errors.New("changed while it was read"))
	}
	return sum, after.ModTime().UnixNano(), nil
}

// hashOf returns the SHA-256 of a whole file.
func hashOf(ctx context.Context, src phonestore.VaultFile) (string, error) {
	hash := sha256.New()
	n, err := io.CopyBuffer(hash, patient{ctx, io.NewSectionReader(src, 0, src.Size())}, make([]byte, 256<<10))
	if err == nil && n != src.Size() {
		err = syncproto.E(syncproto.CodeMediaBroken, "hash file", io.ErrUnexpectedEOF)
	}
	return hex.EncodeToString(hash.Sum(nil)), err
}

// followed tells how far a file was read.
type followed struct {
	phonestore.VaultFile
	tell func(done, size int64)
	last time.Time
}

// followedEvery is how often at most.
const followedEvery = 250 * time.Millisecond

func (f *followed) ReadAt(p []byte, at int64) (int, error) {
	n, err := f.VaultFile.ReadAt(p, at)
	if time.Since(f.last) >= followedEvery {
		f.tell(at+int64(n), f.Size())
		f.last = time.Now()
	}
	return n, err
}

// patient is a reader that ends with its context.
type patient struct {
	ctx context.Context
	r   io.Reader
}

func (p patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, syncproto.E(syncproto.CodeTimeout, "read file", err)
	}
	return p.r.Read(b)
}
