package sqlite

import (
	"database/sql/driver"
	"strings"

	"lantoa/storage/internal/find"
)

// reword takes the words of one text of a submission out of the index and puts those of another in; either may be nil.
// Nothing happens if they are the same words.
func (t *tx) reword(op string, number int64, old, next *find.Text) error {
	if old != nil && next != nil && old.Join(find.Accented) == next.Join(find.Accented) && old.Join(find.Folded) == next.Join(find.Folded) {
		return nil
	}
	if old != nil {
		_, err := t.exec(op, "INSERT INTO submission_words (submission_words, rowid, folded, exact) VALUES ('delete', ?, ?, ?)",
			number, old.Join(find.Folded), old.Join(find.Accented))
		if err != nil {
			return err
		}
	}
	if next == nil {
		return nil
	}
	_, err := t.exec(op, insertWords, number, next.Join(find.Folded), next.Join(find.Accented))
	return err
}

const insertWords = "INSERT INTO submission_words (rowid, folded, exact) VALUES (?, ?, ?)"

// cutAnew fills the index when another build cut the words of the texts otherwise: what leaves the index must be what
// came in.
func cutAnew(c *conn) (err error) {
	row, err := c.first("SELECT version FROM submission_cut")
	if err != nil || row != nil && text(row[0]) == find.Version() {
		return err
	}
	if _, err := c.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, _ = c.exec("ROLLBACK")
		}
	}()
	if _, err := c.exec("INSERT INTO submission_words (submission_words) VALUES ('delete-all')"); err != nil {
		return err
	}
	var failed error
	err = c.each("SELECT number, text FROM submission_texts ORDER BY number", func(row []driver.Value) bool {
		t := find.NewText(text(row[1]))
		_, failed = c.exec(insertWords, integer(row[0]), t.Join(find.Folded), t.Join(find.Accented))
		return failed == nil
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return err
	}
	if _, err := c.exec("UPDATE submission_cut SET version = ?", find.Version()); err != nil {
		return err
	}
	_, err = c.exec("COMMIT")
	return err
}

// matches returns FTS5 expressions for what a search finds at each level, no text at two; "" for none. Words hold no
// character that means something to FTS5, so nothing that is typed leaves its quotes.
func matches(s *find.Search) (out [find.Levels]string) {
	form := s.Form()
	words := allOf(form, s.Words[form])
	out[1] = words
	if len(s.Row[form]) > 0 {
		row := anyOf(form, s.Row[form])
		if out[0] = row; s.Quoted {
			out[0] = words + " AND " + row
		}
		out[1] = words + " NOT " + row
	}
	if s.Accents {
		out[2] = allOf(find.Folded, s.Words[find.Folded]) + " NOT " + words
	}
	return out
}

// matchesAny returns the expression for what a search finds at any level.
func matchesAny(s *find.Search) string {
	words := allOf(s.Form(), s.Words[s.Form()])
	if !s.Accents {
		return words
	}
	return words + " OR " + allOf(find.Folded, s.Words[find.Folded])
}

func allOf(form find.Form, clauses []find.Clause) string {
	parts := make([]string, len(clauses))
	for i, c := range clauses {
		parts[i] = anyOf(form, c)
	}
	return "(" + strings.Join(parts, " AND ") + ")"
}

func anyOf(form find.Form, c find.Clause) string {
	parts := make([]string, len(c))
	for i := range c {
		parts[i] = sequence(&c[i])
	}
	return [2]string{"folded", "exact"}[form] + " : (" + strings.Join(parts, " OR ") + ")"
}

func sequence(s *find.Sequence) string {
	between := `" AND "`
	if s.Phrase {
		between = " "
	}
	text := `("` + strings.Join(s.Words, between) + `"`
	if s.Start {
		text += " *"
	}
	return text + ")"
}
