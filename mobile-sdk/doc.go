// Package mobilesdk is the engine that a phone app embeds: a store in one file, an outbox that survives a kill at any
// instruction, a local view that shows at once what a person did, and the rounds that exchange it with a server.
//
// Apps call what mobile.go, mobilemedia.go, mobiledesk.go and mobilecalls.go export, which stays within what gomobile can
// bind: [OpenPhone] gives a [Phone] with its profiles, and a [Profile] captures, lists and syncs. Go programs use the [Engine]
// beneath it, with contexts and typed values. Everything else in the package serves these two.
//
// The bytes of photos travel beside the records, in lanes: AttachFile takes a file in, SyncMedia and Watch send what
// waits, FetchMedia gets what others sent, FreeSpace gives room back. Media says where each file is.
//
// The desk's side of a submission comes to the phone as records: Timeline, Notes and Lacks read them, Submit, Fix, Resubmit,
// Withdraw, AddNote, AddConsent and SetShows answer by the server's rules before there is any network. A phone whose access
// ended sends all that it holds and then empties itself: see ended.go.
//
// Calls come by sync: Inbox shows them, Answer, TakeBack and CheckIn speak to them, Opened and the receipts that write themselves
// say what reached the person. SetPush says where the phone is rung, Ring what it shows then; a push carries no content and
// nothing depends on it. What the association knows of a person is asked over the network and never stored: MyFacts, TellFact.
//
// Three rules hold everywhere. What a person captured is durable before the call returns, and nothing but a receipt of
// the server, or the person, removes it. No call waits for the network except those that say so: a sync holds no lock
// while it waits, so capturing and reading go on. And what the phone shows is the server's fact with everything
// unsent replayed over it by the same rules that the server will judge by (package reconcile).
package mobilesdk
