// Package e2e plays the real server against the real phone engine: the simulation of mobile-sdk/simtest through the
// real handlers over real stores (60 seeds in memory and 30 in SQLite; -seeds, -first and -seed work as there), the
// acceptance scenarios that need no pages over HTTP on loopback, files through networks that break, and a server process
// that is killed while phones push. It holds tests and what they share; nothing imports it.
package e2e
