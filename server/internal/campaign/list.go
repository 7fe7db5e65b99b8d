package campaign

import (
	"lantoa/storage"
	"lantoa/syncproto"
)

// shareOf is how many persons are planned in one transaction.
const shareOf = 500

// list is whom a call goes to, each once, with the unit in which each was chosen. It holds 20 bytes a person: half a million
// ids as texts would be 40 MB.
type list struct {
	ids   [][16]byte
	at    []uint32 // of each, the index of the unit
	units []syncproto.ID
	index map[syncproto.ID]uint32 // of units
}

// add adds a person.
func (l *list) add(person, unit syncproto.ID) error {
	id, ok := person.Bytes()
	if !ok {
		return fail(syncproto.CodeStoreBroken, "make a list", "person")
	}
	at, known := l.index[unit]
	if !known {
		if l.index == nil {
			l.index = map[syncproto.ID]uint32{}
		}
		at = uint32(len(l.units))
		l.index[unit], l.units = at, append(l.units, unit)
	}
	l.ids, l.at = append(l.ids, id), append(l.at, at)
	return nil
}

// people is how many there are.
func (l *list) people() int64 { return int64(len(l.ids)) }

// sharesAtOnce is how many shares are made texts of and written at once.
const sharesAtOnce = 20

// store writes an intent for the list.
func (l *list) store(tx storage.Tx, i *storage.Intent) error {
	added, err := tx.AddIntent(i, l.shares(0))
	if err != nil || !added {
		return err
	}
	for from := sharesAtOnce * shareOf; from < len(l.ids); from += sharesAtOnce * shareOf {
		if err := tx.AddShares(i.Number, l.shares(from)); err != nil {
			return err
		}
	}
	return nil
}

// shares makes shares of the list from one person on.
func (l *list) shares(from int) []storage.Share {
	shares := make([]storage.Share, 0, sharesAtOnce)
	for ; from < len(l.ids) && len(shares) < sharesAtOnce; from += shareOf {
		to := min(from+shareOf, len(l.ids))
		s := storage.Share{Persons: make([]syncproto.ID, 0, to-from), Units: make([]syncproto.ID, 0, to-from)}
		for n := from; n < to; n++ {
			s.Persons = append(s.Persons, syncproto.IDFromBytes(l.ids[n]))
			s.Units = append(s.Units, l.units[l.at[n]])
		}
		shares = append(shares, s)
	}
	return shares
}
