package media

import (
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// lastWords is how long a server that closes may take to write down that a file was not finished.
const lastWords = 5 * time.Second

// needs says what the records that refer to a file want made of it.
type needs struct {
	thumbnail, display bool
	thumbhash          bool
	proof              bool // a phone's thumbnail is decoded once, to see that it is one; it is too small to cost anything
}

func (n needs) any() bool { return n.thumbnail || n.display || n.thumbhash || n.proof }

// above reports whether n wants copies that other does not.
func (n needs) above(other needs) bool {
	return n.thumbnail && !other.thumbnail || n.display && !other.display
}

// needsOf asks the live records of a file.
func needsOf(r storage.Reader, m *storage.Media) (n needs, err error) {
	links, err := r.MediaLinks(m.ID)
	if err != nil {
		return n, err
	}
	for _, link := range links {
		stored, err := r.Record(link.Record)
		if isNotFound(err) || err == nil && stored.Record.Deleted {
			continue
		}
		if err != nil {
			return n, err
		}
		p, ok, err := readPhoto(r, stored.Record)
		if err != nil {
			return n, err
		}
		if file, announced := p.media.File(link.Lane); ok && announced && file.SHA256 == m.ID.String() {
			n.add(p.wants(link.Lane))
		}
	}
	return n, nil
}

func (n *needs) add(more needs) {
	n.thumbnail, n.display = n.thumbnail || more.thumbnail, n.display || more.display
	n.thumbhash, n.proof = n.thumbhash || more.thumbhash, n.proof || more.proof
}

// wants says what a photo lacks that can be made of the file of a lane: what its phone did not announce, or sent in a
// form that was refused.
func (p *photo) wants(lane syncproto.Lane) (n needs) {
	n.thumbhash = p.media.Thumbhash == ""
	n.proof = lane == syncproto.LaneThumbnail
	if lane == syncproto.LaneOriginal {
		n.display = p.lacks(syncproto.LaneDisplay)
	}
	if lane != syncproto.LaneThumbnail {
		n.thumbnail = p.lacks(syncproto.LaneThumbnail)
		n.thumbhash = n.thumbhash && n.thumbnail // the phone's thumbnail gives it at less cost
	}
	return n
}

func (p *photo) lacks(lane syncproto.Lane) bool {
	if _, announced := p.media.File(lane); !announced {
		return true
	}
	m := p.files[lane]
	if m == nil {
		return false
	}
	state, _ := Verdict(m, lane)
	return state == syncproto.ArrivalRefused
}

// unmade reports whether a file that was looked at lacks copies that a photo wants now: it was linked to a photo that
// announces none after it had been looked at for one that did, or the phone's own were refused. A file of which any
// copy was made has its thumbnail.
func (p *photo) unmade(lane syncproto.Lane) bool {
	m := p.files[lane]
	if m == nil || m.State != storage.MediaReady || !decodable(m) || lane == syncproto.LaneThumbnail {
		return false
	}
	n := p.wants(lane)
	return n.thumbnail && m.Thumbnail == (storage.BlobID{}) || n.display && m.Display == (storage.BlobID{}) && m.Thumbnail == (storage.BlobID{})
}
