package mobilesdk

import (
	"context"
	"slices"
	"strconv"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// A phone whose access ended (S-188) goes on sending what it holds, records and then files, and gets nothing any more.
// When the server has given its receipts for all of it, the profile's data leaves the phone. Until then everything can be
// exported, and whoever is invited again goes on where they were.

// end notes that the phone's access ended, or that it has access again. It comes before the scopes are dropped: by the
// records that leave with them the phone knows which of its files somebody still wants.
func (a *application) end() error {
	if !a.answer.Ended {
		a.state.Ended, a.state.Unwanted = 0, nil
		return nil
	}
	a.summary.Ended = true
	if a.state.Ended > 0 {
		return nil
	}
	files, err := a.tx.MediaOpen()
	if err != nil {
		return err
	}
	j := judge{e: a.e, tx: a.tx, state: a.state, policy: policyOf(a.state)}
	for _, m := range files {
		about, err := j.read(m.Record)
		if err != nil {
			return err
		}
		key := announcementKey(m.Lane, m.SHA256)
		wanted := about.sent[key] || about.waiting[key]
		if about.there {
			wanted = namesFile(about.view, m)
		}
		if about.deleted || !wanted {
			a.state.Unwanted = append(a.state.Unwanted, m.Seq)
		}
	}
	a.state.Ended = a.answer.ServerTime
	a.state.Push.Untold() // the registration ended with the access (S-198)
	return nil
}

// afterEnd says whether the server was told of a file, when the records that would say so have left the phone.
func (j *judge) afterEnd(m *phonestore.Media, a *announced) FileState {
	key := announcementKey(m.Lane, m.SHA256)
	switch {
	case slices.Contains(j.state.Unwanted, m.Seq), a.there && !namesFile(a.view, m):
		return FileUnwanted
	case a.waiting[key]:
		return FileRecord
	case a.named[key] && !a.sent[key]:
		return FileUnwanted // its record was refused
	}
	return FileReady
}

// leftover is what a phone still has to send.
type leftover struct {
	items int64 // mutations and files, for people
	files int64 // of them
	busy  bool  // or something else that will become one
}

func (l leftover) none() bool { return l.items == 0 && !l.busy }

// leftOver counts what still has to reach the server, files that are parked included: a person decides about those.
func (e *Engine) leftOver(tx *phonestore.Tx, state *phonestore.State) (l leftover, err error) {
	counts, err := tx.Counts()
	if err != nil {
		return l, err
	}
	aside, err := tx.CountAside()
	if err != nil {
		return l, err
	}
	l.items = counts.Unsent + aside  // what the server refused it keeps; what it never read it does not
	waiting, err := tx.Waiting(0, 1) // numbers without a mutation wait too
	if err != nil {
		return l, err
	}
	wanted, err := tx.CopiesWanted()
	if err != nil {
		return l, err
	}
	l.busy = len(waiting) > 0 || len(wanted) > 0 || state.Forking != nil || state.Importing != nil
	files, err := tx.MediaOpen()
	if err != nil {
		return l, err
	}
	j := judge{e: e, tx: tx, state: state, policy: policyOf(state), records: map[syncproto.ID]*announced{}}
	for _, m := range files {
		where, err := j.file(m)
		if err != nil {
			return l, err
		}
		if where != FileUnwanted {
			l.items, l.files = l.items+1, l.files+1
		}
	}
	return l, nil
}

// leave takes everything of the profile off the phone once the server has all of it. It runs after an answer that said
// that the access ended, and whatever is captured beside it either comes before, and is sent first, or begins anew.
func (e *Engine) leave(ctx context.Context, s *Summary) error {
	err := e.store.Update(context.WithoutCancel(ctx), "leave", func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil || state.Ended == 0 {
			return err
		}
		left, err := e.leftOver(tx, state)
		if err != nil || !left.none() {
			return err
		}
		at := state.LastSync
		if err := tx.Wipe(); err != nil {
			return err
		}
		*state = phonestore.State{Lock: state.Lock, Next: 1, Removed: at, ClockOff: state.ClockOff, Epochs: state.Epochs}
		s.Removed = true
		return nil
	})
	if err != nil || !s.Removed {
		return err
	}
	e.ended.Store(false)
	if err := e.sweepRemoved(ctx); err != nil {
		e.cfg.Log.Warn("traces of removed data stay until the next opening", "code", string(syncproto.CodeOf(err)))
	}
	return nil
}

// sweepRemoved clears the files of a profile whose data was removed, and the traces of its rows. A kill before it is made
// good at the next opening.
func (e *Engine) sweepRemoved(ctx context.Context) error {
	// Whoever gives a file its name holds this lock, so nothing that counts can be among them.
	err := e.store.Update(context.WithoutCancel(ctx), "sweep", func(tx *phonestore.Tx) error {
		known, err := tx.VaultNames()
		if err != nil {
			return err
		}
		return e.vault.Keep(func(name string) bool { return known[name] })
	})
	if err != nil {
		return err
	}
	e.vault.ClearOpened()
	if err := e.store.Scrub(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	return e.store.Update(context.WithoutCancel(ctx), "swept", func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err == nil {
			state.Swept = true
		}
		return err
	})
}

// finishEnd asks the server once more when, after the access ended, the last file went: only its answer says that the
// access has really ended, and then the data leaves the phone.
func (e *Engine) finishEnd(ctx context.Context) {
	if !e.ended.Load() {
		return
	}
	done := false
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil || state.Ended == 0 {
			return err
		}
		left, err := e.leftOver(tx, state)
		done = left.none()
		return err
	})
	if err == nil && done {
		_, err = e.Round(ctx)
	}
	if err != nil {
		e.cfg.Log.Info("data stays for now", "code", string(syncproto.CodeOf(err)))
	}
}

// endedSentence says in words where a phone without access stands; "" for one that has it.
func (e *Engine) endedSentence(s *phonestore.State, left int64) string {
	switch {
	case s.Removed > 0 && s.Device == "":
		return e.text("phone.ended_removed", nil)
	case s.Ended > 0 && left > 0:
		return e.text("phone.ended_sending", map[string]string{"n": strconv.FormatInt(left, 10)})
	case s.Ended > 0:
		return e.text("phone.ended_sent", nil)
	}
	return ""
}
