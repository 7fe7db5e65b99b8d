package sqlite

import (
	"database/sql/driver"
	"path/filepath"
	"strings"
	"testing"
)

// TestQueriesUseAnIndex keeps the questions of every request from growing with the database.
func TestQueriesUseAnIndex(t *testing.T) {
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
	for _, sql := range []string{
		rowByID, headByName, headByNum, changesSQL, outcomesSQL, originSQL,
		deviceColumns + "WHERE id = ?", deviceColumns + "WHERE token = ?",
		revisionColumns + "WHERE rid = ? AND revision = ?", revisionColumns + "WHERE rid = ? ORDER BY revision",
		"SELECT id FROM records WHERE parent = ? ORDER BY id LIMIT ?",
		"SELECT scope, sequence, rid FROM feed WHERE at < ?",
		uploadColumns + "WHERE id = ?", uploadColumns + "WHERE id > ? ORDER BY id LIMIT ?", uploadForSQL, heldSQL,
		mediaColumns + "WHERE id = ?", mediaListSQL, mediaDueSQL, mediaUsedSQL, mediaMadeSQL, mediaNeededSQL,
		mediaLinksSQL, recordMediaSQL, factsSQL, auditsSQL, recordAuditsSQL,
	} {
		args := make([]driver.Value, strings.Count(sql, "?"))
		err := c.each("EXPLAIN QUERY PLAN "+sql, func(row []driver.Value) bool {
			if plan := text(row[3]); strings.HasPrefix(plan, "SCAN") && plan != "SCAN CONSTANT ROW" || strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("%s\nis answered by %s", sql, plan)
			}
			return true
		}, args...)
		if err != nil {
			t.Fatal(err)
		}
	}
}
