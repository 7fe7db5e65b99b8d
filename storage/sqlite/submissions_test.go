package sqlite_test

import (
	"path/filepath"
	"testing"

	"lantoa/storage"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

// index sums up the pages of the index of words, which change with every text that goes through it.
func index(t *testing.T, s *sqlite.Store) (sum any) {
	t.Helper()
	err := s.View(t.Context(), func(r storage.Reader) (err error) {
		sum, err = sqlite.Ask(r, "SELECT group_concat(id || ' ' || hex(block)) FROM submission_words_data")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func TestAnUnchangedSubmissionCostsNothing(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "lantoa.db"))
	row := &storage.Submission{Record: benchID(1), Unit: benchID(2), State: syncproto.StateSubmitted, Text: "Hội Chữ thập đỏ"}
	put := func() (changes int64) {
		err := s.Update(t.Context(), func(tx storage.Tx) error {
			before, err := sqlite.Ask(tx, "SELECT total_changes()")
			if err != nil {
				return err
			}
			if err := tx.PutSubmission(row, 0); err != nil {
				return err
			}
			after, err := sqlite.Ask(tx, "SELECT total_changes()")
			changes = after.(int64) - before.(int64)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return changes
	}
	put()
	first := index(t, s)
	if n := put(); n != 0 {
		t.Errorf("putting it again changed %d rows", n)
	}
	row.State, row.Claimer, row.Until, row.Flags = syncproto.StateInReview, benchID(3), 5, storage.FlagUrgent
	if n := put(); n == 0 || index(t, s) != first {
		t.Errorf("a claim changed %d rows, and the index: %v", n, index(t, s) != first)
	}
	row.Text = "hội “CHỮ THẬP ĐỎ”."
	if n := put(); n != 1 || index(t, s) != first {
		t.Errorf("other signs around the same words changed %d rows, and the index: %v", n, index(t, s) != first)
	}
	row.Text = "Công đoàn"
	if put(); index(t, s) == first {
		t.Error("other words left the index as it was")
	}
}

// TestIndexIsMadeAnew: a build that cuts words otherwise finds the words that another has cut.
func TestIndexIsMadeAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lantoa.db")
	s := open(t, path)
	err := s.Update(t.Context(), func(tx storage.Tx) error {
		return tx.PutSubmission(&storage.Submission{Record: benchID(1), Text: "Hội Chữ thập đỏ"}, 0)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		"INSERT INTO submission_words (submission_words) VALUES ('delete-all')",
		"INSERT INTO submission_words (rowid, folded, exact) VALUES (1, 'wrongly cut', 'wrongly cut')",
		"UPDATE submission_cut SET version = 'of another build'",
	} {
		if err := s.Exec(sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	err = s.View(t.Context(), func(r storage.Reader) error {
		for text, want := range map[string]int{"chu thap do": 1, "wrongly": 0} {
			if page, err := r.Find(&storage.Query{Text: text, Limit: 10}); err != nil || len(page.Rows) != want {
				t.Errorf("%s: got %v, %v, want %d rows", text, page, err, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
