package memory

import (
	"cmp"
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Media implements storage.MediaReader.
func (r *reader) Media(id storage.BlobID) (*storage.Media, error) {
	m, ok := r.media.get(string(id[:]))
	if !ok {
		return nil, missing("read media")
	}
	c := *m
	return &c, nil
}

// MediaList implements storage.MediaReader.
func (r *reader) MediaList(after storage.BlobID, limit int) (out []storage.Media, err error) {
	r.media.under("", string(after[:]), func(_ string, m *storage.Media) bool {
		if len(out) == limit {
			return false
		}
		out = append(out, *m)
		return true
	})
	return out, nil
}

// MediaDue implements storage.MediaReader.
func (r *reader) MediaDue(now int64, limit int) (out []storage.Media, err error) {
	r.media.from("", func(_ string, m *storage.Media) bool {
		pending := m.State == storage.MediaArriving || m.State == storage.MediaWaiting
		if pending && m.Due > 0 && m.Due <= now {
			out = append(out, *m)
		}
		return true
	})
	slices.SortStableFunc(out, func(a, b storage.Media) int { return cmp.Compare(a.Due, b.Due) })
	if limit >= 0 && len(out) > limit {
		out = out[:limit]
	}
	return out, nil
}

// MediaUsed implements storage.MediaReader.
func (r *reader) MediaUsed(person syncproto.ID) (bytes int64, err error) {
	r.media.from("", func(_ string, m *storage.Media) bool {
		if m.Person == person {
			bytes += m.Size
		}
		return true
	})
	return bytes, nil
}

// MediaMade implements storage.MediaReader.
func (r *reader) MediaMade(blob storage.BlobID) (made bool, err error) {
	if blob == (storage.BlobID{}) {
		return false, nil
	}
	r.media.from("", func(_ string, m *storage.Media) bool {
		made = m.Served == blob || m.Thumbnail == blob || m.Display == blob
		return !made
	})
	return made, nil
}

// MediaNeeded implements storage.MediaReader.
func (r *reader) MediaNeeded(id storage.BlobID, before int64) (bool, error) {
	m, ok := r.media.get(string(id[:]))
	if !ok {
		return false, missing("read media")
	}
	return r.needed(m, before), nil
}

// needed reports whether a file is new or a record holds on to it.
func (r *reader) needed(m *storage.Media, before int64) (yes bool) {
	if m.Created >= before {
		return true
	}
	r.links.under(string(m.ID[:]), "", func(_ string, l *storage.MediaLink) bool {
		k, known := r.records.get(string(l.Record))
		switch {
		case !known:
			yes = l.At >= before
		case k.record.Deleted:
			yes = k.record.Changed >= before
		default:
			yes = true
		}
		return !yes
	})
	return yes
}

// PutMedia implements storage.MediaWriter.
func (t *tx) PutMedia(m *storage.Media) error {
	if m.ID == (storage.BlobID{}) {
		return syncproto.E(syncproto.CodeInvalidID, "store media", nil)
	}
	c := *m
	t.media.put(string(m.ID[:]), &c)
	return nil
}

// DeleteMedia implements storage.MediaWriter.
func (t *tx) DeleteMedia(id storage.BlobID) error {
	t.links.under(string(id[:]), "", func(rest string, l *storage.MediaLink) bool {
		t.links.drop(string(id[:]) + rest)
		t.linked.drop(recordKey(l))
		return true
	})
	t.facts.drop(string(id[:]))
	t.media.drop(string(id[:]))
	return nil
}
