package sqlite_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lantoa/storage"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

// secrets are words that nobody else writes. Words lie sorted in the index and without what they have in common with the
// one before, so their ends are looked for.
var secrets = []string{"qvxkaburen", "zjwtofipol", "xqhgumesad", "wkzbyrocin", "vjqpelatuf"}

// leftIn returns the secrets of which a store's files still hold something.
func leftIn(t *testing.T, s *sqlite.Store) (out []string) {
	t.Helper()
	for _, suffix := range []string{"", "-wal"} {
		data, err := os.ReadFile(s.Path() + suffix)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range secrets {
			if bytes.Contains(data, []byte(secret[4:])) {
				out = append(out, secret+suffix)
			}
		}
	}
	return out
}

// TestErasedLeavesNoTraceInTheFiles looks into the pages and the log, without any VACUUM, after several records with long
// histories between many others were erased.
func TestErasedLeavesNoTraceInTheFiles(t *testing.T) {
	slow(t)
	const seed = 11
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	s := open(t, filepath.Join(t.TempDir(), "lantoa.db"))
	scopes := []syncproto.Scope{syncproto.PersonScope(benchID(2e9)), syncproto.DeskScope(benchID(3e9))}
	latest := map[uint64]*syncproto.Record{}
	for round := range 6 {
		for first := uint64(0); first < 150; first += 15 {
			err := s.Update(t.Context(), func(tx storage.Tx) error {
				for n := first; n < first+15; n++ {
					words := strings.Repeat("lời kể dài của bà con ", 1+r.IntN(200))
					if n%40 == 7 {
						words += secrets[round%len(secrets)] + " " + words + secrets[n/40%uint64(len(secrets))]
					}
					latest[n] = storyOf(n, latest[n], words)
					if err := putEverywhere(tx, latest[n], scopes, words, int64(n)); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(leftIn(t, s)) == 0 {
		t.Fatal("the secrets are in no file, so nothing is tested")
	}
	erase := func() {
		for n := uint64(7); n < 150; n += 40 {
			gone := &syncproto.Record{ID: latest[n].ID, Kind: syncproto.KindStory, Revision: latest[n].Revision + 1, Deleted: true, Erased: true}
			if err := s.Update(t.Context(), func(tx storage.Tx) error { return tx.EraseRecord(gone) }); err != nil {
				t.Fatal(err)
			}
		}
	}
	err := s.Still(func() error { // while a view stands, what it sees must stay somewhere
		erase()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := putStory(s, story(1e6)); err != nil {
		t.Fatal(err)
	}
	if left := leftIn(t, s); len(left) > 0 {
		t.Errorf("the files still hold %q", left)
	}
	if verdict := s.Integrity(t); verdict != "ok" {
		t.Errorf("integrity: %s", verdict)
	}
	if err := s.Exec("INSERT INTO submission_words (submission_words) VALUES ('integrity-check')"); err != nil {
		t.Errorf("index: %v", err)
	}
}

// putEverywhere puts a record and its words wherever a store keeps any.
func putEverywhere(tx storage.Tx, r *syncproto.Record, scopes []syncproto.Scope, words string, number int64) error {
	if err := tx.PutRecord(r, scopes); err != nil {
		return err
	}
	if err := tx.PutSide(r.ID, "body", benchID(1e9), r.Fields["body"]); err != nil {
		return err
	}
	wire := []byte(`{"record":"` + string(r.ID) + `","set":` + string(r.Fields["body"]) + `}`)
	err := tx.AddDeadLetter(&storage.DeadLetter{Device: benchID(1e9), Number: number, Wire: wire})
	if err != nil {
		return err
	}
	return tx.PutSubmission(&storage.Submission{Record: r.ID, Title: words[:20] + words[len(words)-10:], Text: words}, 0)
}

func storyOf(n uint64, old *syncproto.Record, body string) *syncproto.Record {
	r := story(n)
	if old != nil {
		r.Revision, r.Marks = old.Revision+1, map[string]int64{"body": old.Revision + 1}
	}
	r.Fields["body"] = syncproto.Text(body)
	return r
}

// TestErasedDeadLettersLeaveNoTrace does the same for what a person's phone sent in vain.
func TestErasedDeadLettersLeaveNoTrace(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "lantoa.db"))
	for _, erase := range []bool{false, true} {
		err := s.Update(t.Context(), func(tx storage.Tx) error {
			if erase {
				return tx.EraseDeadLetters(benchID(2e9))
			}
			for n := range int64(50) {
				wire := []byte(strings.Repeat(secrets[0]+" ", 1+int(n)*20))
				if err := tx.AddDeadLetter(&storage.DeadLetter{Device: benchID(1), Number: n, Person: benchID(2e9), Wire: wire}); err != nil {
					return err
				}
			}
			return nil
		})
		if left := leftIn(t, s); err != nil || (len(left) == 0) != erase {
			t.Errorf("erased %v: the files hold %q, %v", erase, left, err)
		}
	}
}
