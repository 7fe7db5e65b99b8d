// Package demo lets a province live through a bad week in a minute: real units, editors and phones, the real engine
// over real HTTP through a link that drops, cuts and loses replies. Phones are away for days, are killed with SIGKILL,
// are copied, have wrong clocks; the server is restored from an old backup. At the end every value that a person saw
// saved is looked for on the server, and the demo fails if one is missing.
//
// Photos, films and recordings go with the stories, made at run time with all that cameras write into them. They travel
// in their lanes over TCP that ends, resets, falls silent or loses the last answer; originals only when there is Wi-Fi.
// A phone is killed in the middle of a film, another frees originals that the restored server does not remember, one
// has a broken file, one a photo that was retouched in the gallery. In the end all are fetched over HTTP: originals by
// their authors and by who may not, small copies by an editor who was not there; and what is served is searched for
// positions by code that shares nothing with the code that removes them.
//
// It is the main job on real input, for a newcomer to watch and for the gate to run.
package demo
