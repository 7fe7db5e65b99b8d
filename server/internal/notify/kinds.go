package notify

import (
	"slices"

	"lantoa/server/internal/review"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Kinds of pushes besides those of calls (syncproto.CallKind) and of notices.
const (
	KindDigest = "digest" // calls wait in the inbox that nobody was rung for
	KindTest   = "test"   // a call that its officer sends to themselves alone
	// kindConsentAtDesk is NoticeConsentWithdrawn for a desk: its author is told something else.
	kindConsentAtDesk = "desk_consent"
)

// KindPromoted is the notice that a place came free for who waited for it; its record is the call.
const KindPromoted storage.NoticeKind = "promoted"

// Notices to officers, about a call that is their record.
const (
	KindSecond   storage.NoticeKind = "second_officer" // it waits for the yes of a second officer
	KindReturned storage.NoticeKind = "call_returned"  // its schedule came to nothing
)

// rule says whom a notice rings, and with which kind of push; "" for nobody: the inbox and the queue say it all the same.
type rule struct {
	kind   storage.NoticeKind
	person string
	desk   string
}

// rules is what becomes of notices. A bell is for what somebody has to do, or has waited for:
//
//	needs_changes, approved, published, declined, taken_down, adopted   what became of one's own work
//	note                                                               a question that holds it up
//	consent_withdrawn                                                  author and desk: the picture has to go
//	promoted                                                           a place came free
//	second_officer, call_returned                                      a call waits for its officer
//	submitted, resubmitted, unclaimed, overdue                         the desk: work that waits
//
// and not for what needs nothing (withdrawn, corrected), comes in rows (edited) or is shown by the phone itself (conflict).
var rules = []rule{
	{kind: review.NoticeSubmitted, desk: string(review.NoticeSubmitted)},
	{kind: review.NoticeResubmitted, desk: string(review.NoticeResubmitted)},
	{kind: review.NoticeUnclaimed, desk: string(review.NoticeUnclaimed)},
	{kind: review.NoticeOverdue, desk: string(review.NoticeOverdue)},
	{kind: review.NoticeWithdrawn},
	{kind: review.NoticeAdopted, person: string(review.NoticeAdopted)},
	{kind: review.NoticeNeedsChanges, person: string(review.NoticeNeedsChanges)},
	{kind: review.NoticeApproved, person: string(review.NoticeApproved)},
	{kind: review.NoticePublished, person: string(review.NoticePublished)},
	{kind: review.NoticeCorrected},
	{kind: review.NoticeDeclined, person: string(review.NoticeDeclined)},
	{kind: review.NoticeTakenDown, person: string(review.NoticeTakenDown)},
	{kind: review.NoticeNote, person: string(review.NoticeNote)},
	{kind: review.NoticeEdited},
	{kind: review.NoticeConflict},
	{kind: review.NoticeConsentWithdrawn, person: string(review.NoticeConsentWithdrawn), desk: kindConsentAtDesk},
	{kind: KindPromoted, person: string(KindPromoted)},
	{kind: KindSecond, person: string(KindSecond)},
	{kind: KindReturned, person: string(KindReturned)},
}

// ruleOf returns what becomes of a kind of notice; the zero rule, which rings nobody, for one that is not known.
func ruleOf(kind storage.NoticeKind) rule {
	for _, r := range rules {
		if r.kind == kind {
			return r
		}
	}
	return rule{kind: kind}
}

// Kinds returns all kinds of pushes: the names of the channels on Android, and the keys of their texts in the catalogue
// ("push.KIND", "push.KIND_text").
func Kinds() []string {
	var out []string
	for _, kind := range syncproto.CallKinds() {
		out = append(out, string(kind))
	}
	out = append(out, KindDigest, KindTest)
	for _, r := range rules {
		for _, kind := range []string{r.person, r.desk} {
			if kind != "" && !slices.Contains(out, kind) {
				out = append(out, kind)
			}
		}
	}
	return out
}

// isCall reports whether a kind of push is that of a call: it has recipients and can be muted.
func isCall(kind string) bool {
	return slices.Contains(syncproto.CallKinds(), syncproto.CallKind(kind))
}

// isDesk reports whether a kind of push is for a desk.
func isDesk(kind string) bool {
	return slices.ContainsFunc(rules, func(r rule) bool { return r.desk != "" && r.desk == kind })
}
