// Package baseline is what the SQLite store is measured against: rows that are there already, inserted again by a
// writer with group commit that judges nothing, encodes nothing and asks nothing. It answers how fast this machine, the
// driver and the disk could take what a server stored, and belongs to benchmarks. The heads of scopes and the counters of
// devices, which a store updates once a commit, are left out.
//
// Read reads what requests left in a store's file; Insert writes it into a copy of that file as it was before them,
// with the settings and the concurrency of the server.
package baseline
