package storagetest

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// lists is what a store should hold of few calls and persons: a plain map, asked by looking at everything.
type lists struct {
	*world
	calls, persons, units []syncproto.ID
	all                   map[[2]syncproto.ID]storage.Recipient
	last                  map[syncproto.ID]int64
}

func (l *lists) drawn() storage.Recipient {
	number := func(most int64) int64 { return max(0, l.Int64N(2*most)-most) }
	m := storage.Recipient{
		Call: draw(l.world, l.calls), Person: draw(l.world, l.persons), Unit: draw(l.world, l.units), Gone: number(5),
		Received: number(3), Shown: number(3), Opened: number(3), Answered: number(3), Promoted: number(3), Came: number(3),
		Count: number(5), Choice: draw(l.world, []string{"", "", "yes", "no"}),
		Standing: draw(l.world, []syncproto.State{
			"", "", syncproto.StateRegistered, syncproto.StateWaiting, syncproto.StateNoted, syncproto.StateLate, syncproto.StateCame,
		}),
		Arrived: number(20),
	}
	if l.IntN(2) == 0 {
		return storage.Recipient{Call: m.Call, Person: m.Person, Unit: m.Unit, Gone: m.Gone}
	}
	return m
}

func (l *lists) put(m storage.Recipient) {
	l.all[[2]syncproto.ID{m.Call, m.Person}] = m
	l.last[m.Call] = max(l.last[m.Call], m.Arrived)
}

// step does one thing to the store and to the map.
func (l *lists) step(t *testing.T, tx storage.Tx) {
	t.Helper()
	m := l.drawn()
	old, there := l.all[[2]syncproto.ID{m.Call, m.Person}]
	switch l.IntN(9) {
	case 0:
		if err := tx.DropPerson(m.Person); err != nil {
			t.Error(err)
		}
		for key, of := range l.all {
			if key[1] == m.Person {
				l.all[key] = storage.Recipient{Call: of.Call, Person: of.Person, Unit: of.Unit, Gone: of.Gone}
			}
		}
	case 1, 2, 3:
		list := []storage.Recipient{m, l.drawn(), l.drawn()}
		if err := tx.AddRecipients(list); err != nil {
			t.Error(err)
		}
		for _, m := range list {
			if _, there := l.all[[2]syncproto.ID{m.Call, m.Person}]; !there {
				l.put(m)
			}
		}
	default:
		if l.IntN(2) == 0 { // only what stands in no index
			m.Unit, m.Gone, m.Count, m.Arrived, m.Standing = old.Unit, old.Gone, old.Count, old.Arrived, old.Standing
		}
		switch err := tx.PutRecipient(&m); {
		case there && err == nil:
			l.put(m)
		case there || syncproto.CodeOf(err) != syncproto.CodeNotFound:
			t.Errorf("got %v, on the list: %v", err, there)
		}
	}
}

// compare asks the store everything that the map knows.
func (l *lists) compare(t *testing.T, r storage.Reader) {
	t.Helper()
	for _, call := range l.calls {
		of := slices.SortedFunc(maps.Values(l.all), byPerson)
		of = slices.DeleteFunc(of, func(m storage.Recipient) bool { return m.Call != call })
		got, err := r.Recipients(call, "", -1)
		wantRows(t, got, err, of...)
		places := int64(0)
		waiting := slices.DeleteFunc(slices.Clone(of), func(m storage.Recipient) bool { return m.Standing != syncproto.StateWaiting })
		slices.SortStableFunc(waiting, func(a, b storage.Recipient) int { return cmp.Compare(a.Arrived, b.Arrived) })
		got, err = r.WaitingList(call, -1)
		wantRows(t, got, err, waiting...)
		unreached := slices.DeleteFunc(slices.Clone(of), func(m storage.Recipient) bool {
			return m.Received+m.Shown+m.Opened+m.Answered+m.Came > 0 || m.Choice != "" || m.Standing != ""
		})
		got, err = r.Unreached(call, "", -1)
		wantRows(t, got, err, unreached...)
		for _, m := range of {
			if m.Standing == syncproto.StateRegistered || m.Standing == syncproto.StateCame {
				places += m.Count
			}
		}
		if n, err := r.Places(call); n != places || err != nil {
			t.Errorf("got %d places, %v, want %d", n, err, places)
		}
		if n, err := r.LastArrived(call); n != l.last[call] || err != nil {
			t.Errorf("got %d as the last, %v, want %d", n, err, l.last[call])
		}
		wantReaches(t, r, call, reachesOf(of))
	}
	l.compareAudiences(t, r)
}

func (l *lists) compareAudiences(t *testing.T, r storage.Reader) {
	t.Helper()
	for _, person := range l.persons {
		var want []syncproto.ID
		for _, m := range l.all {
			if m.Person == person && m.Gone > 2 {
				want = append(want, m.Call)
			}
		}
		slices.Sort(want)
		slices.Reverse(want)
		got, err := r.Audiences(person, 2, -1)
		wantRows(t, got, err, want...)
	}
}

// reachesOf adds up as storage.Reach says.
func reachesOf(list []storage.Recipient) (out []storage.Reach) {
	units := map[syncproto.ID]storage.Reach{}
	one := func(is bool) int64 {
		if is {
			return 1
		}
		return 0
	}
	for _, m := range list {
		u := units[m.Unit]
		u.Unit = m.Unit
		if u.Choices == nil {
			u.Choices = map[string]int64{}
		}
		u.Eligible++
		u.Arrived += one(m.Received+m.Shown+m.Opened > 0)
		u.Opened += one(m.Opened > 0)
		u.Answered += one(m.Choice != "")
		if m.Choice != "" {
			u.Choices[m.Choice]++
		}
		u.Places += m.Count * one(m.Standing == syncproto.StateRegistered || m.Standing == syncproto.StateCame)
		u.Waiting += one(m.Standing == syncproto.StateWaiting)
		u.Late += one(m.Standing == syncproto.StateLate)
		u.Came += one(m.Came > 0)
		u.CamePeople += max(m.Count, 1) * one(m.Came > 0)
		units[m.Unit] = u
	}
	return slices.SortedFunc(maps.Values(units), func(a, b storage.Reach) int { return cmp.Compare(a.Unit, b.Unit) })
}

func wantReaches(t *testing.T, r storage.Reader, call syncproto.ID, want []storage.Reach) {
	t.Helper()
	got, err := r.Reaches(call)
	if err != nil || len(got) != len(want) || len(got) > 0 && !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
}

func testRecipientsRandom(t *testing.T, s storage.Store) {
	w := newWorld(t, 214)
	l := &lists{
		world: w, calls: w.ids(2), persons: w.ids(5), units: append(w.ids(2), ""), all: map[[2]syncproto.ID]storage.Recipient{},
		last: map[syncproto.ID]int64{},
	}
	for range 60 {
		steps, keep := w.IntN(8), w.IntN(4) > 0
		before, last := l.all, l.last
		update(t, s, func(tx storage.Tx) error {
			l.all, l.last = maps.Clone(before), maps.Clone(last)
			_ = tx.Savepoint(func() error {
				for range steps {
					l.step(t, tx)
				}
				l.compare(t, tx)
				if keep {
					return nil
				}
				l.all, l.last = before, last
				return errWanted
			})
			return nil
		})
		view(t, s, func(r storage.Reader) error {
			l.compare(t, r)
			return nil
		})
	}
}
