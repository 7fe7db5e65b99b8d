package demo

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"lantoa/server/internal/notify"
	"lantoa/storage"
	"lantoa/syncproto"
)

// tolled is what became of the call, counted from what the server keeps, what the push service heard, and what phones show.
type tolled struct {
	list       []storage.Recipient
	deliveries map[syncproto.ID][]storage.Delivery
	cut        map[syncproto.ID]int // attempts of a person that the kill interrupted
	rung       map[string]int       // by target
	best       map[storage.DeliveryState]int64
	reaches    []storage.Reach
	kept       *storage.Call

	messages, twice   int
	gone, unreachable int64
	interrupted       int
	recovered         int64 // as the server says it found them
	findings          []finding
}

// everyRecipient reads the whole list of a call.
func everyRecipient(r storage.Reader, call syncproto.ID) (all []storage.Recipient, err error) {
	for after := syncproto.ID(""); ; {
		page, err := r.Recipients(call, after, 500)
		if err != nil || len(page) == 0 {
			return all, err
		}
		all, after = append(all, page...), page[len(page)-1].Person
	}
}

// toll gathers and checks what became of the call.
func (w *week) toll(ctx context.Context) (*tolled, error) {
	t := &tolled{
		deliveries: map[syncproto.ID][]storage.Delivery{}, cut: map[syncproto.ID]int{}, best: map[storage.DeliveryState]int64{},
		rung: w.bells.rung(string(syncproto.CallUrgent), w.alarm.id),
	}
	if err := w.server.Store().View(ctx, func(r storage.Reader) error { return t.gather(r, w.alarm.id) }); err != nil {
		return nil, err
	}
	var board notify.Picture
	if err := w.operator.send(ctx, http.MethodGet, "/v1/staff/push", nil, &board); err != nil {
		return nil, err
	}
	t.recovered = board.Interrupted
	for _, n := range t.rung {
		t.messages += n
		t.twice += max(n-1, 0)
	}
	t.gone, t.unreachable = t.best[storage.DeliveryGone], t.best[storage.DeliveryUnreachable]
	agree, missed, err := w.onCallPhones(ctx, t)
	if err != nil {
		return nil, err
	}
	t.findings = []finding{
		{"demo.check_call_told", w.untold(t)},
		{"demo.check_call_once", w.twice(t)},
		{"demo.check_call_sums", w.sums(t)},
		{"demo.check_call_others", w.others(t)},
		{"demo.check_call_places", w.places(t)},
		{"demo.check_call_agree", agree},
		{"demo.check_call_result", missed},
		{"demo.check_call_private", w.bells.service.Leaks()},
	}
	return t, nil
}

func (t *tolled) gather(r storage.Reader, call syncproto.ID) (err error) {
	if t.kept, err = r.Call(call); err != nil {
		return err
	}
	if t.list, err = everyRecipient(r, call); err != nil {
		return err
	}
	if t.reaches, err = r.Reaches(call); err != nil {
		return err
	}
	intents, err := r.IntentsOf(call)
	if err != nil {
		return err
	}
	for i := range intents {
		if intents[i].Kind != string(syncproto.CallUrgent) {
			continue // an officer's trial, or a notice about the call
		}
		if err := t.intent(r, intents[i].Number); err != nil {
			return err
		}
	}
	return nil
}

func (t *tolled) intent(r storage.Reader, number int64) error {
	_, persons, err := r.Tally(number)
	if err != nil {
		return err
	}
	for state, n := range persons {
		t.best[state] += n
	}
	for above := int64(0); ; {
		page, err := r.DeliveriesOf(number, above, 500)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, d := range page {
			above = d.Number
			t.deliveries[d.Person] = append(t.deliveries[d.Person], d)
			attempts, err := r.AttemptsOf(d.Number)
			if err != nil {
				return err
			}
			for _, a := range attempts {
				if a.Result == "interrupted" {
					t.cut[d.Person]++
					t.interrupted++
				}
			}
		}
	}
}

// untold finds people on the list who were not told, without anything that explains it.
func (w *week) untold(t *tolled) (broken []string) {
	heard := map[syncproto.ID]int{}
	for target, n := range t.rung {
		heard[w.bells.owner(target).person] += n
	}
	for i := range t.list {
		person := t.list[i].Person
		if len(t.deliveries[person]) == 0 {
			broken = append(broken, string(person)+": –")
		}
		for _, d := range t.deliveries[person] {
			told := d.State == storage.DeliveryAccepted || d.State == storage.DeliveryGone
			if told != (heard[person] > 0) || !told && d.State != storage.DeliveryUnreachable {
				broken = append(broken, fmt.Sprintf("%s: %s, %d", person, d.State, heard[person]))
			}
		}
	}
	return broken
}

// twice finds targets that were rung more often than the kill explains.
func (w *week) twice(t *tolled) (broken []string) {
	for target, n := range t.rung {
		if of := w.bells.owner(target); n > 1+t.cut[of.person] {
			broken = append(broken, fmt.Sprintf("%s: %d", of.name, n))
		}
	}
	if t.twice > t.interrupted {
		broken = append(broken, fmt.Sprintf("%d > %d", t.twice, t.interrupted))
	}
	return broken
}

// sums finds totals that do not add up.
func (w *week) sums(t *tolled) (broken []string) {
	same := func(what string, numbers ...int64) {
		if len(slices.Compact(slices.Clone(numbers))) > 1 {
			broken = append(broken, fmt.Sprintf("%s: %d", what, numbers))
		}
	}
	var all storage.Reach
	for _, r := range t.reaches {
		all.Eligible, all.Registered, all.Accepted = all.Eligible+r.Eligible, all.Registered+r.Registered, all.Accepted+r.Accepted
		all.Answered, all.Places, all.Waiting, all.Came = all.Answered+r.Answered, all.Places+r.Places, all.Waiting+r.Waiting, all.Came+r.Came
	}
	var people, answered, places, waiting, came int64
	for _, n := range t.best {
		people += n
	}
	for i := range t.list {
		switch one := &t.list[i]; one.Standing {
		case syncproto.StateRegistered:
			places += one.Count
		case syncproto.StateCame:
			places, came = places+one.Count, came+1
		case syncproto.StateWaiting:
			waiting++
		}
		if t.list[i].Choice != "" {
			answered++
		}
	}
	same("list", int64(len(t.list)), int64(len(w.alarm.called)), t.kept.Recipient, people, int64(len(t.deliveries)), all.Eligible)
	same("registered", people-t.unreachable, all.Registered)
	same("accepted", t.best[storage.DeliveryAccepted]+t.best[storage.DeliveryUnsure], all.Accepted)
	same("answered", answered, all.Answered)
	same("places", places, all.Places)
	same("waiting", waiting, all.Waiting)
	same("came", came, all.Came)
	if int64(t.interrupted) > t.recovered { // by day the server finds notices of the desk besides
		broken = append(broken, fmt.Sprintf("interrupted: %d > %d", t.interrupted, t.recovered))
	}
	return broken
}

// others finds people on the list whom the call does not concern, and targets of others that rang.
func (w *week) others(t *tolled) (broken []string) {
	for i := range t.list {
		if !w.alarm.called[t.list[i].Person] {
			broken = append(broken, string(t.list[i].Person))
		}
	}
	for _, kind := range []string{string(syncproto.CallUrgent), "promoted"} {
		for target := range w.bells.rung(kind, w.alarm.id) {
			if of := w.bells.owner(target); !w.alarm.called[of.person] {
				broken = append(broken, of.name)
			}
		}
	}
	answered := map[syncproto.ID]bool{}
	for i := range t.list {
		answered[t.list[i].Person] = t.list[i].Choice != ""
	}
	for target := range w.bells.rung(string(syncproto.CallResult), w.alarm.result) {
		if of := w.bells.owner(target); !answered[of.person] {
			broken = append(broken, of.name)
		}
	}
	return broken
}

// places checks that places went by the order in which answers arrived: all who want one and speak for equally many.
func (w *week) places(t *tolled) (broken []string) {
	var want []*storage.Recipient
	taken := int64(0)
	for i := range t.list {
		if one := &t.list[i]; one.Arrived > 0 {
			want = append(want, one)
		}
	}
	slices.SortFunc(want, func(a, b *storage.Recipient) int { return int(a.Arrived - b.Arrived) })
	for i, one := range want {
		holds := one.Standing == syncproto.StateRegistered || one.Standing == syncproto.StateCame
		if holds {
			taken += one.Count
		}
		if first := int64(i) < callPlaces/w.alarm.party; holds != first || one.Standing == syncproto.StateWaiting == first {
			broken = append(broken, fmt.Sprintf("%d: %s", one.Arrived, one.Standing))
		}
	}
	if taken != callPlaces {
		broken = append(broken, fmt.Sprintf("%d/%d", taken, callPlaces))
	}
	return broken
}

// onCallPhones compares what phones show of the call with what the server keeps, and finds those who ought to know the result
// and do not, or the other way round.
func (w *week) onCallPhones(ctx context.Context, t *tolled) (agree, missed []string, err error) {
	list := map[syncproto.ID]*storage.Recipient{}
	for i := range t.list {
		list[t.list[i].Person] = &t.list[i]
	}
	for _, p := range w.phones {
		if p.closed != "" {
			continue
		}
		one := list[p.person]
		v, err := p.engine.Call(ctx, w.alarm.id)
		if (err == nil) != (one != nil) {
			agree = append(agree, fmt.Sprintf("%s: %t, %t", p.name, err == nil, one != nil))
		}
		result, known := p.engine.Call(ctx, w.alarm.result)
		if answered := one != nil && one.Choice != ""; answered != (known == nil) || answered && result.Title != resultTitle {
			missed = append(missed, fmt.Sprintf("%s: %t, %t", p.name, answered, known == nil))
		}
		if err != nil || one == nil {
			continue
		}
		standing, choice := syncproto.State(""), ""
		if v.Answer != nil {
			standing, choice = v.Answer.Standing, v.Answer.Choice
		}
		if standing != one.Standing || choice != one.Choice || string(v.Status) != string(syncproto.StateClosed) {
			agree = append(agree, fmt.Sprintf("%s: %s %s %s, %s %s", p.name, choice, standing, v.Status, one.Choice, one.Standing))
		}
	}
	return agree, missed, nil
}
