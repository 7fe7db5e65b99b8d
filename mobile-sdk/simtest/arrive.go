package simtest

import "lantoa/syncproto"

// fileArrives lets the server say of some photo how far its file has come. Bytes travel apart from records, so this happens
// between any two requests, whatever phones have in hand.
func (w *World) fileArrives() {
	if w.calm || !w.arrivals.chance(3) {
		return
	}
	var photos []*Fact
	for _, f := range w.server.Facts().Records() {
		if f.Record.Kind == syncproto.KindPhoto && !f.Record.Deleted {
			photos = append(photos, f)
		}
	}
	if len(photos) == 0 {
		return
	}
	photo := pick(w.arrivals, photos).Record
	word := w.word(photo)
	w.ledger.try(photo.ID)
	w.server.Arrive(photo.ID, word)
	w.words[photo.ID] = word
	w.say("    server: %s of photo %s at %d", word, short(photo.ID), photo.Revision)
}

// word makes up what there is to say: now and then of a file that the photo does not hold any more.
func (w *World) word(photo *syncproto.Record) syncproto.Value {
	d := w.arrivals
	announced, _ := syncproto.MediaOf(photo)
	a := syncproto.Arrived{Of: announced.SHA256, Lanes: map[syncproto.Lane]syncproto.Arrival{}}
	if d.chance(8) {
		older, _ := media(d).AsObject()
		a.Of, _ = older["sha256"].AsText()
	}
	for _, lane := range syncproto.Lanes() {
		if d.chance(2) {
			a.Lanes[lane] = pick(d, []syncproto.Arrival{syncproto.ArrivalChecking, syncproto.ArrivalStored, syncproto.ArrivalRefused})
		}
		if d.chance(3) {
			a.Shows = append(a.Shows, lane)
		}
	}
	return a.Value()
}

// checkWords holds that nothing that phones did took back what the server said.
func (w *World) checkWords(facts Facts) {
	for id, word := range w.words {
		if f := facts.Record(id); f == nil || f.Record.Fields[syncproto.ArrivedField] != word {
			w.violate(ServersWord, "photo %s: %+v, the server had said %s", short(id), f, word)
		}
	}
}
