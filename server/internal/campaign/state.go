package campaign

import (
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Act is something that is done to a call.
type Act string

// The acts. The last three are done by the server itself.
const (
	ActEdit     Act = "edit"
	ActCorrect  Act = "correct" // of texts that people have
	ActPropose  Act = "propose"
	ActSchedule Act = "schedule"
	ActSend     Act = "send"
	ActCancel   Act = "cancel"
	ActClose    Act = "close"
	ActTest     Act = "test"
	ActFollow   Act = "follow" // a reminder or a result about it
	ActCopy     Act = "copy"
	ActDue      Act = "due"    // the time of its schedule has come
	ActReturn   Act = "return" // its schedule came to nothing
	ActHanded   Act = "handed" // everybody was handed over or explained
)

// Acts returns all acts.
func Acts() []Act {
	return []Act{
		ActEdit, ActCorrect, ActPropose, ActSchedule, ActSend, ActCancel, ActClose, ActTest, ActFollow, ActCopy, ActDue, ActReturn,
		ActHanded,
	}
}

// States returns all states of a call, in the order in which it goes through them.
func States() []storage.CallState {
	return []storage.CallState{
		storage.CallDraft, storage.CallProposed, storage.CallScheduled, storage.CallSending, storage.CallSent, storage.CallClosed,
		storage.CallCancelled,
	}
}

// table says what each act makes of each state. What is not in it is refused [call_state]. An act that leads where the call
// stands may be repeated: a request that is sent again after its answer was lost changes nothing.
var table = map[storage.CallState]map[Act]storage.CallState{
	storage.CallDraft: {
		ActEdit: storage.CallDraft, ActPropose: storage.CallProposed, ActSchedule: storage.CallScheduled, ActSend: storage.CallSending,
		ActCancel: storage.CallCancelled, ActTest: storage.CallDraft, ActCopy: storage.CallDraft,
	},
	storage.CallProposed: { // an edit voids what a second officer would say yes to
		ActEdit: storage.CallDraft, ActPropose: storage.CallProposed, ActSchedule: storage.CallScheduled, ActSend: storage.CallSending,
		ActCancel: storage.CallCancelled, ActTest: storage.CallProposed, ActCopy: storage.CallProposed,
	},
	storage.CallScheduled: {
		ActEdit: storage.CallDraft, ActSchedule: storage.CallScheduled, ActCancel: storage.CallCancelled, ActTest: storage.CallScheduled,
		ActCopy: storage.CallScheduled, ActDue: storage.CallSending, ActReturn: storage.CallDraft,
	},
	storage.CallSending: {
		ActCorrect: storage.CallSending, ActSend: storage.CallSending, ActCancel: storage.CallCancelled, ActClose: storage.CallClosed,
		ActTest: storage.CallSending, ActFollow: storage.CallSending, ActCopy: storage.CallSending, ActHanded: storage.CallSent,
	},
	storage.CallSent: {
		ActCorrect: storage.CallSent, ActSend: storage.CallSent, ActCancel: storage.CallCancelled, ActClose: storage.CallClosed,
		ActTest: storage.CallSent, ActFollow: storage.CallSent, ActCopy: storage.CallSent,
	},
	storage.CallClosed:    {ActClose: storage.CallClosed, ActFollow: storage.CallClosed, ActCopy: storage.CallClosed},
	storage.CallCancelled: {ActCancel: storage.CallCancelled, ActFollow: storage.CallCancelled, ActCopy: storage.CallCancelled},
}

// Next returns the state that an act leads to; call_state for an act that the state does not allow.
func Next(from storage.CallState, act Act) (storage.CallState, error) {
	to, ok := table[from][act]
	if !ok {
		return "", &syncproto.Error{Code: syncproto.CodeCallState, Op: string(act) + " call", Detail: string(from)}
	}
	return to, nil
}

// shown is the state of the record that phones read; "" for a call of which they have none.
func shown(state storage.CallState) syncproto.State {
	switch state {
	case storage.CallSending, storage.CallSent:
		return syncproto.StateOpen
	case storage.CallClosed:
		return syncproto.StateClosed
	case storage.CallCancelled:
		return syncproto.StateCancelled
	}
	return ""
}

// handedOut reports whether phones have, or may have, a call in a state.
func handedOut(state storage.CallState) bool {
	return slices.Contains([]storage.CallState{storage.CallSending, storage.CallSent}, state)
}

// offered returns the acts of officers that a state allows, in order.
func offered(state storage.CallState) (acts []Act) {
	for _, act := range Acts() {
		switch act {
		case ActDue, ActReturn, ActHanded:
			continue
		}
		if _, ok := table[state][act]; ok {
			acts = append(acts, act)
		}
	}
	return acts
}
