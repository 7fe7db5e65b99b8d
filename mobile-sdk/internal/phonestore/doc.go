// Package phonestore is the one file in which a profile lives: what the server said, what the person did, and how far
// the two have been exchanged. It is the only importer of SQLite in the SDK.
//
// One connection writes, others read, so that reading never waits for a write and a write waits for at most one other.
// Every Update is durable when it returns: WAL with synchronous FULL. With a PIN, everything that people wrote is sealed
// (AES-256-GCM) under a random key that only the PIN opens; ids, kinds, states and times stay readable, because lists
// are made of them.
//
// The package stores and finds. What a mutation does to a record, and what a response means, is the engine's to decide.
package phonestore
