// Package simtest tries to break Lantoa. One seed makes a small world: units in a tree, people with rights over them,
// two to six phones with the real engine on real files, and a server. Then dozens of actions follow: people capture,
// edit, tag, delete, send, review and decide conflicts; requests and replies are lost, cut, doubled and delivered late;
// phones die at a durable write, reboot with wrong clocks, are cloned, hand their outbox on as a file; the server dies
// around a commit, its disk fails inside a mutation; phones and people join, and the server is set back to a backup that
// does not know them; rights move, accounts close, tombstones are forgotten; between any two requests the server may
// write into a photo how far its file has come. In the end the faults stop, every phone syncs until nothing moves, and
// the invariants are checked (invariants.go states each in a sentence; some are checked after every action and on every
// answer on the wire).
//
// Nothing in a run depends on the machine: time, randomness and the order of everything come from the seed, on one
// goroutine. A seed that fails is shortened, action by action, and printed:
//
//	go test ./mobile-sdk/simtest                                   600 seeds (100 with -short)
//	go test ./mobile-sdk/simtest -run TestSimulation -seeds 2000   as many as the gate runs
//	go test ./mobile-sdk/simtest -run TestSimulation -seed 354     one seed, with its transcript
//	go test ./mobile-sdk/simtest -run TestSimulation -long 1h -first 1000000
//
// The server is a Backend: the model of package model here, the real handlers over real stores in server/internal/e2e.
//
// How one finds what a phone promised: every value that a person writes carries a mark that occurs nowhere else (w12q, or
// a number from 18000000000000 on). A mark may be in the record, in its revisions, in a conflict, in a dead letter, or
// still on the phone. Anywhere else is nowhere.
//
// # That it bites
//
// TestBites puts bugs back, one by one: each of model.Bugs and of the phone's hook.Bugs. The table in bugs_test.go has a
// seed that finds each and the invariants that it may break. A seed that no longer finds its bug is followed by the next
// 60, because every change to the plan of a run moves what its seeds find.
//
// # What it found
//
// While the product was built: numbers without a mutation could not be stored and stopped a phone for good (seed 60); a
// desk stayed on a phone when the server was restored and the grant ended before its next sync (seed 354); outcomes that
// no phone had acknowledged could be forgotten by age (through the real store, seed 5); a file handed to a cloned phone
// could not be taken in (seed 254); whoever edited a story and came back first after a restore became its author (seed 80).
package simtest
