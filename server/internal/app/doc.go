// Package app is the whole program behind main: it reads flags and the environment, wires the services together, and
// runs one command. It is the only package that knows everyone.
//
// Commands other than serve are short visits of a second process to the same database file; they may run while the
// server does. Everything an operator reads is in two languages, Vietnamese first, and every failure has one plain
// sentence, a hint at what to do, and an exit code (faults.go).
package app
