// Package privacy answers those whom the association's data is about: it carries out the withdrawal of a consent, and the
// requests to see, correct and erase (Law 91/2025/QH15, Decree 356/2025). Each is a storage.Case with two clocks.
//
// # Clocks
//
// A request is answered within two working days and done within 15 days, 20 where third parties have to act too; that may be
// extended once, by 15 days at most. Days are those of Vietnam (UTC+7) and the day on which a request comes does not count. Working
// days are Monday to Friday without the holidays of a fixed date (1/1, 30/4, 1/5, 2/9). Tết and Hùng Kings' day follow the moon
// and are not subtracted, nor is a deadline moved that ends on a day of rest: both err on the strict side.
//
// # Who acts
//
// The unit that was asked takes a request down, answers it, and keeps its clocks. Whoever exports, corrects or erases a person
// answers for all units to which that person belongs, and for an operator is one: else it is done by the unit above.
//
// # Erasing
//
// A worker erases. What it has to do stands in Case.Steps, which is written in the same transaction as each step, so that a crash
// anywhere is followed by the same end:
//
//	step      what happens                                                  after a crash
//	records   tombstones in batches, the topmost first; their revisions,    the rest of the family is looked for again
//	          merge sides, queue rows and dead letters go with them
//	uploads   requests end, spool files and rows go                         looked for again
//	files     condemned one by one, noted in the case in the same           what is noted is destroyed, whoever began it
//	          transaction, then destroyed
//	person    of an erasure: name, number, account, phones, what they told  done again
//	check     nothing is left: else it begins again                         done again
//
// The topmost record goes first: from then on nothing can be hung under it, and what phones still send of it is refused
// [erased]. When all is done the ids give way to their hashes, salted with the case: whoever knows an id can see that it was
// erased, and nobody learns one from the case.
//
// # What stays
//
// The tombstone keeps kind, unit, state and times, so that counts of past months stay right. What was published by the
// association stays when its author asks to be forgotten, under a pseudonym; the audit log stays, which holds ids only; blobs
// stay that a living record shares, and the case says how many. Backups are not reached: a restore of one that is older than an
// erasure brings back what it held, its case included if that was open, which the worker then carries out again.
package privacy
