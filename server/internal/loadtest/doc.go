// Package loadtest is a field day: the load of a province whose phones all come back to the network, and the
// figures that the server is held to.
//
// Run starts two servers, one after the other, and drives the same work through both: the real one, as a child
// process on a database that it prepares, and the null server of this package, which speaks the same wire, keeps
// records only in memory, merges nothing and promises nothing. The null server is what HTTP, JSON, compression and
// this machine cost at least; the ratio between the two is what judging, storing and syncing to disk add. Absolute
// figures belong to the machine they were measured on, ratios travel.
//
// The phones of the load are not the SDK. They build and read the wire themselves, over raw keep-alive connections
// with reused buffers, and they read of an answer only what the next request needs, so that the generator takes
// little of the processors that it shares with the server. Every answer that does not add up (a mutation not
// applied, a record missing from a feed) is an error of the run: a fast server that loses work has no figures.
//
// The CPU of a server is that of its process, user and system time from /proc/PID/stat, whose clock ticks are 10 ms
// long; its memory is the resident set from /proc/PID/status. Both exist only on Linux; elsewhere those columns stay
// empty.
//
// The benchmarks print the same figures, each a second time as its ratio to the null server's:
//
//	go test ./server/internal/loadtest -run xxx -bench . -benchtime 1x
//
// Four of them have an aim: of-bare of BenchmarkDurableMutations 0.5 at least; one-growth of BenchmarkSingleChange, one
// change among 100,000 records over one among 1,000, 1.5 at most; first-rss of BenchmarkFirstSync, what the server grows
// by, 64 MiB; and live-kib of BenchmarkIdleConnections 20 KiB a connection. Of-bare stands
// at its aim and little above it: eleven runs of nine rounds gave 0.47 to 0.55, 0.52 in the middle, on two processors that
// server and generator had to themselves. The bare writer needs one processor and no generator.
package loadtest
