package memory

import (
	"lantoa/storage"
	"lantoa/syncproto"
)

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
		s := copyShare(&shares[n])
		s.Intent, s.Number = number, int(i.shares)+n
		t.shares.put(signed(number)+signed(int64(s.Number)), s)
	}
	i.shares += int64(len(shares))
	i.unplanned += int64(len(shares))
	t.keep(i)
	return nil
}
