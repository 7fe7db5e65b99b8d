package sqlite

import "testing"

// TestQueriesOfReportsUseTheIndexMadeForThem: a report reads the spans that it is about, and of submissions no whole row.
func TestQueriesOfReportsUseTheIndexMadeForThem(t *testing.T) {
	wantPlans(t, map[string][]string{
		countedSQL:  {"SEARCH counted USING INTEGER PRIMARY KEY (rowid=?)"},
		countersSQL: {"SEARCH counters USING PRIMARY KEY (span>? AND span<?)"},
		counterSQL:  {"SEARCH counters USING PRIMARY KEY (span=? AND unit=?)"},
		callSumSQL:  {"SEARCH call_sums USING PRIMARY KEY (call=?)"},
		authorsSQL:  {"SEARCH submissions USING COVERING INDEX submissions_sent (sent>? AND sent<?)", "USE TEMP B-TREE FOR DISTINCT"},
	})
}
