package sqlite

import (
	"lantoa/storage"
	"lantoa/syncproto"
)

const moreSharesSQL = "UPDATE intent SET shares = shares + ?1, unplanned = unplanned + ?1 WHERE number = ?2"

// AddShares implements storage.DeliveryWriter.
func (t *tx) AddShares(number int64, shares []storage.Share) error {
	const op = "store shares"
	if err := storage.CheckShares(shares); err != nil {
		return err
	}
	i, err := t.intent(op, number)
	if err != nil {
		return err
	}
	if i.State != storage.IntentPlanning {
		return syncproto.E(syncproto.CodeWrongState, op, nil)
	}
	for n := range shares {
		_, err := t.exec(op, addShareSQL, number*ofIntent+i.shares+int64(n), packIDs(shares[n].Persons), packIDs(shares[n].Units))
		if err != nil {
			return err
		}
	}
	_, err = t.exec(op, moreSharesSQL, int64(len(shares)), number)
	return err
}
