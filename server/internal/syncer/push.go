package syncer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// batch judges the mutations of one request. What depends on the request alone is computed before the transaction,
// which runs in the store's one writer; everything below reset is an output, set anew whenever the store runs the
// transaction again.
type batch struct {
	*round
	hashes  []syncproto.Hash
	records []syncproto.ID // of mutations that probably bring new ones
	ahead   []ahead
	seen    *people.Access // of the look before a second attempt
	seated  bool           // the device stands for an account

	sight    sight
	foreign  []bool // per mutation: its base revision is of another epoch
	access   *people.Access
	rights   *people.Rights
	closed   bool // the person's account is
	accepted int64
	durable  int64
	code     syncproto.Code
	outcomes []syncproto.Outcome
	judged   []storage.Judged
	acts     []act
	replayed int
	left     made
	brought  []int64 // new numbers of this device that others brought before
	changed  map[syncproto.Scope]struct{}
	rows     map[syncproto.ID]struct{} // of the queue, to be written at the end
	crowds   map[syncproto.ID]crowd    // of parents with many children, as first counted: the hard bound holds all the same
}

// act is what the log says of a mutation, after the commit.
type act struct {
	outcome syncproto.Outcome
	command syncproto.Command
	grant   syncproto.ID
	err     error // of a fault of ours
}

// push judges the batch. Only what makes the whole request void is an error.
func (r *round) push(ctx context.Context) error {
	b := &batch{round: r}
	b.prepare()
	b.judgeAhead()
	err := b.transact(ctx)
	switch code := syncproto.CodeOf(err); {
	case err == nil:
		b.report()
		b.recall()
	case code == syncproto.CodeTokenRevoked || code == syncproto.CodeTokenUnknown:
		return err
	default:
		r.s.log.Warn("batch not judged", "device", r.device.ID, "code", code, "error", err)
		r.resp.PushCode = syncproto.CodeUnavailable
		r.answer.PushCode = syncproto.CodeUnavailable
	}
	return nil
}

// prepare computes what depends on the request alone.
func (b *batch) prepare() {
	b.hashes = make([]syncproto.Hash, len(b.req.Mutations))
	b.records = make([]syncproto.ID, 0, len(b.req.Mutations))
	for i := range b.req.Mutations {
		m := &b.req.Mutations[i]
		b.hashes[i] = m.Hash()
		if m.Err == nil && !m.Void && m.BaseRevision == 0 {
			b.records = append(b.records, m.Record)
		}
	}
}

// errLookFirst ends a transaction that would have to read units in the store's one writer, or whose store is older than
// the phone.
var errLookFirst = errors.New("look first")

// transact runs the transaction. Nearly always what it needs to know of units and grants is in memory; when it is not, a
// view of the store comes before the second attempt.
func (b *batch) transact(ctx context.Context) error {
	for {
		err := b.s.store.Update(ctx, b.run)
		if !errors.Is(err, errLookFirst) {
			return err
		}
		if err := b.lookFirst(ctx); err != nil {
			return err
		}
	}
}

// lookFirst fills the cache of units, and starts a new epoch if the store is older than its phones, so that what is
// judged then is judged as of the new one.
func (b *batch) lookFirst(ctx context.Context) error {
	var v sight
	err := b.s.store.View(ctx, func(reader storage.Reader) (err error) {
		v, err = b.look(reader)
		return err
	})
	if err == nil && v.older {
		err = b.s.startOver(ctx, v.epoch, b.device.ID)
	}
	b.seen = v.access
	return err
}

// known returns the units and grants that a transaction sees.
func (b *batch) known(tx storage.Tx) (*people.Access, error) {
	access, err := b.s.access.Known(tx)
	if err == nil && access == nil && b.seen != nil {
		access, err = b.seen.Within(tx) // units change in this very group of transactions
	}
	if err == nil && access == nil {
		err = errLookFirst
	}
	return access, err
}

// behold sets the sight of the transaction.
func (b *batch) behold(tx storage.Tx) error {
	access, err := b.known(tx)
	if err != nil {
		return err
	}
	if b.sight, err = b.lookWith(tx, access); err != nil {
		return err
	}
	if b.sight.older {
		return errLookFirst
	}
	b.access, b.rights, b.closed = b.sight.access, b.sight.rights, b.sight.closed
	epoch := b.sight.epoch.String()
	for i := range b.req.Mutations {
		m := &b.req.Mutations[i]
		b.foreign[i] = m.Err == nil && b.sight.foreign
		if m.Err == nil && m.BaseEpoch != "" {
			b.foreign[i] = m.BaseEpoch != epoch
		}
	}
	return nil
}

func (b *batch) reset() {
	n := len(b.req.Mutations)
	b.code, b.replayed = "", 0
	b.foreign = make([]bool, n)
	b.outcomes = make([]syncproto.Outcome, 0, n)
	b.judged = make([]storage.Judged, 0, n)
	b.acts = b.acts[:0]
	b.left = made{puts: slices.Grow(b.left.puts[:0], n)}
	b.changed = make(map[syncproto.Scope]struct{}, 4)
	b.rows = nil
	if b.req.Refer {
		b.written = make(map[syncproto.ID]*written, n)
	}
	b.crowds = map[syncproto.ID]crowd{}
}

// run is the transaction. An error undoes all of it, and nothing advances.
func (b *batch) run(tx storage.Tx) error {
	b.reset()
	if err := b.behold(tx); err != nil {
		return err
	}
	device := b.sight.device
	b.accepted, b.durable = device.Accepted, device.Durable
	var err error
	if b.brought, err = tx.Brought(device.ID, device.Accepted, len(b.req.Mutations)); err != nil {
		return err
	}
	if expecter, ok := tx.(storage.Expecter); ok {
		if err := expecter.Expect(b.records); err != nil {
			return err
		}
	}
	for i := range b.req.Mutations {
		goOn, err := b.member(tx, device, i)
		if err != nil {
			return err
		}
		if !goOn {
			break
		}
	}
	if len(b.judged) == 0 {
		return b.leave(tx)
	}
	if err := tx.AddJudged(device.ID, device.Accepted+1, b.judged); err != nil {
		return err
	}
	b.accepted = device.Accepted + int64(len(b.judged))
	if err := b.writeRows(tx); err != nil {
		return err
	}
	return b.leave(tx)
}

// member answers one mutation by its number: again, for the first time, or not at all.
func (b *batch) member(tx storage.Tx, device *storage.Device, i int) (goOn bool, err error) {
	m := &b.req.Mutations[i]
	next := device.Accepted + int64(len(b.judged)) + 1
	switch {
	case m.Number > next:
		b.code = syncproto.CodeOutOfOrder
		return false, nil
	case m.Number < next:
		return b.replay(tx, m.Number, b.hashes[i])
	}
	outcome, err := b.first(tx, device, i)
	if err != nil {
		return false, err
	}
	b.outcomes = append(b.outcomes, outcome)
	b.judged = append(b.judged, storage.Judged{Hash: b.hashes[i], Outcome: outcome})
	return true, nil
}

// replay gives the stored outcome again, word for word (S-45). Another mutation under the number, or a number of which
// nothing is known any more, comes from a copy of the phone.
func (b *batch) replay(tx storage.Tx, n int64, hash syncproto.Hash) (goOn bool, err error) {
	judged, err := tx.Judged(b.device.ID, n)
	if err != nil && syncproto.CodeOf(err) != syncproto.CodeNotFound {
		return false, err
	}
	if err != nil || judged.Hash != hash {
		b.code = syncproto.CodeDeviceForked
		return false, nil
	}
	b.outcomes = append(b.outcomes, judged.Outcome)
	b.replayed++
	return true, nil
}

// first judges a number for the first time, unless its mutation came by another way already (S-124).
func (b *batch) first(tx storage.Tx, device *storage.Device, i int) (syncproto.Outcome, error) {
	m := &b.req.Mutations[i]
	var known *syncproto.Outcome
	var err error
	if slices.Contains(b.brought, m.Number) {
		known, err = b.broughtBefore(tx, device.ID, m.Number, b.hashes[i])
	}
	var origin *syncproto.Origin
	if err == nil && known == nil {
		origin, err = originOf(tx, device, m)
	}
	if err == nil && origin != nil {
		known, err = b.broughtBefore(tx, origin.Device, origin.Number, b.hashes[i])
	}
	if err != nil {
		return syncproto.Outcome{}, err
	}
	if known != nil {
		return syncproto.Outcome{
			Number: m.Number, Result: syncproto.Duplicate, Code: known.Code, Detail: known.Detail,
			Revision: known.Revision, Conflict: known.Conflict,
		}, nil
	}
	outcome, err := b.judgeSafely(tx, device, i)
	if err != nil {
		return outcome, err
	}
	if outcome.Result == syncproto.Rejected {
		letter := &storage.DeadLetter{
			Device: device.ID, Number: m.Number, Person: device.Person, Unit: device.Unit,
			Code: outcome.Code, At: b.now, Wire: m.Wire,
		}
		if letter.Code == syncproto.CodeErased { // of what was erased nothing may be kept (S-184)
			letter.Wire = nil
		}
		err = tx.AddDeadLetter(letter)
	}
	if err == nil && origin != nil && *origin != (syncproto.Origin{Device: device.ID, Number: m.Number}) {
		err = tx.AddOrigin(*origin, storage.Judged{Hash: b.hashes[i], Outcome: outcome})
		if origin.Device == device.ID {
			b.brought = append(b.brought, origin.Number)
		}
	}
	return outcome, err
}

// originOf returns the origin of a mutation; nil if it has none or names a device of another person. Whoever got hold
// of what another is about to send would otherwise answer for it: the other's phone would hear "duplicate".
func originOf(tx storage.Tx, device *storage.Device, m *syncproto.PushedMutation) (*syncproto.Origin, error) {
	if m.Err != nil || m.Origin == nil {
		return nil, nil
	}
	if m.Origin.Device == device.ID {
		return m.Origin, nil
	}
	first, err := tx.Device(m.Origin.Device)
	switch {
	case err == nil && first.Person != device.Person:
		return nil, nil
	case err == nil || syncproto.CodeOf(err) == syncproto.CodeNotFound: // a restored server may not know it
		return m.Origin, nil
	}
	return nil, err
}

func (b *batch) broughtBefore(tx storage.Tx, device syncproto.ID, n int64, hash syncproto.Hash) (*syncproto.Outcome, error) {
	judged, err := tx.Judged(device, n)
	switch {
	case err == nil && judged.Hash == hash:
		return &judged.Outcome, nil
	case err == nil || syncproto.CodeOf(err) == syncproto.CodeNotFound:
		return nil, nil
	}
	return nil, err
}

// judgeSafely judges one mutation in a savepoint. What is wrong with the mutation itself rejects it alone; so does a
// fault of ours that it alone brings about, since it would otherwise stand before everything behind it for ever. What
// may pass is an error, and undoes the batch.
func (b *batch) judgeSafely(tx storage.Tx, device *storage.Device, i int) (outcome syncproto.Outcome, err error) {
	m := &b.req.Mutations[i]
	rejected := func(err error) syncproto.Outcome { return rejectedBy(m.Number, err) }
	if m.Err != nil {
		outcome = rejected(m.Err)
		b.acts = append(b.acts, act{outcome: outcome})
		return outcome, nil
	}
	if m.Void {
		return syncproto.Outcome{Number: m.Number, Result: syncproto.Applied}, nil
	}
	j := judge{batch: b, tx: tx, device: device, m: &m.Mutation, foreign: b.foreign[i], at: i}
	var fault error
	puts := len(b.left.puts)
	err = tx.Savepoint(func() (err error) {
		defer func() {
			if p := recover(); p != nil {
				fault = syncproto.E(syncproto.CodeInternal, "judge mutation", fmt.Errorf("panic: %v", p))
				err = fault
			}
		}()
		outcome, err = j.run()
		return err
	})
	if e, ok := errors.AsType[*syncproto.Error](err); ok && e.Code == syncproto.CodeInternal {
		fault = err // of ours, and as lasting as a panic
	}
	if err != nil {
		b.left.puts = b.left.puts[:puts]
	}
	switch {
	case fault != nil:
		outcome = rejected(fault)
	case err != nil && blames(err):
		outcome = rejected(err)
	case err != nil:
		return outcome, err
	default:
		b.wrote(&m.Mutation, j.made, j.encoded)
		b.took(&j)
	}
	if outcome.Code != "" || m.Command != "" {
		b.acts = append(b.acts, act{outcome, m.Command, j.standing.Grant, fault})
	}
	return outcome, nil
}

// blames reports whether a store's error is about what it was given and will not pass.
func blames(err error) bool {
	switch syncproto.KindOf(err) {
	case syncproto.Invalid, syncproto.TooLarge:
		return true
	}
	return false
}

// report tells what was committed: the response, the log, and whoever waits for changes.
func (b *batch) report() {
	b.resp.Outcomes, b.resp.PushCode = b.outcomes, b.code
	b.answer.Judged, b.answer.Replayed, b.answer.PushCode = len(b.judged), b.replayed, b.code
	for i := range b.judged {
		b.answer.Results.add(b.judged[i].Outcome.Result)
	}
	b.tell()
	switch b.code {
	case syncproto.CodeDeviceForked:
		b.s.log.Warn("device forked", "device", b.device.ID, "accepted", b.accepted)
	case syncproto.CodeOutOfOrder:
		b.s.log.Info("batch out of order", "device", b.device.ID, "accepted", b.accepted)
	}
}

// tell logs what was committed, and pokes whoever waits for it.
func (b *batch) tell() {
	log := b.s.log
	for _, a := range b.acts {
		attrs := []any{"device", b.device.ID, "mutation", a.outcome.Number, "code", a.outcome.Code}
		switch {
		case a.err != nil:
			log.Error("mutation at fault", append(attrs, "error", a.err)...)
		case a.outcome.Result == syncproto.Rejected:
			log.Info("mutation rejected", attrs...)
		case a.outcome.Result == syncproto.Conflicts:
			log.Info("conflict kept", attrs...)
		case a.command != "":
			log.Debug("command taken", append(attrs, "command", a.command, "grant", a.grant)...)
		}
	}
	if n := b.s.opt.Notifier; n != nil && len(b.changed) > 0 {
		n.Changed(slices.Sorted(maps.Keys(b.changed)), b.device.ID)
	}
}
