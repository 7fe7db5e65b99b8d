package mediafile

import (
	"bytes"
	"errors"
	"io"
)

// File is a media file that was read through once and found whole: its type, what it shows, what it tells, and how a
// copy that tells nothing comes out of it. It may be used by several goroutines.
type File struct {
	Type  Type
	Info  Info
	Facts Facts

	r    io.ReaderAt
	size int64
	plan plan
}

// content is what the reader of a format finds.
type content struct {
	typ   Type
	info  Info
	facts Facts
	plan  plan
}

// Read takes a file apart, without decoding any pixel or sound, in at most a few megabytes of memory. It keeps r, which
// must stay as it is while the File is in use.
//
// Errors: media_unsupported for a file that is none of the types of this package, or whose metadata cannot be taken
// out; media_broken for one that ends early, or is not what it begins as; media_too_big_to_show for a picture of more
// than [MaxPixels] or a side above [MaxSide]; what r fails with keeps its code. A file with an error is not to be
// served to anybody but the one who sent it.
func Read(r io.ReaderAt, size int64) (*File, error) {
	t, err := Sniff(r, size)
	if err != nil {
		return nil, err
	}
	s, c := newSource(r, size), &content{typ: t, info: Info{Orientation: 1}}
	kinds[t].read(s, c)
	c.plan.settle()
	switch {
	case s.err != nil:
		return nil, s.err
	case c.plan.over:
		s.broken("too many parts, or parts that lie across each other")
		return nil, s.err
	case len(c.plan.spans) == 0 || t.Picture() && (c.info.Width <= 0 || c.info.Height <= 0):
		s.broken("nothing to show")
		return nil, s.err
	}
	if err := c.info.check(t); err != nil {
		return nil, err
	}
	f := &File{Type: t, Info: c.info, Facts: c.facts, r: r, size: size, plan: c.plan}
	if again := f.sniffCopy(); again != t {
		s.broken("the copy would not be " + string(t))
		return nil, s.err
	}
	return f, nil
}

// sniffCopy returns the type by which the copy would be known. A file whose first bytes are only dust before the
// thing itself, or which is known by its tag alone, must not change its type with its metadata.
func (f *File) sniffCopy() Type {
	var h head
	if _, err := f.plan.run(&h, newSource(f.r, f.size)); err != nil && !errors.Is(err, errEnough) {
		return ""
	}
	t, err := Sniff(bytes.NewReader(h.b), int64(len(h.b)))
	if err != nil {
		return ""
	}
	return t
}

// head takes the first bytes that are written, and then fails.
type head struct{ b []byte }

var errEnough = errors.New("enough")

func (h *head) Write(b []byte) (int, error) {
	n := min(len(b), sniffed-len(h.b))
	if h.b = append(h.b, b[:n]...); n < len(b) {
		return n, errEnough
	}
	return n, nil
}

// Strip writes a copy without metadata: no position, no time, no maker, no name, no comment, and nothing that stands
// behind the end of what is shown. Pixels and sound are copied byte by byte, never coded again; a picture keeps its
// colour profile and its orientation. It reports whether the copy differs from the file; if not, it need not be kept.
// Stripping a stripped copy changes nothing.
//
// Errors are those of r and of w, with their codes.
func (f *File) Strip(w io.Writer) (changed bool, err error) {
	s := newSource(f.r, f.size)
	if changed, err = f.plan.run(w, s); err == nil {
		err = s.err
	}
	return changed, err
}

// Strip is [Read] and [File.Strip] in one. Nothing is written before the whole file has been read through, so a file
// that is refused leaves w untouched.
func Strip(w io.Writer, r io.ReaderAt, size int64) (changed bool, err error) {
	f, err := Read(r, size)
	if err != nil {
		return false, err
	}
	return f.Strip(w)
}
