package privacy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// stage is the step of the worker that comes next.
type stage string

const (
	stageNone    stage = "" // of a case on which the worker has not begun
	stageRecords stage = "records"
	stageUploads stage = "uploads"
	stageFiles   stage = "files"
	stagePerson  stage = "person"
	stageCheck   stage = "check"
	stageDone    stage = "done"
)

// work is what Case.Steps holds: while it runs, what is to be done; then only the proof. There are ids and counts in it,
// never texts.
type work struct {
	Stage stage `json:"stage,omitempty"`
	Tries int   `json:"tries,omitempty"`
	// Roots are the topmost records that are to be erased with all that hangs under them.
	Roots []syncproto.ID `json:"roots,omitempty"`
	// Confirmed are candidates of which somebody said that they are about the person.
	Confirmed []syncproto.ID `json:"confirmed,omitempty"`
	Records   []syncproto.ID `json:"records,omitempty"` // erased
	Files     []string       `json:"files,omitempty"`   // that they had and that are still to be condemned
	Doomed    []string       `json:"doomed,omitempty"`  // blobs that are condemned
	Uploads   int            `json:"uploads,omitempty"`
	Shared    int            `json:"shared,omitempty"`
	Proof     []Proof        `json:"proof,omitempty"`
}

// Proof says that a step was done.
type Proof struct {
	Step   string   `json:"step"`
	At     int64    `json:"at"` // server time, Unix ms
	Count  int      `json:"count"`
	Hashes []string `json:"hashes,omitempty"` // of what was erased: see Hash
}

// Hash is how a proof names what was erased: SHA-256 of the case's id and the id of a record, or the hexadecimal hash of a
// blob, cut at 16 bytes.
func Hash(of syncproto.ID, what string) string {
	sum := sha256.Sum256([]byte(string(of) + "|" + what))
	return hex.EncodeToString(sum[:16])
}

func workOf(c *storage.Case) (*work, error) {
	w := &work{}
	if len(c.Steps) == 0 {
		return w, nil
	}
	if err := json.Unmarshal(c.Steps, w); err != nil {
		return nil, syncproto.E(syncproto.CodeStoreBroken, "read the steps of a case", err)
	}
	return w, nil
}

// note notes files that erased records had.
func (w *work) note(files []storage.BlobID) {
	for _, id := range files {
		if name := id.String(); !slices.Contains(w.Files, name) {
			w.Files = append(w.Files, name)
		}
	}
}

func blobsOf(names []string) (ids []storage.BlobID, err error) {
	for _, name := range names {
		id, err := storage.ParseBlobID(name)
		if err != nil {
			return nil, syncproto.E(syncproto.CodeStoreBroken, "read the steps of a case", err)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// prove makes the proof of what was done and forgets the ids.
func (w *work) prove(of syncproto.ID, now int64) {
	hashes := func(names []string) []string {
		for i := range names {
			names[i] = Hash(of, names[i])
		}
		slices.Sort(names) // in no order that tells anything
		return names
	}
	records := make([]string, len(w.Records))
	for i, id := range w.Records {
		records[i] = string(id)
	}
	w.Proof = append(w.Proof,
		Proof{Step: "records", At: now, Count: len(records), Hashes: hashes(records)},
		Proof{Step: "uploads", At: now, Count: w.Uploads},
		Proof{Step: "blobs", At: now, Count: len(w.Doomed), Hashes: hashes(w.Doomed)},
		Proof{Step: "shared_stay", At: now, Count: w.Shared},
		Proof{Step: "checked", At: now, Count: len(records)},
	)
	w.Stage, w.Tries, w.Uploads, w.Shared = stageDone, 0, 0, 0
	w.Roots, w.Records, w.Files, w.Doomed, w.Confirmed = nil, nil, nil, nil, nil
}
