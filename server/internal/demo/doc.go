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
// Every evening the editors review what came, over the API that pages and the terminal use: they claim, return with notes
// that are pinned to fields and photos, approve what they have read, publish, take one approval back in time, and meet the
// refusal of a stale one. What is returned is fixed without network; what shows people is approved only with their consent.
// Two units merge while phones are away, an account is closed while its phone holds unsent stories, and somebody withdraws
// the consent to a photo, which is then looked for everywhere. In the end server, authors' and editors' phones must agree
// in which one state each submission ended, and by which steps.
//
// Two days of desk work go with the restore, as they would in life: a restored server asks phones for what it lost, and
// editors find those submissions in their queues again.
//
// In the worst of the storm an officer calls for people, urgently, and a second one says yes. The server is a process of its
// own for this, and is killed with SIGKILL when 40 % of the messages are out; the push service, to which the real Firebase SDK
// speaks, lives on in the demo and counts what comes twice. Phones that nothing rings hear of the call by the live stream, and
// many answer offline. In the end each on the list was told or it says why not, nobody else was, forty places went in the
// order in which answers arrived, and the totals add up.
//
// It is the main job on real input, for a newcomer to watch and for the gate to run.
package demo
