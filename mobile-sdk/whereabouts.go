package mobilesdk

import (
	"encoding/json"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// whereabouts follows a person who was moved, and a unit that was renamed or ended: when no grant in force is over the unit
// for which the phone captures, or that unit is no more, it captures from now on for the one that the profile names. What
// waits in the outbox stays with the unit that it was captured for; the server finds its successor. The phone of somebody
// with several grants stays with the one it was enrolled for, and that of somebody without any stays where it is.
func (a *application) whereabouts() error {
	if !a.placed || a.state.Person == "" {
		return nil
	}
	profile, err := a.known(a.state.Person, syncproto.KindProfile)
	if err != nil {
		return err
	}
	here, err := a.known(a.state.Unit, syncproto.KindUnit)
	if err != nil {
		return err
	}
	if profile != nil && !a.staysIn(profile, here) {
		if to := syncproto.ID(profile.Fields["unit"].TextOr("")); to.Valid() && to != a.state.Unit {
			a.state.Unit = to
			if here, err = a.known(to, syncproto.KindUnit); err != nil {
				return err
			}
		}
	}
	if here != nil {
		a.state.UnitName = here.Fields["name"].TextOr(a.state.UnitName)
	}
	return nil
}

// staysIn reports whether the phone goes on capturing for its unit; here is that unit's record, nil if it is not known.
func (a *application) staysIn(profile, here *syncproto.Record) bool {
	var grants []struct {
		Unit  syncproto.ID `json:"unit"`
		From  int64        `json:"from"`
		Until int64        `json:"until"`
	}
	if json.Unmarshal([]byte(profile.Fields["grants"]), &grants) != nil {
		return true // a newer server's
	}
	now, ended, holds := a.answer.ServerTime, false, false
	if here != nil {
		until, dated := here.Fields["until"].AsInt()
		ended = dated && until <= now
	}
	for _, g := range grants {
		if g.From > now || g.Until != 0 && g.Until <= now {
			continue
		}
		if holds = true; g.Unit == a.state.Unit && !ended {
			return true
		}
	}
	return !holds
}

// known is a record of a kind as the server last gave it, nil if it is not here or cannot be read.
func (a *application) known(id syncproto.ID, kind syncproto.Kind) (*syncproto.Record, error) {
	row, err := a.tx.Record(id)
	if err != nil || row == nil || row.Deleted || row.Kind != kind {
		return nil, err
	}
	r, err := syncproto.DecodeRecord(row.Wire)
	if err != nil {
		return nil, nil // kept for a newer app
	}
	return r, nil
}

// places notes that something came which says where the person is.
func (a *application) places(row *phonestore.Row) {
	a.placed = a.placed || row.Kind == syncproto.KindUnit || row.Kind == syncproto.KindProfile && row.ID == a.state.Person
}
