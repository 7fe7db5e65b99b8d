// Package syncer is the server's half of a sync: it judges what a phone brings and pages out what the phone may see.
//
// One round goes through it in three steps. The batch is judged in one transaction, each mutation in a savepoint of
// its own, by syncproto/reconcile; effects, outcomes, dead letters and the device's counter commit together (S-42 to
// S-46). Then one snapshot gives the pages of the scopes that the device's person may follow now, whatever became of
// the batch: pulling never waits for pushing. Last, the response is assembled, compressed, and cut back to the bytes
// that the phone asked for.
//
// What follows from a change of a submission is a [Reviewer]'s, in the same transaction. What is done at a desk comes in
// by [Service.Act] and is judged like what a phone brings; what the server itself does to records, by [Service.Change].
//
// Rights, the key and recent tokens are cached under the store's access revision, so a round with nothing new costs
// two short snapshots and no transaction. What devices say of themselves is kept in memory and written by
// [Service.Run] every few seconds.
package syncer
