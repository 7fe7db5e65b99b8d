// Package people keeps the organisation: its units, its persons, what each of them may do, and their devices.
//
// A grant is the only source of a right. Rights are computed from grants and the tree of units at the moment of
// a decision, never stored beside a record, and each answer names the grant that gave it, so that a log can say why
// something was allowed. What phones must know of the organisation reaches them as records: a unit record in the
// scope of its unit, and a profile record in the scope of its person.
package people
