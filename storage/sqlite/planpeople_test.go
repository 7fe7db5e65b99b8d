package sqlite

import "testing"

// TestQueriesOfTheRegisterUseTheIndexMadeForThem: no list of the desk grows with all persons, notices or cases.
func TestQueriesOfTheRegisterUseTheIndexMadeForThem(t *testing.T) {
	wantPlans(t, map[string][]string{
		personColumns + "WHERE id = ?": {"SEARCH persons USING PRIMARY KEY (id=?)"},
		personsSQL:                     {"SEARCH persons USING PRIMARY KEY (id>?)"},
		personByPhoneSQL:               {"SEARCH persons USING INDEX persons_phone (phone=?)"},
		grantsSQL:                      {"SEARCH grants USING PRIMARY KEY (person=?)"},
		membersSQL:                     {"SEARCH grants USING INDEX grants_unit (unit=?)"},
		grantsOfSQL:                    {"SEARCH grants USING PRIMARY KEY (person>?)"},
		devicesOfSQL:                   {"SEARCH devices USING INDEX devices_person (person=?)"},
		personAuditsSQL:                {"SEARCH audits USING INDEX audits_person (person=? AND number>?)"},
		contactSQL:                     {"SEARCH contacts USING PRIMARY KEY (device=?)"},
		putContactSQL:                  {"SEARCH devices USING PRIMARY KEY (id=?)"},
		firstVersionSQL:                {"SEARCH unit_versions USING PRIMARY KEY (unit=?)"},

		accountColumns + "WHERE person = ?": {"SEARCH accounts USING PRIMARY KEY (person=?)"},
		accountByLoginSQL:                   {"SEARCH accounts USING INDEX accounts_login (login=?)"},
		accountByHandleSQL:                  {"SEARCH accounts USING INDEX accounts_handle (handle=?)"},
		accountTakenSQL: {
			"SEARCH accounts USING COVERING INDEX accounts_login (login=?)",
			"SEARCH accounts USING COVERING INDEX accounts_handle (handle=?)",
		},
		passkeysSQL:                       {"SEARCH passkeys USING INDEX passkeys_person (person=?)"},
		sessionColumns + "WHERE hash = ?": {"SEARCH sessions USING PRIMARY KEY (hash=?)"},
		sessionsSQL:                       {"SEARCH sessions USING INDEX sessions_person (person=?)"},
		expiredSQL:                        {"SEARCH sessions USING INDEX sessions_expires (expires<?)"},
		codesSQL:                          {"SEARCH recovery_codes USING PRIMARY KEY (person=?)"},
		dropLinksSQL:                      {"SEARCH sign_in_links USING INDEX sign_in_links_person (person=?)"},

		noticesSQL:     {"SEARCH notices USING INTEGER PRIMARY KEY (rowid>?)"},
		noticesToSQL:   {"SEARCH notices USING INDEX notices_scope (scope=? AND number>?)"},
		sameNoticeSQL:  {"SEARCH notices USING COVERING INDEX notices_identity (record=? AND kind=? AND revision=? AND scope=?)"},
		dropNoticesSQL: {"SEARCH notices USING INDEX notices_identity (record=?)"},

		casesSQL:     {"SEARCH cases USING INDEX cases_done ((done_by,id)>(?,?))"},
		openCasesSQL: {"SEARCH cases USING INDEX cases_open ((done_by,id)>(?,?))"},
		unitCasesSQL: {
			"SEARCH cases USING PRIMARY KEY (id=?)", "SEARCH cases USING COVERING INDEX cases_done ((done_by,id)>(?,?))",
			"SCAN json_each VIRTUAL TABLE INDEX 1:", "USE TEMP B-TREE FOR ORDER BY", // of one page
		},
		openUnitCasesSQL: {
			"SEARCH cases USING PRIMARY KEY (id=?)", "SEARCH cases USING COVERING INDEX cases_open ((done_by,id)>(?,?))",
			"SCAN json_each VIRTUAL TABLE INDEX 1:", "USE TEMP B-TREE FOR ORDER BY",
		},
		casesDueSQL: {"SEARCH cases USING INDEX cases_due (due>? AND due<?)"},
	})
}
