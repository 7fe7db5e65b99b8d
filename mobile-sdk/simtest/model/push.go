package model

import (
	"crypto/sha256"
	"errors"

	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

var errDisk = syncproto.E(syncproto.CodeUnavailable, "write", nil)

// push judges a batch and returns the outcomes and why the rest was not judged, if so.
func (s *Server) push(d Device, r *syncproto.SyncRequest, base syncproto.Epoch) (outcomes []syncproto.Outcome, code syncproto.Code) {
	err := s.update(func() error {
		outcomes, code = nil, ""
		for i := range r.Mutations {
			var o syncproto.Outcome
			err := s.savepoint(func() (err error) {
				o, err = s.mutation(d.ID, &r.Mutations[i], base)
				return err
			})
			if err != nil {
				code = syncproto.CodeOf(err)
				break
			}
			outcomes = append(outcomes, o)
		}
		if len(r.Mutations) > 0 && s.cfg.Bugs.SkipHeadLock {
			s.commitHidden()
		}
		d = s.state.Devices[d.ID]
		if r.Acknowledged > d.Acknowledged && r.Acknowledged <= d.Accepted {
			d.Acknowledged = r.Acknowledged
			set(s, s.state.Devices, d.ID, d)
		}
		return nil
	})
	if err != nil {
		return nil, syncproto.CodeUnavailable
	}
	return outcomes, code
}

// mutation gives one member of a batch its outcome, or an error that stops the batch.
func (s *Server) mutation(device syncproto.ID, p *syncproto.PushedMutation, base syncproto.Epoch) (syncproto.Outcome, error) {
	if s.fault(MutationRead) == Disk {
		return syncproto.Outcome{}, errDisk
	}
	d, hash := s.state.Devices[device], hashOf(p)
	known, judged := s.state.Judged[Identity{device, p.Number}]
	switch {
	case p.Number <= d.Accepted && s.cfg.Bugs.ForgetOutcomes && !p.Void:
		return s.judge(d, p, base)
	case p.Number <= d.Accepted && judged && known.Hash == hash:
		return known.Outcome, nil
	case p.Number <= d.Accepted:
		return syncproto.Outcome{}, syncproto.E(syncproto.CodeDeviceForked, "judge", nil)
	case p.Number > d.Accepted+1:
		return syncproto.Outcome{}, syncproto.E(syncproto.CodeOutOfOrder, "judge", nil)
	}
	o, err := s.first(d, p, hash, judged, known, base)
	if err != nil {
		return o, err
	}
	if s.cfg.Bugs.BlockOnReject && o.Result == syncproto.Rejected {
		return o, errDisk
	}
	if s.cfg.Bugs.LateCounter {
		s.undo = s.undo[:0] // the effects are committed, the counter is not yet
		if s.fault(CounterLate) == Crash {
			panic(crashed{})
		}
	}
	d.Accepted = p.Number
	set(s, s.state.Devices, d.ID, d)
	set(s, s.state.Judged, Identity{device, p.Number}, Judged{Hash: hash, Outcome: o})
	return o, nil
}

// first judges a number that has not been judged, unless its mutation came before under another identity.
func (s *Server) first(d Device, p *syncproto.PushedMutation, hash syncproto.Hash, brought bool, known Judged, base syncproto.Epoch) (syncproto.Outcome, error) {
	duplicate := func(j Judged) (syncproto.Outcome, error) {
		o := j.Outcome
		o.Number, o.Result = p.Number, syncproto.Duplicate
		return o, nil
	}
	if brought && known.Hash == hash {
		return duplicate(known)
	}
	if p.Origin != nil && !s.cfg.Bugs.IgnoreOrigin {
		origin := Identity{p.Origin.Device, p.Origin.Number}
		if j, ok := s.state.Judged[origin]; ok && j.Hash == hash {
			return duplicate(j)
		}
		o, err := s.judge(d, p, base)
		if _, taken := s.state.Judged[origin]; err == nil && !taken {
			set(s, s.state.Judged, origin, Judged{Hash: hash, Outcome: o})
		}
		return o, err
	}
	return s.judge(d, p, base)
}

// judge lets the mutation have its effect.
func (s *Server) judge(d Device, p *syncproto.PushedMutation, base syncproto.Epoch) (syncproto.Outcome, error) {
	o := syncproto.Outcome{Number: p.Number, Result: syncproto.Applied}
	if p.Err != nil {
		return s.reject(d, p, syncproto.CodeOf(p.Err), detailOf(p.Err)), nil
	}
	if p.Void {
		return o, nil
	}
	set(s, s.state.Effects, p.ID, s.state.Effects[p.ID]+1)
	if s.refuse != nil {
		if code := s.refuse(&p.Mutation); code != "" {
			return s.reject(d, p, code, ""), nil
		}
	}
	in, current := s.input(d, p, base)
	v := reconcile.Apply(in)
	if v.Result == syncproto.Rejected {
		return s.reject(d, p, v.Code, v.Detail), nil
	}
	o.Result, o.Code, o.Detail = v.Result, v.Code, v.Detail
	before := current
	if v.Parent != nil {
		s.put(v.Parent)
	}
	if v.Record != nil {
		s.put(v.Record)
		current = v.Record
	}
	if s.fault(RecordPut) == Disk {
		return o, errDisk
	}
	about := current
	if about == nil { // a record that is awaited
		about = &syncproto.Record{ID: p.Record, Unit: in.Mutation.Unit}
	}
	o.Conflict = s.keep(d, p, before, about, v.Kept)
	for _, moved := range []*syncproto.Record{v.Parent, v.Record} {
		if moved != nil && !s.cfg.Bugs.StrandChildren {
			s.placeChildren(moved.ID, map[syncproto.ID]bool{})
		}
	}
	if current != nil {
		o.Revision = current.Revision
	}
	return o, nil
}

func (s *Server) reject(d Device, p *syncproto.PushedMutation, code syncproto.Code, detail string) syncproto.Outcome {
	if !s.cfg.Bugs.LoseDeadLetter {
		set(s, s.state.Dead, Identity{d.ID, p.Number}, DeadLetter{Code: code, Wire: append([]byte(nil), p.Wire...)})
	}
	return syncproto.Outcome{Number: p.Number, Result: syncproto.Rejected, Code: code, Detail: detail}
}

// keep stores the losing sides and returns the first conflict.
func (s *Server) keep(d Device, p *syncproto.PushedMutation, before, r *syncproto.Record, kept []reconcile.Kept) (first syncproto.ID) {
	for i := range kept {
		k := &kept[i]
		if k.Silent {
			set(s, s.state.Sides, Side{r.ID, k.Field, d.ID}, k.Lost)
			continue
		}
		if s.cfg.Bugs.LoseLoser {
			continue
		}
		sum := sha256.Sum256(append(append([]byte(d.ID), bigEndian(p.Number)...), k.Field...))
		fields := syncproto.Fields{
			"parent": syncproto.Text(string(r.ID)), "field": syncproto.Text(k.Field), "lost": orNull(k.Lost),
			"stays": orNull(k.Stays), "reason": syncproto.Text(string(k.Reason)), "device": syncproto.Text(string(d.ID)),
		}
		if !k.Base.IsNull() {
			fields["base"] = k.Base
		}
		c := &syncproto.Record{
			ID: idFrom(sum[:16]), Kind: syncproto.KindConflict, Unit: r.Unit, Author: s.loser(d, p, before, k), Revision: 1,
			State: syncproto.StateOpen, Fields: fields, Received: s.cfg.Now(), Changed: s.cfg.Now(),
		}
		s.put(c)
		if first == "" {
			first = c.ID
		}
	}
	return first
}

// loser returns the person whose side lost: the sender, or, where the incoming value won, whoever wrote the old one, and
// whoever had deleted what an edit brought back.
func (s *Server) loser(d Device, p *syncproto.PushedMutation, before *syncproto.Record, k *reconcile.Kept) syncproto.ID {
	field := k.Field
	switch {
	case before == nil || s.cfg.Bugs.WrongLoser:
		return d.Person
	case k.Reason == syncproto.CodeEditRestored:
		field = reconcile.StateField
	case field == "" || k.Stays != p.Set[field]:
		return d.Person
	}
	if writer, known := s.state.Devices[before.Writer(field).Device]; known {
		return writer.Person
	}
	return before.Author
}

func hashOf(p *syncproto.PushedMutation) syncproto.Hash { return p.Hash() }

func orNull(v syncproto.Value) syncproto.Value {
	if v == "" {
		return syncproto.Null
	}
	return v
}

func detailOf(err error) string {
	if e, ok := errors.AsType[*syncproto.Error](err); ok {
		return e.Detail
	}
	return ""
}
