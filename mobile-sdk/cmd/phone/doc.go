// Command phone is a phone in the terminal: the same engine that an app embeds, with words instead of screens. Testers,
// operators and people without Android use the product with it.
//
//	phone -dir lan enroll ABCD-EFGH-JKMN -server http://localhost:8080
//	phone -dir lan story -title "Chị Hoa hiến máu lần thứ 30" -body "Sáng nay…" -submit
//	phone -dir lan sync -watch
//	phone -dir lan inbox
//	phone -dir lan answer 7f3a9c21 yes -count 2
//
// Every command takes -json and then prints exactly one JSON value (sync -watch: one a line). Records may be named by
// any part of their id that is unique. inbox notes calls as shown unless it is asked with -json, opened notes one as read, and
// show notes nothing. Exit codes are a contract:
//
//	0  done
//	1  a fault of the program or the server
//	2  the command line or the input is wrong
//	3  the phone is not enrolled, or its access was taken back
//	4  no connection; everything is kept and can be sent later, but for facts, of which a phone keeps nothing
//	5  the sync worked, but something needs the person: the server refused it (tray), or a file is set aside (media)
//	6  the phone's store cannot be used: full, read-only, missing, newer, locked or damaged
//	7  there is no such record, profile or file
//	8  refused in this state, for example because something unsent would be lost
package main
