package mediafile

import (
	"errors"
	"io"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"lantoa/syncproto"
)

// Type is a media type by content, in the name that is served: "image/jpeg". Only the types of this package are ever
// returned by it.
type Type string

// The types that phones make and browsers show. Everything else is refused.
const (
	JPEG Type = "image/jpeg"
	PNG  Type = "image/png"
	WebP Type = "image/webp"
	GIF  Type = "image/gif"
	HEIC Type = "image/heic"
	HEIF Type = "image/heif"
	AVIF Type = "image/avif"

	MP4     Type = "video/mp4"
	MOV     Type = "video/quicktime"
	ThreeGP Type = "video/3gpp"
	WebM    Type = "video/webm"

	M4A Type = "audio/mp4"
	MP3 Type = "audio/mpeg"
	Ogg Type = "audio/ogg"
	AMR Type = "audio/amr"
	AAC Type = "audio/aac"
	WAV Type = "audio/wav"
)

// kind is what the package knows about a type.
type kind struct {
	extension string
	read      func(*source, *content)
}

var kinds = map[Type]kind{
	JPEG: {".jpg", readJPEG}, PNG: {".png", readPNG}, WebP: {".webp", readWebP}, GIF: {".gif", readGIF},
	HEIC: {".heic", readStill}, HEIF: {".heif", readStill}, AVIF: {".avif", readStill},
	MP4: {".mp4", readFilm}, MOV: {".mov", readFilm}, ThreeGP: {".3gp", readFilm}, WebM: {".webm", readWebM},
	M4A: {".m4a", readFilm}, MP3: {".mp3", readMP3}, Ogg: {".ogg", readOgg}, AMR: {".amr", readAMR},
	AAC: {".aac", readAAC}, WAV: {".wav", readWAV},
}

// typesByName gives the names of the sniffing library ours. What is not here is refused: SVG, HTML, PDF, APK and all else.
var typesByName = map[string]Type{
	"image/jpeg": JPEG, "image/png": PNG, "image/apng": PNG, "image/webp": WebP, "image/gif": GIF,
	"image/heic": HEIC, "image/heic-sequence": HEIC, "image/heif": HEIF, "image/heif-sequence": HEIF, "image/avif": AVIF,
	"video/mp4": MP4, "video/x-m4v": MP4, "video/quicktime": MOV, "video/3gpp": ThreeGP, "video/3gpp2": ThreeGP, "video/webm": WebM,
	"audio/mp4": M4A, "audio/x-m4a": M4A, "audio/mpeg": MP3, "audio/ogg": Ogg, "application/ogg": Ogg,
	"audio/amr": AMR, "audio/aac": AAC, "audio/wav": WAV,
}

// sniffed is how many bytes the sniffing library looks at.
const sniffed = 4 << 10

// Picture reports whether the type is a still picture or a short animation.
func (t Type) Picture() bool { return strings.HasPrefix(string(t), "image/") }

// Film reports whether the type is video.
func (t Type) Film() bool { return strings.HasPrefix(string(t), "video/") }

// Sound reports whether the type is sound alone.
func (t Type) Sound() bool { return strings.HasPrefix(string(t), "audio/") }

// Inline reports whether a server may let browsers show the type in place. A type that is not of this package is
// served as application/octet-stream, to be saved.
func (t Type) Inline() bool { _, known := kinds[t]; return known }

// Extension returns the usual end of a file name, with its dot, and ".bin" for a type that is not of this package.
func (t Type) Extension() string {
	if k, known := kinds[t]; known {
		return k.extension
	}
	return ".bin"
}

// Sniff returns the type of a file by its first bytes. It says what the file claims to be; whether it is that, and
// whole, is found by [Read]. It reads the first 4 KiB, and, to tell AAC from MP3, two bytes behind a tag.
//
// Errors: media_unsupported for what is no media of this package, an empty file included; what r fails with keeps its
// code.
func Sniff(r io.ReaderAt, size int64) (Type, error) {
	head := make([]byte, min(max(size, 0), sniffed))
	if n, err := r.ReadAt(head, 0); n < len(head) {
		return "", readError(err)
	}
	name, _, _ := strings.Cut(mimetype.Detect(head).String(), ";")
	t, known := typesByName[name]
	if !known || size == 0 {
		return "", syncproto.E(syncproto.CodeMediaUnsupported, "sniff media", errors.New(name))
	}
	if t == MP3 && adts(r, size) {
		return AAC, nil
	}
	return still(t, head), nil
}

// adts looks behind the tag at the front, which both MP3 and AAC may have, for the mark of AAC.
func adts(r io.ReaderAt, size int64) bool {
	s := newSource(r, size)
	off := id3(s, 0)
	return off > 0 && off+2 <= size && s.u16(off)&0xfff6 == 0xfff0
}

// still tells the codecs of HEIF apart by the brands behind the first, for many cameras name "mif1" first.
func still(t Type, head []byte) Type {
	if t != HEIF || len(head) < 16 {
		return t
	}
	n := min(int(head[2])<<8|int(head[3]), len(head))
	for at := 16; at+4 <= n; at += 4 {
		switch string(head[at : at+4]) {
		case "avif", "avis":
			return AVIF
		case "heic", "heix", "heim", "heis", "hevc", "hevx":
			return HEIC
		}
	}
	return t
}
