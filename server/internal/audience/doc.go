// Package audience chooses the people of a call: by the units to which they belong, by role, tag and skill, by what became of
// an earlier call, and by what they themselves told the association and agreed that it keeps: a blood group, the day of the
// last gift.
//
// # Predicates
//
// A predicate is a tree in JSON, at most 16 KiB, 6 levels and 64 nodes. Each node is an object with exactly the members of one
// line; anything else is refused [audience_invalid], and so is a fact that is not in the list below [fact_unknown].
//
//	{"all": [NODE, …]}                                    every one of them
//	{"any": [NODE, …]}                                    at least one
//	{"not": NODE}
//	{"unit": ID}                                          a living grant in the unit or below it (S-174)
//	{"unit": ID, "at": MS}                                likewise, as the tree was then; what has ended since is its successors
//	{"role": ROLE}                                        a living grant of that role, in the units that stand beside it
//	{"tag": TEXT}  {"skill": TEXT}                        as written there, but for capital letters and the place of a tone mark
//	{"fact": "blood_group", "in": ["O+", "O-"]}
//	{"fact": "last_whole_blood", "at_least_days": 84}     days of Vietnam, the day of the gift not counted
//	{"fact": "last_apheresis", "at_least_days": 14}
//	{"recipient": CALL}                                   stands on the list of an earlier call
//	{"answered": CALL}  {"answered": CALL, "choice": C}   and answered it, or came
//	{"standing": STATE, "call": CALL}                     registered, waiting, noted, late, came
//	{"person": ID}                                        one person; not beside facts
//
// Whoever asks must be an officer of what is asked about. Each unit lies in the officer's reach, and of the units of a call at
// least one; people are looked for in that reach alone, but for those on the list of a call of which all units are the asker's, who
// may have moved away: without facts, these are found wherever they are. A predicate says where its people are: at least one unit,
// call or person stands in every way in which it can be true.
//
// # What is not known
//
// The logic has three values. A fact that nobody told, that was told without consent, or that cannot be opened is unknown, and so
// is its negation; "all" and "any" are true or false only where they would be whatever the unknown ones are (Kleene). Who is
// unknown in the end is not called: nobody is called because of something that is not known of them. Who was asked and never gave
// blood has the date "never", which any number of days fits.
//
// # Who is counted, and where
//
// Nobody matches whose account rests or is closed, or who has no living grant. A person is there once, however many groups they
// are in, and is counted in one unit: of "all" the unit of the narrowest part, of "any" the lowest in the tree. Whom only an
// earlier call names is counted where that call counted them.
//
// # Facts and figures
//
// Facts stay on the server. They are sealed (Keys), and every opening is in the audit log: of one person under that person, of an
// audience with the names of the facts and how many persons there were.
//
// A preview that looks at facts must not be a way around that log. Whoever wants to know one person's blood group could ask how
// many in a unit of one have it, or ask twice, with the person and without. So of a predicate with facts:
//
//   - no names are shown, and a predicate cannot name persons beside facts;
//   - figures are counted among those on whom the facts decide. Where these are fewer than 10 there is no figure; figures are
//     rounded to fives, "<5" below that, and never come nearer than 5 to all of them;
//   - before that they are off by a noise (Laplace, scale 5) that is drawn from a secret and from the very set of those persons, and
//     by another (scale 3) that is drawn from the question: the same question always has the same answer, and with one person more
//     or less, or other facts of the same people, it is another. A difference of two previews is a difference of noises, several
//     times what one person counts for;
//   - an officer may ask 30 different ones an hour [rate_limited]; the same one again is not counted.
//
// Whoever asks in pairs for days may come to a guess; all of it stands in the log. For a call to hundreds the noise is nothing. A
// sending is not rounded: a call for a rare blood group may go to one person. It rings that person's phone, and the log has it. Since
// whether somebody is found is told by it, it counts like a preview; who looked at the same audience within the hour is not held up.
package audience
