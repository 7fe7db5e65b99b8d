// Package overview says what a part of the association did in a time: what came in, how long it waited, what became of it, how far
// calls reached, unit by unit and period by period.
//
// # Where the figures come from
//
// Steps of submissions are counted from the audit log, which nothing changes: each entry counts in the unit that the submission
// stood in at that moment, on its day in UTC+7. A Folder adds them up in days and months (storage.Counters) while the server
// runs; what it has not come to yet is read from the log itself, so a report is never behind. Counters are forgotten and made
// again with the same result (Folder.Rebuild). Waiting times are kept in steps of a fifth (Took), so medians and ninetieths need no
// list. What a submission is and of which type is what the record says when it is counted for the first time.
//
// How far calls reached is added up per call now and then, as of a moment that is told. What waits, who wrote and which phones came
// is read when it is asked for.
//
// # The tree
//
// A report rolls up the tree as it was at its end, or now if that lies ahead: the report on a half-year that is over keeps the
// districts of then, that on the year has the communes that took their place. A unit that ended counts for its successor; one that
// was split, for what stands above all its successors, in a row of its own. So nothing counts twice.
//
// # Who may ask
//
// Editors, admins and officers about their units and all below, who runs the server about all. A unit that is not theirs is
// not_found. Figures that count persons are told as package figure does.
package overview
