// Package reconcile decides what a mutation does to a record. It is pure and total: no clock, no network, no disk,
// no randomness, and no input makes it panic. The server runs it to judge; a phone runs the same function to show
// what the person will most likely get; vectors hold every other implementation to it (S-50 and after).
//
// The rules in one breath: fields merge one by one, by the revision at which each last changed; sets merge by add
// and remove; long text merges three-way by syllable; states change only by commands; and whatever loses is
// returned, so that its caller stores it. Nothing a person wrote disappears inside this package.
package reconcile
