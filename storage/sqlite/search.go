package sqlite

import (
	"database/sql/driver"
	"strings"

	"lantoa/storage/internal/find"
)

// rewording takes the words of a text out of the index, puts those of another in, or both.
type rewording struct {
	number         int64
	old, next      [2]string // by find.Form
	leaves, enters bool
}

// maxRewording bounds the size of the words that wait for the index. A test makes it small.
var maxRewording = 4 << 20

// reword takes the words of one text of a submission out of the index and puts those of another in; either may be nil.
// Nothing happens if they are the same words. The words wait for the end of the transaction: the index writes what came
// to it at the end of each savepoint, and many small pieces cost more to write, to merge and to search than one.
func (t *tx) reword(number int64, old, next *find.Text) error {
	w := rewording{number: number, leaves: old != nil, enters: next != nil}
	for form := range w.old {
		if old != nil {
			w.old[form] = old.Join(find.Form(form))
		}
		if next != nil {
			w.next[form] = next.Join(find.Form(form))
		}
	}
	if w.leaves && w.enters && w.old == w.next {
		return nil
	}
	t.words = append(t.words, w)
	if t.wordBytes += w.size(); t.wordBytes > maxRewording {
		return t.writeWords()
	}
	return nil
}

func (w *rewording) size() int {
	return len(w.old[0]) + len(w.old[1]) + len(w.next[0]) + len(w.next[1])
}

// writeWords writes the words that wait. They are kept as long as a savepoint that is under way may take that back.
func (t *tx) writeWords() error {
	const op = "index words"
	for ; t.worded < len(t.words); t.worded++ {
		w := &t.words[t.worded]
		if w.leaves {
			if _, err := t.exec(op, deleteWords, w.number, w.old[find.Folded], w.old[find.Accented]); err != nil {
				return err
			}
		}
		if w.enters {
			if _, err := t.exec(op, insertWords, w.number, w.next[find.Folded], w.next[find.Accented]); err != nil {
				return err
			}
		}
	}
	t.wordBytes = 0
	t.forgetWords()
	return nil
}

// forgetWords frees the words that are written for good, or as good as what they belong to.
func (t *tx) forgetWords() {
	from := 0
	if n := len(t.levels); n > 0 {
		from = t.levels[n-1].words
	}
	for i := from; i < t.worded; i++ {
		t.words[i] = rewording{}
	}
}

// undoWords forgets the words of a savepoint that is undone. Those from before it wait again if they were written in it.
func (t *tx) undoWords(l *level) {
	t.words, t.worded, t.wordBytes = t.words[:l.words], l.worded, 0
	for i := t.worded; i < len(t.words); i++ {
		t.wordBytes += t.words[i].size()
	}
}

const deleteWords = "INSERT INTO submission_words (submission_words, rowid, folded, exact) VALUES ('delete', ?, ?, ?)"

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

// matches returns FTS5 expressions for what a search finds at each level and at none before it, no text at two; "" for
// none. All are those for what it finds at each level or at one before. Words hold no character that means something to
// FTS5, so nothing that is typed leaves its quotes.
func matches(s *find.Search) (only, all [find.Levels]string) {
	form := s.Form()
	words := allOf(form, s.Words[form])
	only[1], all[1] = words, words
	if len(s.Row[form]) > 0 {
		row := anyOf(form, s.Row[form])
		if only[0] = row; s.Quoted {
			only[0] = words + " AND " + row
		}
		only[1] = words + " NOT " + row
		all[0] = only[0]
	}
	if s.Accents {
		all[2] = allOf(find.Folded, s.Words[find.Folded])
		only[2] = all[2] + " NOT " + words
	}
	return only, all
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
