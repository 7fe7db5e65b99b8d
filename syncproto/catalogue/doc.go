// Package catalogue holds the sentences that people read, in Vietnamese first and in English: one for every code of
// syncproto, and the other texts of the product under keys of their own.
//
// The texts are data: vi.json and en.json beside this file, one flat object each, keys sorted and grouped by their
// prefix ("code.", "state.", "sync." …), with an empty line between groups. Both files have the same keys and the
// same {placeholders}; a test holds them to it. A sentence for a code says what happened and what to do about it,
// blames nobody, and says where the work is when somebody might fear for it.
package catalogue
