package phonestore

import (
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"

	"lantoa/syncproto"
)

// MediaState is how far a file has come, as the phone knows.
type MediaState string

// The states of a file.
const (
	MediaWaiting  MediaState = "waiting"  // to be sent, or being sent
	MediaChecking MediaState = "checking" // the server has it whole and is not done with it
	MediaStored   MediaState = "stored"   // the server gave its receipt (S-172)
	MediaFreed    MediaState = "freed"    // the same, and the file was taken off the phone
	MediaParked   MediaState = "parked"   // Code says why; a person decides
)

// Media is one file of a photo on this phone: one lane of it.
type Media struct {
	Seq    int64 // order of capture
	Record syncproto.ID
	Lane   syncproto.Lane
	syncproto.MediaFile
	MediaDoc

	State  MediaState
	Code   syncproto.Code // parked: why; waiting: why it waits at the server, "" otherwise
	Upload syncproto.ID   // under which it is being sent
	Sent   int64          // bytes that the server is known to have
	Anyway bool           // the person wants it sent whatever the policy says
	Paused bool           // or not for now
	Doubt  bool           // the server was restored since it spoke: what it said must be asked again
}

// MediaDoc is what is sealed of a file.
type MediaDoc struct {
	Name     string `json:"name,omitempty"`     // in the vault; "" for a file that lies elsewhere
	Path     string `json:"path,omitempty"`     // of such a file
	Modified int64  `json:"modified,omitempty"` // when that was last changed, Unix ns
	Type     string `json:"type,omitempty"`
}

const mediaColumns = "seq, record, lane, hash, size, doc, state, code, upload, sent, anyway, paused, doubt"

func laneNumber(lane syncproto.Lane) int {
	for i, l := range syncproto.Lanes() {
		if l == lane {
			return i
		}
	}
	return -1
}

func (t *Tx) media(where string, args ...any) (out []*Media, err error) {
	err = t.each("SELECT "+mediaColumns+" FROM media WHERE "+where, args, func(rows *sql.Rows) (bool, error) {
		m := &Media{}
		var record, hash, doc, upload sql.RawBytes
		var lane int
		err := rows.Scan(&m.Seq, &record, &lane, &hash, &m.Size, &doc, &m.State, &m.Code, &upload, &m.Sent, &m.Anyway, &m.Paused, &m.Doubt)
		if err != nil {
			return false, err
		}
		if lane < 0 || lane >= len(syncproto.Lanes()) {
			return false, syncproto.E(syncproto.CodeStoreBroken, "read media", errors.New("no such lane"))
		}
		m.Record, m.Upload, m.Lane, m.SHA256 = unkey(record), unkey(upload), syncproto.Lanes()[lane], hex.EncodeToString(hash)
		plain, err := t.store.sealed.open(doc, "media "+string(m.Record))
		if err != nil {
			return false, err
		}
		if err := json.Unmarshal(plain, &m.MediaDoc); err != nil {
			return false, syncproto.E(syncproto.CodeStoreBroken, "read media", err)
		}
		out = append(out, m)
		return true, nil
	})
	return out, err
}

// AddMedia adds a file, or says anew where one is that was known by the same hash: that takes it out of the parked.
func (t *Tx) AddMedia(m *Media) error {
	hash, err := hex.DecodeString(m.SHA256)
	if err != nil {
		return syncproto.E(syncproto.CodeInternal, "add media", err)
	}
	doc, err := json.Marshal(m.MediaDoc)
	if err != nil {
		return err
	}
	if doc, err = t.store.sealed.seal(doc, "media "+string(m.Record)); err != nil {
		return err
	}
	t.files = true
	_, err = t.exec("INSERT INTO media (record, lane, hash, size, doc, state, own) VALUES ($1, $2, $3, $4, $5, $6, $7)"+
		" ON CONFLICT (record, lane, hash) DO UPDATE SET doc = $5, own = $7, code = '',"+
		" state = CASE state WHEN 'parked' THEN 'waiting' WHEN 'freed' THEN 'stored' ELSE state END",
		key(m.Record), laneNumber(m.Lane), hash, m.Size, doc, string(MediaWaiting), m.Name != "")
	return err
}

// PutMedia writes what changes about a file.
func (t *Tx) PutMedia(m *Media) error {
	t.files = true
	_, err := t.exec("UPDATE media SET state = $1, code = $2, upload = $3, sent = $4, anyway = $5, paused = $6, doubt = $7 WHERE seq = $8",
		string(m.State), string(m.Code), key(m.Upload), m.Sent, m.Anyway, m.Paused, m.Doubt, m.Seq)
	return err
}

// MediaStuck returns files without a receipt that wait for a reason: the parked, and those that the server put off. At
// most limit, those of the small lanes first.
func (t *Tx) MediaStuck(limit int) ([]*Media, error) {
	return t.media("(state NOT IN ('stored', 'freed') OR doubt = 1) AND code <> '' ORDER BY lane, seq LIMIT $1", limit)
}

// Media returns one file by its place in the order of capture, or nil.
func (t *Tx) Media(seq int64) (*Media, error) {
	found, err := t.media("seq = $1", seq)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// MediaOf returns the files of a photo, the small ones first, also those that it no longer names.
func (t *Tx) MediaOf(record syncproto.ID) ([]*Media, error) {
	return t.media("record = $1 ORDER BY lane, seq", key(record))
}

// MediaOpen returns the files without a receipt that holds, in the order in which they are sent. The parked are among
// them.
func (t *Tx) MediaOpen() ([]*Media, error) {
	return t.media("state NOT IN ('stored', 'freed') OR doubt = 1 ORDER BY lane, seq")
}

// MediaParked returns the parked files.
func (t *Tx) MediaParked() ([]*Media, error) {
	return t.media("state = 'parked' ORDER BY seq")
}

// MediaList returns files, the newest photos first, below a place; at most limit.
func (t *Tx) MediaList(before int64, limit int) ([]*Media, error) {
	return t.media("seq < $1 ORDER BY seq DESC LIMIT $2", before, limit)
}

// MediaStoredCopies returns the originals in the vault that the server gave a receipt for, oldest first.
func (t *Tx) MediaStoredCopies() ([]*Media, error) {
	return t.media("state = 'stored' AND doubt = 0 AND lane = $1 ORDER BY seq", laneNumber(syncproto.LaneOriginal))
}

// HasMedia reports whether there are any files at all.
func (t *Tx) HasMedia() (bool, error) {
	n, err := t.number("SELECT EXISTS (SELECT 1 FROM media)")
	return n == 1, err
}

// DoubtMedia voids every receipt: the server was restored from before.
func (t *Tx) DoubtMedia() error {
	t.files = true
	_, err := t.exec("UPDATE media SET doubt = 1, upload = NULL, sent = 0 WHERE state IN ('waiting', 'checking', 'stored', 'freed')")
	return err
}

// PauseAllMedia pauses or resumes every file that waits.
func (t *Tx) PauseAllMedia(paused bool) error {
	_, err := t.exec("UPDATE media SET paused = $1 WHERE state NOT IN ('stored', 'freed')", paused)
	return err
}

// VaultNames returns the names of all files that rows know of.
func (t *Tx) VaultNames() (map[string]bool, error) {
	names := map[string]bool{}
	all, err := t.media("state <> 'freed'")
	for _, m := range all {
		names[m.Name] = true
	}
	if err != nil {
		return nil, err
	}
	posters, err := t.CopiesWanted()
	for _, c := range posters {
		names[c.Poster] = true
	}
	if err != nil {
		return nil, err
	}
	return names, t.each("SELECT name FROM fetched", nil, func(rows *sql.Rows) (bool, error) {
		var name string
		err := rows.Scan(&name)
		names[name] = true
		return true, err
	})
}

// CopiesWanted is a photo whose small copies are still to be made.
type CopiesWanted struct {
	Record syncproto.ID
	SHA256 string // of the original
	Poster string // in the vault: the picture to make them of; "" for the original itself
	Held   bool   // its mutation has been in no request yet, and waits for them
	Tries  int    // how often the making began: what ends the app twice is not tried a third time
}

// WantCopies notes that copies are to be made.
func (t *Tx) WantCopies(c *CopiesWanted) error {
	hash, err := hex.DecodeString(c.SHA256)
	if err != nil {
		return syncproto.E(syncproto.CodeInternal, "want copies", err)
	}
	_, err = t.exec("INSERT INTO copies (record, hash, poster) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
		key(c.Record), hash, []byte(c.Poster))
	return err
}

// CopiesWanted returns the photos whose copies are still to be made, oldest first.
func (t *Tx) CopiesWanted() (out []CopiesWanted, err error) {
	err = t.each("SELECT record, hash, poster, held, tries FROM copies ORDER BY seq", nil, func(rows *sql.Rows) (bool, error) {
		var c CopiesWanted
		var record, hash, poster sql.RawBytes
		err := rows.Scan(&record, &hash, &poster, &c.Held, &c.Tries)
		c.Record, c.SHA256, c.Poster = unkey(record), hex.EncodeToString(hash), string(poster)
		out = append(out, c)
		return true, err
	})
	return out, err
}

// CountTry notes that the making of copies begins once more (1), or that it ended before its time and does not count (-1).
func (t *Tx) CountTry(c *CopiesWanted, by int) error {
	_, err := t.exec("UPDATE copies SET tries = tries + $1 WHERE record = $2 AND hash = unhex($3)", by, key(c.Record), c.SHA256)
	return err
}

// ReleaseCopies lets the mutation of a photo go without its copies; with "" those of all photos. They come as an edit.
func (t *Tx) ReleaseCopies(record syncproto.ID) error {
	_, err := t.exec("UPDATE copies SET held = 0 WHERE ($1 IS NULL OR record = $1) AND held = 1", key(record))
	return err
}

// CopiesDone ends the wait, and reports whether the mutation was held until now.
func (t *Tx) CopiesDone(c *CopiesWanted) (held bool, err error) {
	n, err := t.number("SELECT held FROM copies WHERE record = $1 AND hash = unhex($2)", key(c.Record), c.SHA256)
	if err != nil {
		return false, err
	}
	_, err = t.exec("DELETE FROM copies WHERE record = $1 AND hash = unhex($2)", key(c.Record), c.SHA256)
	return n == 1, err
}

// Rewrite replaces the bytes of a mutation that has been in no request yet.
func (t *Tx) Rewrite(m *Mutation) error {
	wire, err := t.store.sealed.seal(m.Wire, "mutation "+string(m.Record))
	if err != nil {
		return err
	}
	_, err = t.exec("UPDATE mutations SET wire = $1, exported = 0 WHERE seq = $2 AND judged = 0", wire, m.Seq)
	return err
}

// MediaCounts are numbers of files for people.
type MediaCounts struct {
	Only      int64 // originals that nobody but this profile is known to have: copied in, and without a receipt that holds
	OnlyBytes int64
	Unsent    int64 // files that the server does not have, of photos that were not deleted
}

// MediaCounts counts files.
func (t *Tx) MediaCounts() (c MediaCounts, err error) {
	_, err = t.one("SELECT coalesce(sum(only), 0), coalesce(sum(only * size), 0), coalesce(sum(open), 0)"+
		" FROM (SELECT own = 1 AND lane = $1 AND state <> 'freed' AND (state <> 'stored' OR doubt = 1) AS only, state IN ('waiting', 'parked')"+
		" AND NOT EXISTS (SELECT 1 FROM records WHERE id = record AND deleted = 1) AND NOT EXISTS (SELECT 1 FROM views WHERE id = record AND deleted = 1)"+
		" AS open, size"+
		" FROM media)", []any{laneNumber(syncproto.LaneOriginal)}, &c.Only, &c.OnlyBytes, &c.Unsent)
	return c, err
}
