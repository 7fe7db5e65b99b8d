package syncproto

import "slices"

// Lane is one of the copies in which the file of a photo travels, the small one first (S-160). Each lane has its own
// upload, so that text comes before thumbnails and thumbnails before originals, across everything that waits.
type Lane string

// The lanes.
const (
	LaneThumbnail Lane = "thumbnail" // made on the phone at capture
	LaneDisplay   Lane = "display"   // for a screen: 2048 pixels on the longer side
	LaneOriginal  Lane = "original"  // what the camera wrote
)

// Lanes returns all lanes in the order in which they are sent.
func Lanes() []Lane { return []Lane{LaneThumbnail, LaneDisplay, LaneOriginal} }

// Valid reports whether the lane is known.
func (l Lane) Valid() bool { return slices.Contains(Lanes(), l) }

// Limit returns the bytes that a file of the lane may have; 0 for a lane that is not known.
func (l Lane) Limit() int64 {
	switch l {
	case LaneThumbnail:
		return MaxThumbnailBytes
	case LaneDisplay:
		return MaxDisplayBytes
	case LaneOriginal:
		return MaxMediaBytes
	}
	return 0
}

// MediaFile names a file by its content. The zero MediaFile is none.
type MediaFile struct {
	SHA256 string // 64 lower-case hexadecimal digits
	Size   int64  // bytes
}

// Media is what the field "media" of a photo says of its file and of the copies that the phone made of it (S-161).
type Media struct {
	MediaFile        // the original
	Type      string // the phone's word, "image/jpeg"; the server looks for itself
	Width     int    // pixels as the picture is seen, orientation applied; 0 if not known
	Height    int
	Duration  int64     // ms, of video and audio; 0 if not known
	Thumbhash string    // base64 (RFC 4648 section 4, no padding) of the thumbhash: at most 50 characters; "" for none
	Thumbnail MediaFile // zero if the phone made none
	Display   MediaFile // likewise

	extra Fields // members that this build does not know
}

// MediaOf returns what a photo announces, and whether it is a photo with a well-formed announcement.
func MediaOf(r *Record) (Media, bool) {
	if r == nil || r.Kind != KindPhoto || !checkMedia(r.Fields[MediaField]) {
		return Media{}, false
	}
	members, _ := r.Fields[MediaField].AsObject()
	m := Media{MediaFile: fileOf(members), extra: members}
	m.Type, _ = members["type"].AsText()
	m.Width, m.Height = intOf(members["width"]), intOf(members["height"])
	m.Duration, _ = members["duration"].AsInt()
	m.Thumbhash, _ = members["thumbhash"].AsText()
	m.Thumbnail, m.Display = innerFile(members["thumbnail"]), innerFile(members["display"])
	for _, known := range mediaMembers {
		delete(m.extra, known)
	}
	return m, true
}

// mediaMembers are the members of a media object that this build knows.
var mediaMembers = []string{"sha256", "size", "type", "width", "height", "duration", "thumbhash", "thumbnail", "display"}

// File returns the file of a lane, and whether there is one.
func (m *Media) File(lane Lane) (MediaFile, bool) {
	f := MediaFile{}
	switch lane {
	case LaneThumbnail:
		f = m.Thumbnail
	case LaneDisplay:
		f = m.Display
	case LaneOriginal:
		f = m.MediaFile
	}
	return f, f.SHA256 != ""
}

// Value returns the media as a field. Members that this build does not know are kept.
func (m *Media) Value() Value {
	members := m.extra.Clone()
	if members == nil {
		members = Fields{}
	}
	m.set(members)
	members["type"] = Text(m.Type)
	for name, n := range map[string]int64{"width": int64(m.Width), "height": int64(m.Height), "duration": m.Duration} {
		if n > 0 {
			members[name] = Int(n)
		}
	}
	if m.Thumbhash != "" {
		members["thumbhash"] = Text(m.Thumbhash)
	}
	for name, f := range map[string]MediaFile{"thumbnail": m.Thumbnail, "display": m.Display} {
		if f.SHA256 != "" {
			inner := Fields{}
			f.set(inner)
			members[name] = Object(inner)
		}
	}
	return Object(members)
}

func (f MediaFile) set(members Fields) {
	members["sha256"], members["size"] = Text(f.SHA256), Int(f.Size)
}

func fileOf(members Fields) (f MediaFile) {
	f.SHA256, _ = members["sha256"].AsText()
	f.Size, _ = members["size"].AsInt()
	return f
}

func innerFile(v Value) MediaFile {
	members, _ := v.AsObject()
	return fileOf(members)
}

func intOf(v Value) int {
	n, _ := v.AsInt()
	return int(n)
}

// checkMedia reports whether a value is a well-formed announcement (S-161).
func checkMedia(value Value) bool {
	members, ok := value.AsObject()
	if !ok || !checkFile(members, MaxMediaBytes) {
		return false
	}
	kind, _ := members["type"].AsText()
	if kind == "" || len(kind) > 100 {
		return false
	}
	for _, name := range []string{"width", "height", "duration"} {
		if n, isInt := members[name].AsInt(); members[name] != "" && (!isInt || n < 0) {
			return false
		}
	}
	if hash, isText := members["thumbhash"].AsText(); members["thumbhash"] != "" && (!isText || len(hash) > maxThumbhash) {
		return false
	}
	for _, lane := range []Lane{LaneThumbnail, LaneDisplay} {
		v, has := members[string(lane)]
		if !has {
			continue
		}
		if inner, isObject := v.AsObject(); !isObject || !checkFile(inner, lane.Limit()) {
			return false
		}
	}
	return true
}

// maxThumbhash bounds a thumbhash in base64; the longest there is has 25 bytes.
const maxThumbhash = 50

func checkFile(members Fields, limit int64) bool {
	sum, _ := members["sha256"].AsText()
	size, isInt := members["size"].AsInt()
	if len(sum) != 64 || !isInt || size < 0 || size > limit {
		return false
	}
	for i := range len(sum) {
		if _, hex := unhex(sum[i]); !hex {
			return false
		}
	}
	return true
}
