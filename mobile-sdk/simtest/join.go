package simtest

import (
	"context"
	"slices"

	"lantoa/syncproto"
)

// invitation is a code that nobody has used yet.
type invitation struct {
	code  string
	owner *person // nil: whoever uses it is new to the association
	until int64
}

// CodeValid is how long a code of a run may be used, in ms. Whoever has used it may join again later.
const CodeValid = 5 * 24 * 3600 * 1000

// codeAlphabet holds letters of an enrollment code; the last one is a check.
const codeAlphabet = "ACDEFHJKMNPQRTWXY"

// issue makes a code, from the dice so that a run can be repeated, and lets the server know it.
func (w *World) issue(unit, owner syncproto.ID, role syncproto.Role) string {
	body := make([]byte, 11)
	for i := range body {
		body[i] = codeAlphabet[w.dice.IntN(len(codeAlphabet))]
	}
	for check := byte('0'); check <= 'Z'; check++ {
		if bare, err := syncproto.ParseEnrollCode(string(body) + string(check)); err == nil {
			w.codes[bare] = owner
			w.server.Invite(bare, unit, owner, role)
			return bare
		}
	}
	return w.issue(unit, owner, role) // never: every body has a check
}

// invite gives out codes, for further phones and for people who are new. They are given out before a backup, which
// therefore knows them: whoever joins with one later can join again after a restore.
func (w *World) invite() {
	w.expire()
	for len(w.invitations) < 2 {
		var owner *person
		if w.dice.chance(2) {
			owner = pick(w.dice, w.people)
		}
		as := owner
		if as == nil {
			as = &person{unit: pick(w.dice, w.units).ID, role: syncproto.RoleVolunteer}
		}
		w.invitations = append(w.invitations, invitation{w.issue(as.unit, as.id, as.role), owner, w.now + CodeValid/2})
	}
}

func (w *World) expire() {
	w.invitations = slices.DeleteFunc(w.invitations, func(i invitation) bool { return i.until <= w.now })
}

// join brings one more phone, of somebody known or of somebody new.
func (w *World) join() {
	if len(w.phones) >= maxPhones {
		return
	}
	var with invitation
	w.expire()
	if len(w.invitations) > 0 && !w.dice.chance(4) {
		with, w.invitations = w.invitations[0], w.invitations[1:]
	} else {
		owner := pick(w.dice, w.people)
		with = invitation{w.issue(owner.unit, owner.id, owner.role), owner, 0}
	}
	owner := with.owner
	if owner != nil && w.closed[owner.id] {
		return // a code of a closed account is worth nothing
	}
	if owner == nil {
		owner = &person{name: "Người mới", newcomer: true}
	}
	p, err := w.newPhone(owner)
	if err == nil {
		if err = p.engine.Enroll(context.Background(), "http://server", with.code); err != nil { // the answer may be lost
			w.say("    phone %d: join %s", p.index, w.codeOf("join", err))
			err = w.undisturbed(func() error { return p.engine.Enroll(context.Background(), "http://server", with.code) })
		}
	}
	if err == nil {
		err = p.introduce()
	}
	if err != nil {
		w.violate(OpensAgain, "phone %d joins: %v", p.index, err)
		return
	}
	w.say("    phone %d joined as %s, new=%v", p.index, short(owner.id), owner.newcomer)
}

// introduce tells the simulation who its newcomer has become.
func (p *phone) introduce() error {
	status, err := p.engine.Status(context.Background())
	if err == nil && p.person.newcomer {
		p.person.id = status.Person
	}
	return err
}

// undisturbed runs fn without faults.
func (w *World) undisturbed(fn func() error) error {
	calm := w.calm
	w.calm = true
	defer func() { w.calm = calm }()
	return fn()
}

// readmit gives a phone a new code: the server was set back to a time when it did not know the phone's first one.
// A newcomer's code is in every backup that can be put back, so their phone must help itself.
func (p *phone) readmit() {
	w, owner := p.w, p.person
	if owner.newcomer {
		return
	}
	if w.closed[owner.id] {
		if !w.calm {
			return
		}
		delete(w.closed, owner.id)
		w.server.PutPerson(owner.id, owner.name, false)
	}
	err := w.undisturbed(func() error {
		return p.engine.Enroll(context.Background(), "http://server", w.issue(owner.unit, owner.id, owner.role))
	})
	w.say("    phone %d: a new code: %s", p.index, w.codeOf("enroll", err))
}

// enroll joins the phone with a fresh code, over a good link.
func (p *phone) enroll() error {
	return p.engine.Enroll(context.Background(), "http://server", p.w.issue(p.person.unit, p.person.id, p.person.role))
}

// learn notes the grants that joining made: those of the code, when the person has none like it.
func (w *World) learn(body, answer []byte) {
	q, err := syncproto.DecodeEnrollRequest(body)
	if err != nil {
		return
	}
	owner := w.codes[q.Code]
	if r, err := syncproto.DecodeEnrollResponse(answer); err == nil {
		owner = r.Person
	}
	if owner == "" {
		return
	}
	for _, g := range w.server.Facts().Grants(owner) {
		if _, known := w.grants[g.ID]; !known {
			w.grants[g.ID] = g
			w.say("    grant %s %s on %s by joining", short(g.Person), g.Role, short(g.Unit))
		}
	}
}
