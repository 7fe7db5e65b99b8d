// Package model is a server of Lantoa in a few hundred lines: the protocol of syncproto over plain maps. The
// simulator runs phones against it, because it is small enough to be believed, can be stopped at any write, can be
// set back to an earlier backup, and can be made wrong on purpose: [Bugs] names the mistakes that a real server could
// make, and the simulator must find each of them.
//
// A Server is not safe for concurrent use. Time and randomness come from its creator, so a run can be repeated.
package model
