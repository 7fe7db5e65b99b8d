// Package item is one submission on the desk: its sheet with text, photos, notes, consents and what happened, and every act
// that somebody may take on it.
//
// The sheet is one template, drawn from one Sheet, on a page of its own and beside the queue. It is fetched beforehand,
// so that drawing it has no effect at all. Whatever is done to a submission is posted below /console/items/{id} and answered
// with a redirect to where it was done. What may be done is what the desk says (Button); an act that is refused all the
// same, because something changed in between, is told with the difference.
package item
