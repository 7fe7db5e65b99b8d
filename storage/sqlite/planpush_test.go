package sqlite

import (
	"database/sql/driver"
	"path/filepath"
	"strings"
	"testing"
)

// TestQueriesOfPushesUseTheIndexMadeForThem: neither a lease nor a result looks at deliveries that it is not about, however
// many wait.
func TestQueriesOfPushesUseTheIndexMadeForThem(t *testing.T) {
	due := "SEARCH d USING INDEX delivery_waits (intent=? AND due<?)"
	waits := "SEARCH delivery USING INDEX delivery_waits (intent=?)"
	oneOf := []string{"SEARCH delivery USING INTEGER PRIMARY KEY (rowid=?)", "SCAN json_each VIRTUAL TABLE INDEX 1:"}
	wantPlans(t, map[string][]string{
		registrationSQL:      {"SEARCH registration USING INDEX registration_device (device=?)"},
		registrationsOfSQL:   {"SEARCH registration USING PRIMARY KEY (person=?)"},
		dropAddressSQL:       {"SEARCH registration USING COVERING INDEX registration_address (address=?)"},
		dropRegistrationsSQL: {"SEARCH registration USING PRIMARY KEY (person=?)"},

		sameIntentSQL:  {"SEARCH intent USING COVERING INDEX intent_identity (record=? AND kind=? AND revision=? AND person=?)"},
		intentSQL:      {"SEARCH intent USING INTEGER PRIMARY KEY (rowid=?)"},
		intentsOpenSQL: {"SCAN intent USING INDEX intent_open"},
		planningSQL:    {"SCAN intent USING INDEX intent_planning"},
		nextShareSQL:   {"SEARCH share USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"},
		noticesDueSQL:  {"SCAN notices USING INDEX notices_untaken"},

		readySQL: {
			"SEARCH intent USING INTEGER PRIMARY KEY (rowid=?)", "SEARCH intent USING COVERING INDEX intent_next (class=? AND ready=? AND next<?)",
		},
		candidateSQL: {"SEARCH intent USING INDEX intent_turn (class=?)"},
		dueSQL:       {due, "SEARCH r USING PRIMARY KEY (person=? AND device=?) LEFT-JOIN"},
		leaseSQL:     oneOf,
		leaseRunSQL:  {"SEARCH delivery USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"},
		nextRowSQL:   {waits},
		boundSQL:     {"SEARCH intent USING INTEGER PRIMARY KEY (rowid=?)", waits, waits},
		expiringSQL:  {"SEARCH intent USING INDEX intent_until (until>? AND until<?)"},
		expireOwnSQL: {
			"SEARCH delivery USING INTEGER PRIMARY KEY (rowid=?)", "SEARCH d USING COVERING INDEX delivery_until (until>? AND until<?)",
			"SEARCH i USING INTEGER PRIMARY KEY (rowid=?)",
		},

		underLeaseSQL:    oneOf,
		finishSQL[0]:     {"SCAN f", "SEARCH delivery USING INTEGER PRIMARY KEY (rowid=?)"},
		underWaySQL:      {"SCAN intent USING INDEX intent_leased"},
		severalSQL:       {"SEARCH delivery USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"},
		deliveriesSQL:    {"SEARCH delivery USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"},
		attemptsSQL:      {"SEARCH attempt USING PRIMARY KEY (delivery=?)"},
		prunableSQL:      {"SEARCH intent USING INDEX intent_over (over<?)"},
		pruneAttemptsSQL: {"SEARCH attempt USING PRIMARY KEY (delivery>? AND delivery<?)", "SEARCH delivery USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"},
		waitsSQL:         {"SEARCH i USING INDEX intent_next (class=? AND ready=? AND next<?)", "SEARCH delivery USING INDEX delivery_waits (intent=? AND due>?)"},
	})
}

// TestNoQueryOfPushesScans: of the tables that grow, none is read through.
func TestNoQueryOfPushesScans(t *testing.T) {
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
		putRegistrationSQL, dropRegistrationSQL, retireRegistrationSQL, countBadSQL, dropToldSQL, toldSQL, tellSQL, tellingSQL,
		noticeTakenSQL, dropShareSQL, dropSharesSQL, endIntentSQL, countStateSQL, expireRowsSQL, triedSQL, recoverSQL, nextDueSQL,
		pruneRowsSQL, pruneToldSQL, talliesOfSQL, whySQL, plannedSQL, finishedSQL, insertAttempt[1], finishSQL[1],
	} {
		err := c.each("EXPLAIN QUERY PLAN "+sql, func(row []driver.Value) bool {
			for _, table := range []string{"registration", "delivery", "attempt", "intent", "share", "told", "tally", "notices", "i"} {
				if plan := text(row[3]); plan == "SCAN "+table || strings.HasPrefix(plan, "SCAN "+table+" ") && plan != "SCAN i USING INDEX intent_spread" {
					t.Errorf("%s\nis answered by %s", sql, plan)
				}
			}
			return true
		}, make([]driver.Value, strings.Count(sql, "?"))...)
		if err != nil {
			t.Fatal(sql, err)
		}
	}
}
