package syncer

import (
	"context"
	"crypto/sha256"
	"errors"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Actor is somebody at a desk: a person who has signed in, and the device that was made with their account, under which
// what they do is judged.
type Actor struct{ Person, Device syncproto.ID }

// Act takes one act at a desk. It is judged like a phone's mutation, in a transaction of its own; its number is given
// inside. A repeated ID gets the first outcome; the ID of another act is invalid_mutation. What is rejected is told at
// once to whoever still has it on the screen, so no dead letter is kept of it.
//
// Errors are those of the store, and session_ended for an account that is closed or a device that is not the person's.
func (s *Service) Act(ctx context.Context, by Actor, m *syncproto.Mutation) (syncproto.Outcome, error) {
	if _, err := s.storeKey(ctx); err != nil {
		return syncproto.Outcome{}, err
	}
	act := *m
	act.Number, act.Origin = 1, nil
	if err := act.Validate(); err != nil {
		return rejectedBy(1, err), nil
	}
	hash := syncproto.HashMutation(&act)
	b := s.work(&storage.Device{ID: by.Device, Person: by.Person}, &syncproto.SyncRequest{
		Mutations: []syncproto.PushedMutation{{Mutation: act}},
	})
	b.seated = true
	var outcome syncproto.Outcome
	err := b.attempt(ctx, func(tx storage.Tx) (err error) {
		outcome, err = b.actOnce(tx, by, hash)
		return err
	})
	if err != nil {
		return syncproto.Outcome{}, err
	}
	b.tell()
	return outcome, nil
}

// actOnce judges the act, or answers what was judged under its id before.
func (b *batch) actOnce(tx storage.Tx, by Actor, hash syncproto.Hash) (syncproto.Outcome, error) {
	none := syncproto.Outcome{}
	device, err := b.seat(tx, by)
	if err != nil {
		return none, err
	}
	origin := actOrigin(by.Device, b.req.Mutations[0].ID)
	first, err := tx.Judged(origin.Device, origin.Number)
	switch {
	case err == nil && first.Hash == hash:
		return first.Outcome, nil
	case err == nil:
		return rejectedBy(first.Outcome.Number, &syncproto.Error{Code: syncproto.CodeInvalidMutation, Op: "act", Detail: "id"}), nil
	case syncproto.CodeOf(err) != syncproto.CodeNotFound:
		return none, err
	}
	m := &b.req.Mutations[0].Mutation
	m.Number = device.Accepted + 1
	epoch, err := tx.Epoch()
	if err != nil {
		return none, err
	}
	b.foreign[0] = m.BaseEpoch != "" && m.BaseEpoch != epoch.String()
	outcome, err := b.judgeSafely(tx, device, 0)
	if err != nil {
		return none, err
	}
	if err := b.writeRows(tx); err != nil {
		return none, err
	}
	judged := storage.Judged{Hash: hash, Outcome: outcome}
	if err := tx.AddJudged(device.ID, m.Number, []storage.Judged{judged}); err != nil {
		return none, err
	}
	return outcome, tx.AddOrigin(origin, judged)
}

// seat returns the device of an account, and sets the rights of its person as they are now.
func (b *batch) seat(tx storage.Tx, by Actor) (*storage.Device, error) {
	const op = "act"
	device, err := tx.Device(by.Device)
	if err != nil && syncproto.CodeOf(err) != syncproto.CodeNotFound {
		return nil, err
	}
	if err != nil || device.Person != by.Person || device.Revoked != 0 {
		return nil, syncproto.E(syncproto.CodeSessionEnded, op, nil)
	}
	if b.rights, err = b.access.Of(tx, by.Person); err != nil {
		return nil, err
	}
	if b.rights.Closed(b.now) != 0 {
		return nil, syncproto.E(syncproto.CodeSessionEnded, op, nil)
	}
	return device, nil
}

// actOrigin is the identity under which the outcome of an act is found again: acts have ids of their client's making and
// no numbers. Its device is nobody's, derived from the desk's and the act's id.
func actOrigin(device, act syncproto.ID) syncproto.Origin {
	sum := sha256.Sum256([]byte("lantoa act 1\x00" + string(device) + "\x00" + string(act)))
	sum[6] = sum[6]&0x0f | 0x80 // version 8: made by a rule of our own (RFC 9562, 5.8)
	sum[8] = sum[8]&0x3f | 0x80
	return syncproto.Origin{Device: syncproto.IDFromBytes([16]byte(sum[:16])), Number: 1}
}

// rejectedBy is the outcome of what an error is about.
func rejectedBy(n int64, err error) syncproto.Outcome {
	out := syncproto.Outcome{Number: n, Result: syncproto.Rejected, Code: syncproto.CodeOf(err)}
	if e, ok := errors.AsType[*syncproto.Error](err); ok {
		out.Detail = e.Detail
	}
	return out
}
