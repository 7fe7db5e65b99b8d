package syncer

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// keep stores the losing sides of a verdict (S-56) and returns the id of the first conflict record.
func (j *judge) keep(v *reconcile.Verdict) (first syncproto.ID, err error) {
	for i := range v.Kept {
		k := &v.Kept[i]
		if k.Silent {
			if err := j.tx.PutSide(j.m.Record, k.Field, j.device.ID, k.Lost); err != nil {
				return "", err
			}
			continue
		}
		for _, part := range portions(k) {
			id, err := j.conflict(&part)
			if err != nil {
				return "", err
			}
			if first == "" {
				first = id
			}
		}
	}
	return first, nil
}

// maxLostDepth is the nesting that is left for a value inside the fields of a record.
const maxLostDepth = syncproto.MaxDepth - 2

// portions splits what was kept of a whole record by field where it is larger or deeper than a field may be: phones
// would refuse the conflict record otherwise.
func portions(k *reconcile.Kept) []reconcile.Kept {
	if k.Field != "" || len(k.Lost) <= syncproto.MaxFieldBytes && k.Lost.Depth() <= maxLostDepth {
		return []reconcile.Kept{*k}
	}
	lost, ok := k.Lost.AsObject()
	if !ok {
		return []reconcile.Kept{*k}
	}
	var out []reconcile.Kept
	for _, name := range lost.Names() {
		out = append(out, reconcile.Kept{Field: name, Lost: lost[name], Reason: k.Reason})
	}
	return out
}

// conflict writes one conflict record. It hangs under its subject, so it is seen by whoever lost, by the subject's
// author, and by the editors who see the subject. A subject that is awaited shows it to them when it comes.
func (j *judge) conflict(k *reconcile.Kept) (syncproto.ID, error) {
	subject := j.m.Record
	family, err := j.tx.Children(subject, maxFamily)
	if err == nil && len(family) >= maxFamily {
		err = &syncproto.Error{Code: syncproto.CodeTooManyRecords, Op: "keep conflict", Detail: "parent"} // the dead letter keeps it
	}
	if err != nil {
		return "", err
	}
	loser, err := j.loser(k)
	if err != nil {
		return "", err
	}
	id, err := j.conflictID(k.Field)
	if err != nil {
		return "", err
	}
	fields := syncproto.Fields{
		"parent": syncproto.Text(string(subject)), "reason": syncproto.Text(string(k.Reason)),
		"device": syncproto.Text(string(j.device.ID)),
	}
	if k.Field != "" {
		fields["field"] = syncproto.Text(k.Field)
	}
	base, err := j.startOf(k)
	if err != nil {
		return "", err
	}
	for name, value := range map[string]syncproto.Value{"base": base, "stays": k.Stays, "lost": k.Lost} {
		if !value.IsNull() {
			fields[name] = value
		}
	}
	r := &syncproto.Record{
		ID: id, Kind: syncproto.KindConflict, Unit: j.unit, Author: loser, Revision: 1,
		State: syncproto.StateOpen, Fields: fields, Received: j.now, Changed: j.now,
	}
	top, err := j.top(subject)
	if err != nil {
		return "", err
	}
	scopes := syncproto.Placement(r, top)
	j.touch(nil, scopes)
	j.cards = append(j.cards, r)
	return id, j.store(r, nil, scopes)
}

// startOf returns the value that both sides started from, for the card that shows them. Judging reads history only for
// long text; a collision is rare enough to read it for any field.
func (j *judge) startOf(k *reconcile.Kept) (syncproto.Value, error) {
	if k.Field == "" || !k.Base.IsNull() || j.record == nil || j.foreign {
		return k.Base, nil
	}
	fields, err := j.base(j.record.Record)
	return fields[k.Field], err
}

// loser returns the person whose side lost: the sender, or, where the incoming value won, whoever wrote the old one,
// and whoever had deleted what an edit brought back.
func (j *judge) loser(k *reconcile.Kept) (syncproto.ID, error) {
	field := k.Field
	switch {
	case j.record == nil:
		return j.device.Person, nil
	case k.Reason == syncproto.CodeEditRestored:
		field = reconcile.StateField
	case field == "" || k.Stays != j.m.Set[field]:
		return j.device.Person, nil
	}
	writer, err := j.tx.Device(j.record.Record.Writer(field).Device)
	if err == nil {
		return writer.Person, nil
	}
	if syncproto.CodeOf(err) == syncproto.CodeNotFound {
		return j.record.Record.Author, nil
	}
	return "", err
}

// conflictID derives the id from what is in conflict, so that judging again after a retry gives the same one, and from
// the store's key, so that nobody can take it first. An id that is taken all the same is passed over.
func (j *judge) conflictID(field string) (syncproto.ID, error) {
	key := *j.s.key.Load() // the cursor was opened with it
	for salt := byte(0); ; salt++ {
		b := append([]byte("lantoa conflict 1\x00"), j.device.ID...)
		b = binary.BigEndian.AppendUint64(b, uint64(j.m.Number))
		b = append(append(b, field...), 0, salt)
		mac := hmac.New(sha256.New, key)
		mac.Write(b)
		sum := mac.Sum(nil)
		sum[6] = sum[6]&0x0f | 0x80 // version 8: made by a rule of our own (RFC 9562, 5.8)
		sum[8] = sum[8]&0x3f | 0x80
		id := syncproto.IDFromBytes([16]byte(sum[:16]))
		taken, err := j.read(id)
		if err != nil || taken == nil || salt == 255 {
			return id, err
		}
	}
}
