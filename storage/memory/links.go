package memory

import (
	"lantoa/storage"
	"lantoa/syncproto"
)

func linkKey(l *storage.MediaLink) string {
	return string(l.Blob[:]) + string(l.Record) + string(l.Lane)
}

// recordKey ends the lane with a zero byte, so that no lane's name runs into the blob behind it.
func recordKey(l *storage.MediaLink) string {
	return string(l.Record) + string(l.Lane) + "\x00" + string(l.Blob[:])
}

// MediaLinks implements storage.MediaReader.
func (r *reader) MediaLinks(id storage.BlobID) ([]storage.MediaLink, error) {
	return links(r.links, string(id[:])), nil
}

// RecordMedia implements storage.MediaReader.
func (r *reader) RecordMedia(record syncproto.ID) ([]storage.MediaLink, error) {
	if !record.Valid() {
		return nil, nil
	}
	return links(r.linked, string(record)), nil
}

func links(t tree[*storage.MediaLink], prefix string) (out []storage.MediaLink) {
	t.under(prefix, "", func(_ string, l *storage.MediaLink) bool {
		out = append(out, *l)
		return true
	})
	return out
}

// PutMediaLink implements storage.MediaWriter.
func (t *tx) PutMediaLink(l *storage.MediaLink) error {
	if l.Blob == (storage.BlobID{}) || !l.Record.Valid() {
		return syncproto.E(syncproto.CodeInvalidID, "store media link", nil)
	}
	c := *l
	t.links.put(linkKey(l), &c)
	t.linked.put(recordKey(l), &c)
	return nil
}

// MediaFacts implements storage.MediaReader.
func (r *reader) MediaFacts(id storage.BlobID) (*storage.MediaFacts, error) {
	f, ok := r.facts.get(string(id[:]))
	if !ok {
		return nil, missing("read media facts")
	}
	c := *f
	return &c, nil
}

// PutMediaFacts implements storage.MediaWriter.
func (t *tx) PutMediaFacts(f *storage.MediaFacts) error {
	if f.Blob == (storage.BlobID{}) {
		return syncproto.E(syncproto.CodeInvalidID, "store media facts", nil)
	}
	c := *f
	t.facts.put(string(f.Blob[:]), &c)
	return nil
}
