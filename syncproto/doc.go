// Package syncproto holds the words of Lantoa and the wire that carries them.
//
// Everything that a phone and a server say to each other is a type of this package: a [Record] with its
// fields and revision, the [Mutation] that a phone captured while it had no network, the [Outcome] that the
// server gives each mutation, the [Page] of changes of one [Scope], and the [Cursor] that says how far a
// device has read. SPEC.md beside this file states the protocol in numbered clauses; comments name the clause
// they follow as (S-12).
//
// The package does no I/O, reads no clock and keeps no state. It imports the standard library and
// golang.org/x/text, so it can be linked into a phone, a server or a tool. One rule holds for every function
// here: what it returns shares no memory with what it was given, unless its comment says so.
//
// JSON is the wire. Decoding is strict (S-20 and after): exact key case, no duplicate keys, valid UTF-8, limits
// on depth, size and count. Encoding is canonical: members in byte order of their keys, no white space, shortest
// numbers, text in NFC. Two equal values therefore have equal bytes, in every language that follows the SPEC.
package syncproto
