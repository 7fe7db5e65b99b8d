package storagetest

import (
	"cmp"
	"slices"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// recipient returns one with something in every field.
func (w *world) recipient(call, person syncproto.ID) storage.Recipient {
	return storage.Recipient{
		Call: call, Person: person, Unit: w.unit, Gone: 100, Received: 1, Shown: 2, Opened: 3, Choice: "yes",
		Standing: syncproto.StateRegistered, Count: 4, Arrived: 5, Answered: 6, Promoted: 7, Came: 8,
	}
}

func addRecipients(t *testing.T, s storage.Store, list ...storage.Recipient) {
	t.Helper()
	update(t, s, func(tx storage.Tx) error { return tx.AddRecipients(list) })
}

func byPerson(a, b storage.Recipient) int { return cmp.Compare(a.Person, b.Person) }

// testRecipients: who is on a list stays as they are, however often they are added; who is not is not put there.
func testRecipients(t *testing.T, s storage.Store) {
	w := newWorld(t, 210)
	call, other := w.id(), w.id()
	var all []storage.Recipient
	for i, person := range w.ids(130) { // more than go with one statement
		m := storage.Recipient{Call: call, Person: person, Unit: w.unit, Gone: 50}
		if i%7 == 0 {
			m = w.recipient(call, person)
			wantWhole(t, m)
		}
		all = append(all, m)
	}
	all[3].Unit = ""
	elsewhere := w.recipient(other, all[1].Person)
	twice := w.recipient(call, all[1].Person)
	addRecipients(t, s, append(slices.Clone(all[:100]), elsewhere, twice)...)
	again := slices.Clone(all)
	for i := range 100 {
		again[i] = w.recipient(call, all[i].Person)
		again[i].Unit, again[i].Choice = w.id(), "no"
	}
	addRecipients(t, s, again...)
	addRecipients(t, s)
	changed := w.recipient(call, all[99].Person)
	update(t, s, func(tx storage.Tx) error {
		_ = tx.Savepoint(func() error {
			_ = tx.AddRecipients([]storage.Recipient{w.recipient(call, w.id()), w.recipient(w.id(), w.id())})
			_ = tx.PutRecipient(&storage.Recipient{Call: call, Person: all[5].Person})
			return errWanted
		})
		for range 2 {
			if err := tx.PutRecipient(&changed); err != nil {
				return err
			}
		}
		return nil
	})
	all[99] = changed
	for _, m := range []storage.Recipient{w.recipient(call, w.id()), w.recipient(w.id(), all[0].Person)} {
		refused(t, s, "who is not on the list", syncproto.CodeNotFound, func(tx storage.Tx) error { return tx.PutRecipient(&m) })
	}
	slices.SortFunc(all, byPerson)
	view(t, s, func(r storage.Reader) error {
		got, err := r.Recipients(other, "", -1)
		wantRows(t, got, err, elsewhere)
		for _, m := range all {
			got, err := r.Recipient(call, m.Person)
			wantRow(t, got, err, m)
		}
		wantNobody(t, r, call, all[0].Person, w.id())
		return nil
	})
	wantRecipientPages(t, s, call, all)
}

func wantNobody(t *testing.T, r storage.Reader, call, person, nobody syncproto.ID) {
	t.Helper()
	for _, pair := range [][2]syncproto.ID{{call, nobody}, {nobody, person}, {call, ""}, {"", person}, {"x", "y"}} {
		got, err := r.Recipient(pair[0], pair[1])
		wantMissing(t, got, err)
	}
	for _, id := range []syncproto.ID{"", "x", nobody} {
		got, err := r.Recipients(id, "", -1)
		wantRows(t, got, err)
		got, err = r.Unreached(id, "", -1)
		wantRows(t, got, err)
		got, err = r.WaitingList(id, -1)
		wantRows(t, got, err)
		calls, err := r.Audiences(id, 0, -1)
		wantRows(t, calls, err)
		reaches, err := r.Reaches(id)
		wantRows(t, reaches, err)
		places, err := r.Places(id)
		last, lastErr := r.LastArrived(id)
		if places != 0 || last != 0 || err != nil || lastErr != nil {
			t.Errorf("got %d places, %v, %d, %v, want none", places, err, last, lastErr)
		}
	}
}

func wantRecipientPages(t *testing.T, s storage.Store, call syncproto.ID, want []storage.Recipient) {
	t.Helper()
	var out []storage.Recipient
	view(t, s, func(r storage.Reader) error {
		for after := syncproto.ID(""); ; after = out[len(out)-1].Person {
			page, err := r.Recipients(call, after, 37)
			if err != nil || len(page) == 0 {
				return err
			}
			out = append(out, page...)
		}
	})
	wantRows(t, out, nil, want...)
}

func testRecipientsInvalid(t *testing.T, s storage.Store) {
	w := newWorld(t, 211)
	good := w.recipient(w.id(), w.id())
	for name, one := range map[string]struct {
		code  syncproto.Code
		spoil func(m *storage.Recipient)
	}{
		"no call":         {syncproto.CodeInvalidID, func(m *storage.Recipient) { m.Call = "" }},
		"no person":       {syncproto.CodeInvalidID, func(m *storage.Recipient) { m.Person = "x" }},
		"no unit":         {syncproto.CodeInvalidID, func(m *storage.Recipient) { m.Unit = "x" }},
		"nobody comes":    {syncproto.CodeIntegerRange, func(m *storage.Recipient) { m.Count = -1 }},
		"a crowd comes":   {syncproto.CodeIntegerRange, func(m *storage.Recipient) { m.Count = syncproto.MaxAnswerCount + 1 }},
		"before time":     {syncproto.CodeIntegerRange, func(m *storage.Recipient) { m.Opened = -1 }},
		"an early number": {syncproto.CodeIntegerRange, func(m *storage.Recipient) { m.Arrived = -1 }},
		"a long choice":   {syncproto.CodeTooLarge, func(m *storage.Recipient) { m.Choice = string(make([]byte, 61)) }},
		"bytes":           {syncproto.CodeNotUTF8, func(m *storage.Recipient) { m.Choice = "\xff" }},
	} {
		bad := good
		one.spoil(&bad)
		refused(t, s, name, one.code, func(tx storage.Tx) error { return tx.AddRecipients([]storage.Recipient{good, bad}) })
		refused(t, s, name, one.code, func(tx storage.Tx) error { return tx.PutRecipient(&bad) })
	}
	wantRecipientPages(t, s, good.Call, nil)
}

func testAudiences(t *testing.T, s storage.Store) {
	w := newWorld(t, 212)
	calls := w.ids(30)
	person, other := w.id(), w.id()
	slices.Sort(calls)
	for i, call := range calls {
		addRecipients(t, s, storage.Recipient{Call: call, Person: person, Gone: int64(i % 3 * 10)}, storage.Recipient{Call: call, Person: other, Gone: 5})
	}
	slices.Reverse(calls)
	for _, now := range []int64{-1, 0, 9, 10, 19, 20} {
		var want []syncproto.ID
		for i, call := range calls {
			if int64((len(calls)-1-i)%3*10) > now {
				want = append(want, call)
			}
		}
		view(t, s, func(r storage.Reader) error {
			for _, limit := range []int{-1, 0, 1, 7, 100} {
				got, err := r.Audiences(person, now, limit)
				wantRows(t, got, err, want[:min(uint(limit), uint(len(want)))]...)
			}
			return nil
		})
	}
	update(t, s, func(tx storage.Tx) error { // the newest call ends earlier than was said
		if err := tx.PutRecipient(&storage.Recipient{Call: calls[0], Person: person, Gone: 3}); err != nil {
			return err
		}
		got, err := tx.Audiences(person, 9, 1)
		wantRows(t, got, err, calls[1])
		return nil
	})
}

// testPlaces: places come and go with standings and counts, arrivals are never given twice, and who waits is asked in order.
func testPlaces(t *testing.T, s storage.Store) {
	w := newWorld(t, 213)
	call, persons := w.id(), w.ids(5)
	for _, person := range persons {
		addRecipients(t, s, storage.Recipient{Call: call, Person: person, Gone: 9})
	}
	steps := []struct {
		who          int
		standing     syncproto.State
		count        int64
		arrived      int64
		places, last int64
		waits        []int
	}{
		{0, syncproto.StateRegistered, 2, 1, 2, 1, nil},
		{1, syncproto.StateWaiting, 3, 2, 2, 2, []int{1}},
		{2, syncproto.StateWaiting, 1, 3, 2, 3, []int{1, 2}},
		{3, syncproto.StateWaiting, 1, 3, 2, 3, nil}, // the same number: the lesser id first
		{3, syncproto.StateNoted, 1, 4, 2, 4, []int{1, 2}},
		{0, syncproto.StateRegistered, 1, 1, 1, 4, []int{1, 2}},
		{0, syncproto.StateCame, 1, 1, 1, 4, []int{1, 2}},
		{2, syncproto.StateRegistered, 1, 3, 2, 4, []int{1}},
		{1, syncproto.StateWaiting, 3, 5, 2, 5, []int{1}},
		{1, "", 0, 0, 2, 5, nil}, // withdrawn: its number is not used again
		{0, syncproto.StateLate, 1, 1, 1, 5, nil},
	}
	for i, step := range steps {
		update(t, s, func(tx storage.Tx) error {
			m := storage.Recipient{
				Call: call, Person: persons[step.who], Gone: 9, Standing: step.standing, Count: step.count, Arrived: step.arrived,
				Choice: "yes", Answered: int64(i),
			}
			for range 2 { // a retry changes nothing
				if err := tx.PutRecipient(&m); err != nil {
					return err
				}
			}
			return nil
		})
		view(t, s, func(r storage.Reader) error {
			places, err := r.Places(call)
			last, lastErr := r.LastArrived(call)
			if places != step.places || last != step.last || err != nil || lastErr != nil {
				t.Errorf("step %d: got %d places, %v, last %d, %v, want %d and %d", i, places, err, last, lastErr, step.places, step.last)
			}
			waiting, err := r.WaitingList(call, -1)
			if err != nil || step.waits != nil && len(waiting) != len(step.waits) {
				t.Fatalf("step %d: got %v, %v, want %v", i, waiting, err, step.waits)
			}
			for n, who := range step.waits {
				if waiting[n].Person != persons[who] {
					t.Errorf("step %d: %d on the waiting list is another", i, n)
				}
			}
			first, err := r.WaitingList(call, 1)
			wantRows(t, first, err, waiting[:min(1, len(waiting))]...)
			return nil
		})
	}
}
