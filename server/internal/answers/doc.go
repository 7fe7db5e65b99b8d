// Package answers decides what becomes of what people say to a call: who has a place and who waits, who came, what
// reached them, and what they want to be told at all (S-193 to S-197).
//
// Rules is the part of calls in judging: the syncer asks it inside the transaction that takes a mutation, so places are
// given in the order in which answers arrive, exactly once, however often a request is repeated. Service is the same for
// an officer at the place of the event.
//
// An answer that has a place keeps it until its person gives it back. Places that come free go to the first on the
// waiting list whom they suffice, and that person is told.
package answers
