// Package walk holds what must be so on every page of the console, as tests: each screen in a real browser in both
// languages, in the light and the dark, small and large; the ways of a day's work from the editor's side, with real
// phones on the other; and scans of templates, scripts and words. There is nothing else in it.
package walk
