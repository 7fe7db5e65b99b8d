// Package push carries notices to phones and browsers: from deliveries in the database, through a Sender, to the verdict
// that is written down.
//
// A push is a doorbell, and the synced inbox is the truth (law 7): a message holds no text of anybody's and no name, only
// an opaque identity, the kind and the record to open, and a title and a sentence of the catalogue that fit everybody.
//
// One attempt is one request. Who sends never repeats by itself, and an answer that leaves open whether the message was
// taken is recorded as Unsure, because the services have no key by which a repeated message is known.
package push
