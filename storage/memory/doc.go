// Package memory is the reference Store: everything in process memory, simple enough to be believed by reading. It
// serves tests, simulations and demonstrations; it survives nothing.
//
// The whole database is one value made of persistent trees. A transaction changes its own copy of the roots, so a
// snapshot, a savepoint and a rollback are each one assignment, and readers never meet writers.
package memory
