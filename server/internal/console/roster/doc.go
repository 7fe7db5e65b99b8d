// Package roster is where the organisation is kept: its units and what becomes of them, its people and what each of them
// may do, the invitations by which phones join, and the board of phones whose work does not come.
//
// Whoever governs a unit may change what is below it; that is decided by package people. The pages only begin with the
// units that somebody governs, so that nobody is offered what would be refused.
//
// A reorganisation is put together in several steps on one address, /console/units/change. Nothing is stored on the way:
// what was chosen so far travels in the form, and each step shows what the whole plan would do.
package roster
