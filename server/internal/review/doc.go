// Package review is what follows from a change of a submission that the desk sees: whether it may happen at all, who is
// to be told, what the audit log says of it, the timeline that its author and the desk read, and the row by which queues
// find it. All of it is written in the transaction of the change itself, so nothing is ever told that did not happen.
//
// The package judges nothing by state: that is done by syncproto/reconcile. It adds what needs more than one record.
package review
