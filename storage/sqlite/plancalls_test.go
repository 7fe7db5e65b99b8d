package sqlite

import (
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// TestQueriesOfCallsUseTheIndexMadeForThem: what is asked at each sync and at each answer grows with nothing.
func TestQueriesOfCallsUseTheIndexMadeForThem(t *testing.T) {
	of := func(search string, more ...string) []string {
		return append([]string{"SEARCH recipients USING " + search, "SEARCH lists USING COVERING INDEX sqlite_autoindex_lists_1 (call=?)"}, more...)
	}
	page := func(search string, more ...string) []string {
		return append([]string{"SEARCH calls USING INDEX sqlite_autoindex_calls_1 (id=?)", "SEARCH calls USING COVERING INDEX " + search}, more...)
	}
	const given = "SCAN json_each VIRTUAL TABLE INDEX 1:" // as few as were asked for
	pruned := of("PRIMARY KEY (list=? AND person=?)", "SEARCH delivery USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)", "SCAN (subquery-2)")
	bare, _ := callsSQL(&storage.CallQuery{})
	states, _ := callsSQL(&storage.CallQuery{States: []storage.CallState{storage.CallSent}})
	units, _ := callsSQL(&storage.CallQuery{Units: []syncproto.ID{""}})
	whole, _ := callsSQL(&storage.CallQuery{
		Units: []syncproto.ID{""}, Campaign: syncproto.MakeID(1, [10]byte{}), States: []storage.CallState{storage.CallSent},
	})
	wantPlans(t, map[string][]string{
		campaignSQL:  {"SEARCH campaigns USING PRIMARY KEY (id=?)"},
		campaignsSQL: {"SEARCH campaigns USING PRIMARY KEY (id<?)"},
		callSQL:      {"SEARCH calls USING INDEX sqlite_autoindex_calls_1 (id=?)"},
		callsDueSQL:  {"SEARCH calls USING INDEX calls_due (due<?)"},
		bare:         page("sqlite_autoindex_calls_1 (id<?)"),
		states:       page("calls_newest (id<?)", given),
		units:        page("sqlite_autoindex_calls_1 (id=?)", "SEARCH call_units USING COVERING INDEX call_units_unit (unit=?)", given),
		whole: page("calls_newest (id=? AND state=? AND campaign=?)",
			"SEARCH call_units USING COVERING INDEX call_units_unit (unit=?)", given, given),

		audiencesSQL: {
			"SEARCH r USING COVERING INDEX recipients_person (person=? AND gone>?)", "SEARCH l USING INTEGER PRIMARY KEY (rowid=?)",
		},
		recipientSQL:       of("PRIMARY KEY (list=? AND person=?)"),
		recipientsSQL:      of("PRIMARY KEY (list=? AND person>?)"),
		unreachedSQL:       of("PRIMARY KEY (list=? AND person>?)"),
		waitingSQL:         of("INDEX recipients_waiting (list=?)"),
		reachesSQL:         of("PRIMARY KEY (list=?)"),
		putReceiptSQL:      of("PRIMARY KEY (list=? AND person=?)"),
		putAnswerSQL:       of("PRIMARY KEY (list=? AND person=?)"),
		putRecipientSQL:    of("PRIMARY KEY (list=? AND person=?)"),
		forgetRecipientSQL: {"SEARCH recipients USING INDEX recipients_person (person=?)"},
		placesSQL:          {"SEARCH lists USING INDEX sqlite_autoindex_lists_1 (call=?)"},
		lastArrivedSQL:     {"SEARCH lists USING INDEX sqlite_autoindex_lists_1 (call=?)"},
		callIntentsSQL:     {"SEARCH intent USING COVERING INDEX intent_identity (record=? AND kind=?)"},
		callDeliveriesSQL:  {"SEARCH delivery USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"},
		keepPushedSQL:      pruned,
		keepAcceptedSQL:    pruned,

		candidatesSQL:      {"SCAN persons"}, // in the order of their keys, all of them
		candidateGrantsSQL: {"SCAN grants"},
		candidateTagsSQL:   {"SCAN tags"},
		candidateFactsSQL:  {"SCAN facts", given},
		factsOfSQL:         {"SEARCH facts USING PRIMARY KEY (person=?)"},
		tagsOfSQL:          {"SEARCH tags USING PRIMARY KEY (person=?)"},
		tagCountsSQL:       {"SCAN tag_counts"},
		preferenceSQL:      {"SEARCH preferences USING PRIMARY KEY (person=?)"},
		preferencesSQL:     {"SEARCH preferences USING PRIMARY KEY (person=?)", given},
	})
}
