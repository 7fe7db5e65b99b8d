package storagetest

import (
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// testMoreShares adds to an intent in the transaction that makes it, and later, until it is planned.
func testMoreShares(t *testing.T, s storage.Store) {
	w := newWorld(t, 340)
	one := func() storage.Share { return storage.Share{Persons: w.ids(2), Units: []syncproto.ID{w.unit, ""}} }
	all := []storage.Share{one(), one(), one(), one()}
	i := storage.Intent{Kind: "blood", Class: storage.ClassUrgent, Record: w.id(), Revision: 1, Unit: w.unit, At: 4, Due: 5, Until: 6, Persons: 8}
	update(t, s, func(tx storage.Tx) error {
		addIntent(t, tx, i, all[:1], 1, true)
		_ = tx.Savepoint(func() error {
			if err := tx.AddShares(1, all[2:]); err != nil {
				t.Error(err)
			}
			return errWanted
		})
		if err := tx.AddShares(1, all[1:3]); err != nil {
			return err
		}
		bad := []storage.Share{one(), {}}
		wantCode(t, tx.AddShares(1, bad), syncproto.CodeInvalidValue)
		wantCode(t, tx.AddShares(2, all[:1]), syncproto.CodeNotFound)
		return tx.AddShares(1, nil)
	})
	update(t, s, func(tx storage.Tx) error { return tx.AddShares(1, all[3:]) })
	for n := range all {
		var share *storage.Share
		view(t, s, func(r storage.Reader) (err error) {
			share, err = r.NextShare(1)
			wantRow(t, share, err, storage.Share{Intent: 1, Number: n, Persons: all[n].Persons, Units: all[n].Units})
			return nil
		})
		update(t, s, func(tx storage.Tx) error {
			planned, err := tx.Plan(share, []storage.Delivery{{Person: share.Persons[0], Class: storage.ClassUrgent, State: storage.DeliveryUnreachable}})
			if !planned {
				t.Errorf("share %d was planned", n)
			}
			return err
		})
		view(t, s, func(r storage.Reader) error {
			got, err := r.Intent(1)
			if over := got.State != storage.IntentPlanning; over != (n == len(all)-1) {
				t.Errorf("after share %d it is %s", n, got.State)
			}
			return err
		})
	}
	update(t, s, func(tx storage.Tx) error {
		wantCode(t, tx.AddShares(1, all[:1]), syncproto.CodeWrongState)
		return nil
	})
}
