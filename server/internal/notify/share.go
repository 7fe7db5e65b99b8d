package notify

import (
	"cmp"
	"context"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Codes of deliveries that are over before anything is sent.
const (
	codeNoRegistration = "no_registration"
	codeSuspended      = "suspended"
	codeClosed         = "closed"
)

// planShare plans the next share of an intent in one transaction, and then pokes and wakes.
func (p *Planner) planShare(ctx context.Context, intent *storage.Intent) error {
	now := p.millis()
	var planned *plan
	err := p.store.Update(ctx, func(tx storage.Tx) error {
		planned = nil
		i, err := tx.Intent(intent.Number)
		if err != nil || i.State != storage.IntentPlanning && i.State != storage.IntentPaused {
			return err // somebody cancelled it, or planned its last share
		}
		share, err := tx.NextShare(i.Number)
		if err != nil {
			return err
		}
		planned, err = p.plan(tx, i, share, now)
		return err
	})
	if err != nil || planned == nil {
		return err
	}
	p.opt.Poke(planned.persons)
	p.opt.Wake()
	return nil
}

// plan is what one transaction makes of a share.
type plan struct {
	intent     *storage.Intent
	day        int64 // for which routine pushes count
	persons    []syncproto.ID
	deliveries []storage.Delivery
	rung       []syncproto.ID // have a delivery that is due
	folded     []syncproto.ID
}

// plan makes the recipients and deliveries of a share. A share that was planned already changes nothing; the result is
// then nil.
func (p *Planner) plan(tx storage.Tx, i *storage.Intent, share *storage.Share, now int64) (*plan, error) {
	out := &plan{intent: i, day: countedDay(max(now, i.Due)), persons: share.Persons}
	var called []storage.Recipient
	if isCall(i.Kind) && i.To == "" {
		var err error
		if called, err = recipients(tx, i, share); err != nil {
			return nil, err
		}
		out.persons = personsOf(called)
	}
	if err := p.decide(tx, out, now); err != nil {
		return nil, err
	}
	planned, err := tx.Plan(share, out.deliveries)
	if err != nil || !planned {
		return nil, err
	}
	if len(called) > 0 {
		if err := tx.AddRecipients(called); err != nil {
			return nil, err
		}
	}
	if i.Class == storage.ClassRoutine && len(out.rung) > 0 {
		if err := tx.Tell(out.day, out.rung); err != nil {
			return nil, err
		}
	}
	for _, person := range out.folded {
		if err := p.fold(tx, person, i.Unit, now); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// recipients returns whom of a share the call's list does not have yet: nobody is on it twice, nor rung twice, in however many
// groups they are.
func recipients(tx storage.Tx, i *storage.Intent, share *storage.Share) ([]storage.Recipient, error) {
	call, err := tx.Call(i.Record)
	if err != nil {
		return nil, err
	}
	list, seen := make([]storage.Recipient, 0, len(share.Persons)), make(map[syncproto.ID]bool, len(share.Persons))
	for n, person := range share.Persons {
		if seen[person] {
			continue
		}
		seen[person] = true
		if _, err := tx.Recipient(call.ID, person); err == nil {
			continue
		} else if !isNotFound(err) {
			return nil, err
		}
		one := storage.Recipient{Call: call.ID, Person: person, Gone: call.Gone}
		if n < len(share.Units) {
			one.Unit = share.Units[n]
		}
		list = append(list, one)
	}
	return list, nil
}

func personsOf(list []storage.Recipient) []syncproto.ID {
	persons := make([]syncproto.ID, len(list))
	for i := range list {
		persons[i] = list[i].Person
	}
	return persons
}

// facts is what the decision about each person needs.
type facts struct {
	registrations map[syncproto.ID][]storage.Registration
	preferences   map[syncproto.ID]storage.Preference
	told          map[syncproto.ID]int64
}

// decide says for each person what comes of the intent. The first that fits counts: there is nothing to ring, or the account
// rests or was closed since the list was made, of which nothing is registered (storage.RegistrationReader); the kind is
// muted; the day is full; or else each of their devices is rung.
func (p *Planner) decide(tx storage.Tx, out *plan, now int64) error {
	known, err := gather(tx, out)
	if err != nil {
		return err
	}
	capped := out.intent.Class == storage.ClassRoutine && out.intent.Kind != KindDigest
	for _, person := range out.persons {
		devices := known.registrations[person]
		pref := known.preferences[person]
		switch {
		case len(devices) == 0:
			code, err := resting(tx, person)
			if err != nil {
				return err
			}
			out.end(person, storage.DeliveryUnreachable, cmp.Or(code, codeNoRegistration), now)
		case mutes(&pref, out.intent):
			out.end(person, storage.DeliveryMuted, "", now)
		case capped && known.told[person] >= int64(p.opt.Cap):
			out.end(person, storage.DeliveryFolded, "", now)
			out.folded = append(out.folded, person)
		default:
			out.ring(person, devices)
		}
	}
	return nil
}

// gather reads what is needed of all persons at once.
func gather(tx storage.Tx, out *plan) (f facts, err error) {
	list, err := tx.RegistrationsOf(out.persons)
	if err != nil {
		return f, err
	}
	f.registrations = make(map[syncproto.ID][]storage.Registration, len(list))
	for i := range list {
		person := list[i].Person
		f.registrations[person] = append(f.registrations[person], list[i])
	}
	if isCall(out.intent.Kind) {
		if f.preferences, err = tx.Preferences(out.persons); err != nil {
			return f, err
		}
	}
	if out.intent.Class == storage.ClassRoutine {
		f.told, err = tx.Told(out.day, out.persons)
	}
	return f, err
}

// resting returns why nobody is to be told of anything: the account rests or was closed since the list was made. "" for
// everybody else.
func resting(tx storage.PeopleReader, person syncproto.ID) (code string, err error) {
	who, err := tx.Person(person)
	switch {
	case isNotFound(err):
		return codeClosed, nil
	case err != nil:
		return "", err
	case who.Closed != 0:
		return codeClosed, nil
	case who.Suspended != 0:
		return codeSuspended, nil
	}
	return "", nil
}

// mutes reports whether a person wants no push of the kind. What concerns one's own work is no call and is never muted.
func mutes(pref *storage.Preference, i *storage.Intent) bool {
	if !isCall(i.Kind) || i.Class == storage.ClassWorkflow {
		return false
	}
	for _, kind := range pref.Muted {
		if string(kind) == i.Kind {
			return true
		}
	}
	return false
}

// end adds a delivery that is over.
func (o *plan) end(person syncproto.ID, state storage.DeliveryState, code string, now int64) {
	o.deliveries = append(o.deliveries, storage.Delivery{
		Intent: o.intent.Number, Person: person, Class: o.intent.Class, State: state, Code: code,
		Due: o.intent.Due, Until: o.intent.Until, Over: max(now, 1),
	})
}

// ring adds a delivery for each device.
func (o *plan) ring(person syncproto.ID, devices []storage.Registration) {
	o.rung = append(o.rung, person)
	for i := range devices {
		o.deliveries = append(o.deliveries, storage.Delivery{
			Intent: o.intent.Number, Person: person, Device: devices[i].Device, Class: o.intent.Class, State: storage.DeliveryDue,
			Due: o.intent.Due, Until: o.intent.Until,
		})
	}
}
