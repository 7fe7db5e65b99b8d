package e2e

import (
	"fmt"
	"slices"
	"strings"

	"lantoa/storage"
	"lantoa/syncproto"
)

// check holds what is written down against what the stand-in heard.
func (s *gale) check() {
	sums := map[string]int64{}
	for _, t := range s.sent {
		s.checkCall(t, sums)
	}
	for at := range s.heard {
		if at[1] == "" { // a digest
			continue
		}
		if i := slices.IndexFunc(s.sent, func(t *toll) bool { return string(t.id) == at[1] }); i >= 0 && !s.sent[i].list[s.owners[at[0]].person] {
			s.Errorf("somebody was rung who is not on the list of call %d", i)
		}
	}
	if sums["interrupted"] < s.found {
		s.Errorf("processes found %d interrupted, %d are written down", s.found, sums["interrupted"])
	}
	for _, n := range s.nights {
		if n > galeSlots { // what had left when it began
			s.Errorf("%d messages in the night could have waited", n)
		}
	}
	for _, text := range []string{s.said.String(), s.figures} {
		for _, secret := range []string{"gale-", "Mận", "Hiến", "Hoằng", "+8491"} {
			if strings.Contains(text, secret) {
				s.Errorf("log or figures tell %q", secret)
			}
		}
	}
	st := s.fcm.Stats()
	s.Logf("%d people, %d calls, %d processes, %d requests, %d taken, %d of them again; %v", len(s.folk), len(s.sent), s.process, st.Requests, st.Accepted, st.Duplicates, sums)
}

// row is what must come out of a unit.
type row struct{ eligible, registered, accepted int64 }

func (s *gale) checkCall(t *toll, sums map[string]int64) {
	s.Helper()
	best, states := map[syncproto.ID]storage.DeliveryState{}, map[storage.DeliveryState]int64{}
	var recipients []storage.Recipient
	var reaches []storage.Reach
	var deliveries, persons map[storage.DeliveryState]int64
	s.view(func(r storage.Reader) error {
		intents, err := r.IntentsOf(t.id)
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		for _, i := range intents {
			if i.Kind != string(t.kind) || i.To != "" {
				continue
			}
			if want := storage.IntentDone; i.State != want && !t.cancelled {
				s.Errorf("an intent is %s", i.State)
			}
			if i.Persons != int64(len(t.list)) {
				s.Errorf("an intent is for %d, not %d", i.Persons, len(t.list))
			}
			list, err := r.DeliveriesOf(i.Number, 0, 1<<20)
			if err != nil {
				return err
			}
			for n := range list {
				d := &list[n]
				if key := string(d.Person + d.Device); seen[key] || !t.list[d.Person] {
					s.Errorf("a delivery too many: %+v", d)
				} else {
					seen[key] = true
				}
				states[d.State]++
				if had, ok := best[d.Person]; ok {
					best[d.Person] = storage.Better(had, d.State)
				} else {
					best[d.Person] = d.State
				}
				if err := s.checkDelivery(r, t, d, sums); err != nil {
					return err
				}
			}
			if deliveries, persons, err = r.Tally(i.Number); err != nil {
				return err
			}
		}
		if recipients, err = r.Recipients(t.id, "", 1<<20); err != nil {
			return err
		}
		reaches, err = r.Reaches(t.id)
		return err
	})
	s.checkSums(t, best, states, deliveries, persons)
	s.checkReach(t, best, recipients, reaches)
}

// checkDelivery: it is over, what came of it agrees with its attempts, and the stand-in took no more than they explain.
func (s *gale) checkDelivery(r storage.Reader, t *toll, d *storage.Delivery, sums map[string]int64) error {
	attempts, err := r.AttemptsOf(d.Number)
	of := map[string]int{}
	for _, a := range attempts {
		of[a.Result]++
		sums[a.Result]++
	}
	taken := 0
	for at := range s.rendered[d.Number] {
		taken += s.fcm.Copies(at[0], at[1])
	}
	sums["= "+string(d.State)]++
	open := of["unsure"] + of["interrupted"]
	told := d.State == storage.DeliveryAccepted
	switch {
	case !d.State.Over():
		s.Errorf("a delivery is %s in the end", d.State)
	case d.State == storage.DeliveryCancelled && !t.cancelled:
		s.Errorf("a delivery is cancelled and its call is not")
	case told && (taken == 0 || of["accepted"] != 1), !told && of["accepted"] > 0:
		s.Errorf("a delivery is %s, taken %d times, with attempts %v", d.State, taken, of)
	case taken > of["accepted"]+open:
		s.Errorf("a delivery was taken %d times, with attempts %v", taken, of)
	case d.State == storage.DeliveryUnsure && open == 0, d.State == storage.DeliveryExpired && open > 0:
		s.Errorf("a delivery is %s with attempts %v", d.State, of)
	case (d.State == storage.DeliveryGone || d.State == storage.DeliveryFailed || d.State == storage.DeliveryUnreachable) && d.Code == "":
		s.Errorf("a delivery is %s, and nobody knows why", d.State)
	}
	return err
}

// checkSums compares what the database adds up with what is there.
func (s *gale) checkSums(t *toll, best map[syncproto.ID]storage.DeliveryState, states, deliveries, persons map[storage.DeliveryState]int64) {
	s.Helper()
	who := map[storage.DeliveryState]int64{}
	for _, state := range best {
		who[state]++
	}
	if fmt.Sprint(states) != fmt.Sprint(deliveries) || fmt.Sprint(who) != fmt.Sprint(persons) {
		s.Errorf("deliveries %v are counted as %v, persons %v as %v", states, deliveries, who, persons)
	}
	if len(best) != len(t.list) && !t.cancelled {
		s.Errorf("%d of %d have a delivery", len(best), len(t.list))
	}
}

// checkReach compares the funnel with what is there, unit by unit.
func (s *gale) checkReach(t *toll, best map[syncproto.ID]storage.DeliveryState, recipients []storage.Recipient, reaches []storage.Reach) {
	s.Helper()
	if len(recipients) != len(best) {
		s.Errorf("%d are on the list, %d have a delivery", len(recipients), len(best))
	}
	want := map[syncproto.ID]row{}
	for i := range recipients {
		one, state := want[recipients[i].Unit], best[recipients[i].Person]
		one.eligible++
		if state != storage.DeliveryUnreachable {
			one.registered++
		}
		if state == storage.DeliveryAccepted || state == storage.DeliveryUnsure {
			one.accepted++
		}
		want[recipients[i].Unit] = one
	}
	got := map[syncproto.ID]row{}
	for _, r := range reaches {
		got[r.Unit] = row{r.Eligible, r.Registered, r.Accepted}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		s.Errorf("the funnel of a call has %v, want %v", got, want)
	}
}
