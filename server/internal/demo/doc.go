// Package demo lets a province live through a bad week in a minute: real units, editors and phones, the real engine
// over real HTTP through a link that drops, cuts and loses replies. Phones are away for days, are killed with SIGKILL,
// are copied, have wrong clocks; the server is restored from an old backup. At the end every value that a person saw
// saved is looked for on the server, and the demo fails if one is missing.
//
// It is the main job on real input, for a newcomer to watch and for the gate to run.
package demo
