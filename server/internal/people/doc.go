// Package people keeps the organisation: its units, its persons, what each of them may do, and their devices.
//
// A grant is the only source of a right. Rights are computed from grants and the tree of units at the moment of
// a decision, never stored beside a record, and each answer names the grant that gave it, so that a log can say why
// something was allowed. What phones must know of the organisation reaches them as records: a unit record in the
// scope of its unit, and a profile record in the scope of its person.
//
// Units change over time and are never deleted. Access answers for any moment: which tree there was, who was what in it,
// and which unit something belongs to that comes late. A change has a date of its own, and what was decided ahead takes
// effect in every answer when its time comes; Run writes what phones are shown of it. Records keep the units that they
// name, so that figures of the past keep their tree.
//
// Reorganise and the imports are all or nothing: they are tried on a plan of the units at all times, where no change
// that was decided ahead can be overlooked, and stored in one transaction if everything fits.
package people
