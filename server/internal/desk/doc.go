// Package desk is what an editor sees and does: the queue of submissions, one of them with everything that hangs under it,
// its revisions side by side, conflicts, and acts, alone or many at once.
//
// It decides nothing by itself. Who sees what comes from the grants (package people): the desks of the subtree, successors of
// units that ended included. What is allowed comes from the one table of package reconcile, asked beforehand for the
// buttons and again by the syncer for the act. What is not theirs to see is not_found, whether it exists or not.
package desk
