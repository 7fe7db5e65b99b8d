package sqlite

import (
	"database/sql/driver"
	"path/filepath"
	"strings"
	"testing"
)

// TestQueriesUseTheIndexMadeForThem: a partial index that a query does not fit is passed over without a word, and a
// larger one may stand in for it.
func TestQueriesUseTheIndexMadeForThem(t *testing.T) {
	wantPlans(t, map[string][]string{
		uploadForSQL: {"SEARCH uploads USING INDEX uploads_record (record=? AND person=? AND lane=?)"},
		heldSQL:      {"SEARCH uploads_held USING PRIMARY KEY (person=?)"},
		mediaDueSQL:  {"SEARCH media USING INDEX media_due (due>? AND due<?)"},
		mediaUsedSQL: {"SEARCH media_used USING PRIMARY KEY (person=?)"},
		mediaMadeSQL: {
			"SEARCH media USING COVERING INDEX media_served (served=?)",
			"SEARCH media USING COVERING INDEX media_thumbnail (thumbnail=?)",
			"SEARCH media USING COVERING INDEX media_display (display=?)",
		},
		mediaNeededSQL: {
			"SEARCH m USING PRIMARY KEY (id=?)", "SEARCH l USING PRIMARY KEY (blob=?)",
			"SEARCH r USING INDEX sqlite_autoindex_records_1 (id=?) LEFT-JOIN",
		},
		mediaLinksSQL:   {"SEARCH media_links USING PRIMARY KEY (blob=?)"},
		recordMediaSQL:  {"SEARCH media_links USING INDEX media_links_record (record=?)"},
		auditsSQL:       {"SEARCH audits USING INTEGER PRIMARY KEY (rowid>?)"},
		recordAuditsSQL: {"SEARCH audits USING INDEX audits_record (record=? AND number>?)"},
	})
}

// wantPlans compares the steps by which SQLite answers queries with what is expected.
func wantPlans(t *testing.T, plans map[string][]string) {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "lantoa.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c, err := dial(s.path, readerPragmas)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for sql, want := range plans {
		var plan []string
		args := make([]driver.Value, strings.Count(sql, "?"))
		err := c.each("EXPLAIN QUERY PLAN "+sql, func(row []driver.Value) bool {
			step := text(row[3])
			reads := strings.HasPrefix(step, "SEARCH") || strings.HasPrefix(step, "SCAN") && step != "SCAN CONSTANT ROW"
			if reads || strings.Contains(step, "TEMP B-TREE") {
				plan = append(plan, step)
			}
			return true
		}, args...)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Join(plan, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s\ngot  %q\nwant %q", sql, plan, want)
		}
	}
}
