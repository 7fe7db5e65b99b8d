// Package sqlite is the embedded Store: one file, one writer with group commit, a pool of readers.
//
// One goroutine owns the only connection that writes. It takes a waiting closure, begins, runs every other closure
// that waits meanwhile, each in its own savepoint, commits once and answers all: the price of an fsync is shared by
// as many requests as came during the last one. Commits are synchronous=FULL, so what was acknowledged survives a
// power cut; anything less would also hand out sequence numbers twice after one.
//
// The heads of scopes are read once per transaction and written once before its commit. Nothing is remembered from
// one transaction to the next, since the command line opens the file beside a running server.
//
// The package talks to the driver through database/sql/driver and not through database/sql: the writer is pinned
// anyhow, and the pool of readers is forty lines that need no reflection for every row.
package sqlite
