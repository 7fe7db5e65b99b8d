// Package push carries notices to phones and browsers: from deliveries in the database, through a Sender, to the verdict
// that is written down.
//
// A push is a doorbell, and the synced inbox is the truth (law 7): a message holds no text of anybody's and no name, only
// an opaque identity, the kind and the record to open, and a title and a sentence of the catalogue that fit everybody.
//
// One attempt is one request. Who sends never repeats by itself, and an answer that leaves open whether the message was
// taken is recorded as Unsure, because the services have no key by which a repeated message is known.
//
// # The engine
//
// Engine takes deliveries from the database (a lease), sends them, and writes down what came of them. One goroutine, the
// loop, decides; one writes the database; each request has its own. The loop leases urgent deliveries before all others, and
// the store gives those of a class in turns between intents. In quiet hours only urgent ones are leased; what was leased
// before goes back.
//
// # What a killed process leaves
//
// A message occupies a slot from the moment it leaves until what came of it is committed. There are Options.InFlight slots.
// Whoever kills the process therefore makes at most InFlight messages go out twice, and none get lost: Run finds leased
// deliveries and makes them due again. Up to InFlight more may be leased without having been sent. See Engine.
//
// # What each result asks for
//
// The table stands at decide. Beside the delivery itself:
//
//   - Later with Lane halves the rate, at most once a second, and lets the lane rest until Retry-After, a minute if there was none,
//     and up to a tenth longer. The rate grows back in the line in which it grows after idle: from a tenth to all in a minute.
//   - Config stops the service, or the one platform that it names; after half a minute, later five, one message tries whether it
//     goes again. Deliveries go back as if they had never been leased. So do a service that cannot be connected to, and
//     twenty answers in a row that leave everything open, with ten seconds to a minute between tries: an outage does not
//     use up the repetitions of deliveries.
//   - Fifty results of an intent of which more than three in ten are Refused or Bad pause the intent, with an alarm, until
//     Engine.Resume or its Until.
//   - Gone and Mismatch retire the registration in the transaction that ends the delivery, Bad the second time in a row.
//
// # What it costs
//
// BenchmarkAgainstBare: a quarter more of the processor than a bare loop around the Firebase SDK's own call, about 80 µs against
// 63 µs a message; the difference is mostly the database's. Two cores are enough for FCM's default quota of 10,000 a second; what
// is needed then is InFlight of rate × latency, 1,500 at 150 ms. What bounds the rate in practice is the sync path, which the
// phones come to that were woken.
package push
