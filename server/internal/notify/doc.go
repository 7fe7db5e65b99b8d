// Package notify decides who is rung, when, and with which words.
//
// The Planner turns what happened into deliveries, which package push carries out. A call comes as an intent with shares of
// at most 500 persons: each share becomes recipients and deliveries in one transaction, and after the commit the phones
// of these persons that are connected are poked, so that the call is in their inbox before the bell rings. A notice of
// the desk becomes an intent for its author, or one for each of the nearest editors (kinds.go says which kinds ring).
// Whatever happens between two steps, the identity of an intent, the mark of a share and the mark of a notice make sure that
// each is planned once.
//
// Politeness lives here:
//
//   - kinds of calls can be muted by who gets them, also the urgent one; what concerns one's own work cannot;
//   - between 22:00 and 06:00 (UTC+7) only urgent calls ring, the others ring at 06:00;
//   - a person is rung for at most four routine calls a day; further ones wait in the inbox, and one digest a day tells how
//     many, at 18:30, or at 06:00 where that was past;
//   - a desk rings for one kind of notice at most once in ten minutes and once a night, however many submissions come, and
//     so do the notes under one story;
//   - Frequency tells officers how often people were rung, without names.
//
// What is shown is the same for everybody: a title and a sentence of the catalogue by kind and language, and no word of
// anybody's (design §7). Registrations keeps where devices are rung.
package notify
