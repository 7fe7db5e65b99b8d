// Package press turns an approved submission into what the association hands out: a text for the web, one for Facebook, an
// SMS, a script for the commune's loudspeakers, and a kit of files for the press.
//
// What it makes is in Vietnamese whoever asks, since that is whom it is for. It adds nothing to what the submission itself
// says: names in consents stay there, positions were taken out when it became public (S-176), and photos are the served
// copies, without what cameras write into them.
//
// # Uses
//
// People agree to uses: publish, social, press, print. A photo is offered for a use only if the consents under it allow
// that use now (S-181 with the use in the place of publish), and what is left out says why. Consents under the text
// itself are asked in the same way: of somebody who is told of and agreed to less, the text is not given for that use.
//
// # Who asks
//
// Whoever sees the submission at a desk. Handing out a kit stands in the audit log, once for the submission and once for
// each photo in it, so that after a withdrawal everybody can be told who had it.
package press
