package media

import (
	"lantoa/storage"
	"lantoa/syncproto"
)

// photo is a record's announcement with what is known of the files that came for it.
type photo struct {
	media syncproto.Media
	files map[syncproto.Lane]*storage.Media // of lanes that came; links to files of an earlier announcement are left out
}

// readPhoto gathers the files of a record; ok is false if it is no photo with an announcement.
func readPhoto(r storage.MediaReader, record *syncproto.Record) (p photo, ok bool, err error) {
	if p.media, ok = syncproto.MediaOf(record); !ok {
		return p, false, nil
	}
	links, err := r.RecordMedia(record.ID)
	if err != nil {
		return p, true, err
	}
	p.files = make(map[syncproto.Lane]*storage.Media, len(links))
	for _, link := range links {
		file, announced := p.media.File(link.Lane)
		if !announced || file.SHA256 != link.Blob.String() {
			continue
		}
		m, err := r.Media(link.Blob)
		if isNotFound(err) {
			continue
		}
		if err != nil {
			return p, true, err
		}
		p.files[link.Lane] = m
	}
	return p, true, nil
}

// Copy is a blob that can be given to a reader.
type Copy struct {
	Blob storage.BlobID
	Type string // its media type
	Size int64  // -1 if only the blob store knows
}

// pictureType is the type of what the server makes itself.
const pictureType = "image/jpeg"

// shown returns what can be shown for a small lane, whoever made it (S-170).
func (p *photo) shown(lane syncproto.Lane) (c Copy, ok bool) {
	if m := p.usable(lane); m != nil {
		return servedOf(m), true
	}
	if lane == syncproto.LaneThumbnail {
		for _, from := range []syncproto.Lane{syncproto.LaneDisplay, syncproto.LaneOriginal} {
			if m := p.usable(from); m != nil && m.Thumbnail != (storage.BlobID{}) {
				return Copy{Blob: m.Thumbnail, Type: pictureType, Size: -1}, true
			}
		}
		return c, false
	}
	m := p.usable(syncproto.LaneOriginal)
	switch {
	case m == nil:
		return c, false
	case m.Display != (storage.BlobID{}):
		return Copy{Blob: m.Display, Type: pictureType, Size: -1}, true
	}
	return servedOf(m), true
}

// usable returns the file of a lane if it was found good and its copy without metadata is there, else nil. One that is
// looked at a second time, for more copies, stays usable.
func (p *photo) usable(lane syncproto.Lane) *storage.Media {
	m := p.files[lane]
	if m == nil || m.Served == (storage.BlobID{}) || unfit(m, lane) != "" ||
		m.State != storage.MediaReady && m.State != storage.MediaWaiting {
		return nil
	}
	return m
}

func servedOf(m *storage.Media) Copy {
	c := Copy{Blob: m.Served, Type: m.Type, Size: -1}
	if m.Served == m.ID {
		c.Size = m.Size
	}
	return c
}

// missing says why a lane cannot be shown: media_waiting, or the code of the file that was refused.
func (p *photo) missing(lane syncproto.Lane) syncproto.Code {
	for _, of := range []syncproto.Lane{lane, syncproto.LaneOriginal} {
		if m := p.files[of]; m != nil {
			if state, code := Verdict(m, of); state == syncproto.ArrivalRefused {
				return code
			}
		}
	}
	return syncproto.CodeMediaWaiting
}

// arrived computes what the record says of its files (S-164). A photo for which nothing came says nothing.
func (p *photo) arrived() (a syncproto.Arrived, some bool) {
	a = syncproto.Arrived{Of: p.media.SHA256, Lanes: map[syncproto.Lane]syncproto.Arrival{}}
	for _, lane := range syncproto.Lanes() { // the code of the original, if it was refused, comes last and stays
		m := p.files[lane]
		if m == nil {
			continue
		}
		state, code := Verdict(m, lane)
		if state != "" {
			a.Lanes[lane] = state
		}
		if code != "" {
			a.Code = code
		}
		if good := p.usable(lane); good != nil && a.Thumbhash == "" && p.media.Thumbhash == "" {
			a.Thumbhash = good.Thumbhash
		}
	}
	for _, lane := range []syncproto.Lane{syncproto.LaneThumbnail, syncproto.LaneDisplay} {
		if _, ok := p.shown(lane); ok {
			a.Shows = append(a.Shows, lane)
		}
	}
	return a, len(a.Lanes) > 0
}

func isNotFound(err error) bool { return err != nil && syncproto.CodeOf(err) == syncproto.CodeNotFound }
