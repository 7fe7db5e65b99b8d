package simtest

import (
	"context"
	"maps"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/syncproto"
)

// maxPhones bounds the phones of a run, clones included.
const maxPhones = 6

// act performs one action.
func (w *World) act(a Action) {
	w.dice, w.arrivals, w.exchanges = newDice(a.Seed, 4), newDice(a.Seed, 6), 0
	w.now += 1000 + int64(w.dice.IntN(1<<w.dice.IntN(25)))
	p := w.phones[a.Phone%len(w.phones)]
	w.say("%s (server %d)", a, w.now-dawn)
	if w.actOnServer(a.Act) || p.retired {
		return
	}
	if w.dice.chance(9) {
		p.dieAt = 1 + w.dice.IntN(6)
	}
	if p.alive(func() { p.act(a.Act) }) {
		w.checkPending(p)
	}
}

// actOnServer performs the actions that happen to the server and its people.
func (w *World) actOnServer(act Act) bool {
	switch act {
	case ActGrant:
		w.moveGrants()
	case ActBackup:
		w.takeBackup()
		if w.dice.chance(2) {
			w.join() // a restore then goes back to before
		}
	case ActRestore:
		w.restore()
	case ActCompact:
		w.say("    compact")
		w.mayRepair = true
		w.server.Compact()
	case ActLate:
		if len(w.late) > 0 {
			d := pick(w.dice, w.late)
			w.say("    late %s of device %s", d.path, short(w.tokens[d.token]))
			w.serve(d.path, d.token, d.body)
		}
	case ActJoin:
		w.join()
	case ActWait:
		w.now += int64(w.dice.IntN(40 * 24 * 3600 * 1000))
	default:
		return false
	}
	return true
}

func (p *phone) act(act Act) {
	switch act {
	case ActCapture:
		p.capture()
	case ActEdit:
		p.edit()
	case ActTag:
		p.tag()
	case ActDelete:
		p.delete()
	case ActCommand:
		p.command()
	case ActConflict:
		p.decide()
	case ActTray:
		p.tray()
	case ActSync:
		p.sync()
	case ActReopen:
		p.reopen()
	case ActReboot:
		p.reboot()
		p.skew = int64(p.w.dice.IntN(4_000_000_000)) - 2_000_000_000
		p.reopen()
	case ActClone:
		if len(p.w.phones) < maxPhones {
			c, err := p.w.clone(p)
			p.w.say("    phone %d is cloned: %s", p.index, p.w.codeOf("clone", err))
			if err != nil {
				p.w.violate(OpensAgain, "clone: %v", err)
				return
			}
			p.capture() // both go on as if they were the only one
			c.capture()
		}
	case ActBundle:
		p.bundle()
	case ActReview:
		p.review()
	case ActPrefer:
		p.prefer()
	}
}

func (p *phone) reopen() {
	p.close()
	if err := p.open(); err != nil {
		p.w.violate(OpensAgain, "phone %d: %v", p.index, err)
	}
}

// sync is one try of the phone to get in step, over whatever link the dice give it.
func (p *phone) sync() *mobilesdk.Summary {
	w := p.w
	if p.retired {
		return &mobilesdk.Summary{}
	}
	before := p.refused()
	out, err := p.engine.Sync(context.Background())
	code := "ok"
	if err != nil {
		code = string(syncproto.CodeOf(err))
	}
	if out == nil {
		out = &mobilesdk.Summary{}
	}
	w.say("    phone %d: sync %s rounds=%d sent=%d received=%d unsent=%d repaired=%d forked=%v rejoined=%v", p.index, code,
		out.Rounds, out.Sent, out.Received, out.Unsent, out.Repaired, out.Forked, out.Rejoined)
	p.retire()
	if after := p.refused(); after < before+out.Rejected && out.Reoffered == 0 && !p.retired {
		w.violate(InTray, "phone %d: %d were refused, the tray went from %d to %d", p.index, out.Rejected, before, after)
	}
	if out.Repaired > 0 && !w.mayRepair {
		w.violate(SumsEqual, "phone %d had to repair %d scopes", p.index, out.Repaired)
	}
	if err != nil {
		w.syncError(p, err)
	}
	return out
}

// retire notes that the phone has emptied itself, as it does when its person's account is closed and the server has all
// that it held.
func (p *phone) retire() {
	if p.retired || !p.w.closed[p.person.id] {
		return
	}
	status, err := p.engine.Status(context.Background())
	p.w.codeOf("status", err)
	if err == nil && status.Removed {
		p.retired = true
		p.w.say("    phone %d: its access ended and it is empty", p.index)
	}
}

// refused counts the tray.
func (p *phone) refused() int {
	list, err := p.engine.Tray(context.Background())
	p.w.codeOf("tray", err)
	return len(list)
}

func (w *World) syncError(p *phone, err error) {
	if syncproto.CodeOf(err) == syncproto.CodeTokenUnknown {
		w.stranger = true
		if w.calm || w.dice.chance(3) {
			p.readmit()
		}
	}
	switch syncproto.KindOf(err) {
	case syncproto.Unavailable, syncproto.Unauthenticated:
	default:
		if w.calm || syncproto.CodeOf(err) == syncproto.CodeStoreBroken {
			w.violate(NoInternalError, "phone %d sync: %v", p.index, err)
		}
	}
}

// moveGrants ends a grant, gives one, or moves a person to another unit.
func (w *World) moveGrants() {
	p := pick(w.dice, w.people)
	held := w.grantsOf(p.id)
	if w.closed[p.id] {
		return
	}
	if w.dice.chance(10) {
		w.closeAccount(p, held)
		return
	}
	if len(held) > 0 && !w.dice.chance(3) {
		g := pick(w.dice, held)
		if g.Until == 0 {
			g.Until = w.now
			w.grant(g)
		}
	}
	if !w.dice.chance(3) {
		role := pick(w.dice, []syncproto.Role{syncproto.RoleVolunteer, syncproto.RoleVolunteer, syncproto.RoleEditor, syncproto.RoleAdmin})
		w.grant(syncproto.Grant{ID: w.dice.id(w.now), Person: p.id, Unit: pick(w.dice, w.units).ID, Role: role, From: w.now})
	}
}

// closeAccount ends everything that a person may do. Their phones still bring what waits on them.
func (w *World) closeAccount(p *person, held []syncproto.Grant) {
	w.say("    account of %s closed", short(p.id))
	for _, g := range held {
		if g.Until == 0 {
			g.Until = w.now
			w.grant(g)
		}
	}
	w.closed[p.id] = true
	w.server.PutPerson(p.id, p.name, true)
}

func (w *World) takeBackup() {
	w.invite()
	w.server.Backup()
	w.saved, w.savedAt, w.savedClosed = maps.Clone(w.grants), w.now, maps.Clone(w.closed)
	w.say("    backup")
}

// oldest is how old a backup may be when it is put back. Phones keep what they can offer again for 30 days.
const oldest = 25 * 24 * 3600 * 1000

// restore sets the server back to its last backup, with the operator's tool or by copying a file.
func (w *World) restore() {
	if w.now-w.savedAt > oldest {
		return
	}
	tool := w.dice.chance(2)
	if !w.server.Restore(tool) {
		return
	}
	w.grants, w.closed = maps.Clone(w.saved), maps.Clone(w.savedClosed)
	for _, p := range w.phones {
		if p.retired {
			w.ledger.forgive(p.index) // it gave its all to the server that is no more, and had been told to forget it
		}
	}
	w.wire.forget()
	clear(w.ledger.arrived)
	clear(w.scanned)
	clear(w.words)
	w.restored = true
	w.mayRepair = w.mayRepair || !tool
	w.say("    restored, tool=%v", tool)
}

// bundle is a file that a phone exported.
type bundle struct {
	path   string
	person *person
}

// bundle exports what is unsent, and hands it to another phone of the same person if there is one, now or later.
func (p *phone) bundle() {
	w := p.w
	for _, b := range w.bundles {
		if b.person == p.person && w.dice.chance(3) {
			p.take(b)
		}
	}
	p.capture()
	path := w.file("bundle")
	out, err := p.engine.Export(context.Background(), path)
	w.say("    phone %d: export %s", p.index, w.codeOf("export", err))
	if err != nil || out.Count == 0 {
		return
	}
	b := bundle{path, p.person}
	w.bundles = append(w.bundles, b)
	for _, other := range w.phones {
		if other != p && other.person == p.person && !other.retired && w.dice.chance(2) {
			other.take(b)
		}
	}
}

// take imports a bundle.
func (p *phone) take(b bundle) {
	out, err := p.engine.Import(context.Background(), b.path, nil)
	p.w.say("    phone %d: import %s", p.index, p.w.codeOf("import", err))
	if err == nil {
		p.w.say("    added %d known %d", out.Added, out.Known)
	}
}
