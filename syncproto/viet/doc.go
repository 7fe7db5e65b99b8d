// Package viet knows how Vietnamese is written: what two spellings have in common when people search, and in which order
// names stand in a list. It is pure and takes any text, Vietnamese or not.
//
// The same word is typed in many ways: without accents, with the tone mark on one vowel or the other (hòa, hoà), with
// composed or combining letters, with i for y (quí, quý). Fold gives all of them one form; Exact one to all that have
// the same letters and tones.
package viet
