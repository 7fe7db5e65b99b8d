package simtest

import (
	"context"
	"slices"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/syncproto"
)

// review is a good day at a desk: the author sends in what they have, an editor publishes what has come furthest step by
// step, and a day that finds it published takes it down.
func (p *phone) review() {
	if !p.advance(true) || len(p.w.broken) > 0 {
		return
	}
	for _, desk := range p.w.phones {
		if desk.person != p.person && desk.person.role == syncproto.RoleEditor && desk.engine != nil && !desk.retired {
			desk.sync()
			if !newDice(p.w.seed, uint64(p.w.now)).chance(3) && p.giveBack(desk) {
				return
			}
			for desk.advance(false) && len(p.w.broken) == 0 {
			}
			return
		}
	}
}

// advance takes one story, of the phone's own person or of somebody else, one step further, and syncs. It reports
// whether there is a next step.
func (p *phone) advance(own bool) bool {
	next := map[syncproto.State]syncproto.Command{
		syncproto.StateSubmitted: syncproto.CommandClaim, syncproto.StateResubmitted: syncproto.CommandClaim,
		syncproto.StateInReview: syncproto.CommandApprove, syncproto.StateApproved: syncproto.CommandPublish,
		syncproto.StatePublished: syncproto.CommandTakeDown,
	}
	if own {
		next = map[syncproto.State]syncproto.Command{syncproto.StateDraft: syncproto.CommandSubmit}
	}
	var item mobilesdk.Item
	for _, other := range p.items(syncproto.KindStory) {
		step, far := next[other.State], slices.Index(progress, other.State) >= slices.Index(progress, item.State)
		if step != "" && !other.Deleted && far && other.Mine == own {
			item = other
		}
	}
	if item.ID == "" {
		return own // it may have been sent in before
	}
	w, command, reason := p.w, next[item.State], ""
	if command == syncproto.CommandTakeDown {
		reason = "vì " + w.ledger.word()
	}
	w.ledger.try(item.ID)
	err := p.engine.Command(context.Background(), item.ID, command, reason)
	w.say("    phone %d: %s %s in %s: %s", p.index, command, short(item.ID), item.State, w.codeOf("command", err))
	out := p.sync()
	return err == nil && out.Rejected == 0 && command != syncproto.CommandPublish && command != syncproto.CommandTakeDown &&
		w.exchanges < mostExchanges/10
}
