package app

// commands lists what the program can do. It is a function because help, which lists it, is reached from its rows.
func commands() []command {
	return []command{
		{"serve", "", runServe},
		{"enroll", "-role R [-unit U]", runEnroll},
		{"unit", "add|list|merge|…", runUnit},
		{"people", "list|import|…", runPeople},
		{"device", "list|revoke", runDevice},
		{"staff", "link|list|reset|use", runStaff},
		{"desk", "sign-in|queue|show|…", runDesk},
		{"backup", "[FILE]", runBackup},
		{"restore", "FILE", runRestore},
		{"media", "verify", runMedia},
		{"push", "check|status|keys", runPush},
		{"demo", "[-keep] [-s3 BUCKET]", runDemo},
		{"version", "", runVersion},
	}
}
