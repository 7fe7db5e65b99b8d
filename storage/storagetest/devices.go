package storagetest

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

func (w *world) newDevice(token byte) *storage.Device {
	return &storage.Device{
		ID: w.id(), Person: w.person, Unit: w.unit, TokenHash: [32]byte{token, 9}, Acknowledged: 2, Durable: 1,
		Created: 77, Revoked: 0, ForkedFrom: w.id(),
	}
}

func putDevice(t *testing.T, s storage.Store, d *storage.Device) {
	t.Helper()
	update(t, s, func(tx storage.Tx) error { return tx.PutDevice(d) })
}

func testDevices(t *testing.T, s storage.Store) {
	w := newWorld(t, 30)
	all := []*storage.Device{w.newDevice(1), w.newDevice(2), w.newDevice(3)}
	for _, d := range all {
		putDevice(t, s, d)
	}
	all[1].Revoked, all[1].Accepted, all[1].ForkedFrom = 99, 12, ""
	putDevice(t, s, all[1])
	slices.SortFunc(all, func(a, b *storage.Device) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	view(t, s, func(r storage.Reader) error {
		for _, want := range all {
			got, err := r.Device(want.ID)
			if err != nil || *got != *want {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
		}
		_, err := r.Device(w.id())
		wantCode(t, err, syncproto.CodeNotFound)
		first, err := r.Devices("", 2)
		if err != nil || len(first) != 2 || first[0] != *all[0] || first[1] != *all[1] {
			t.Errorf("got %v, %v", first, err)
		}
		rest, err := r.Devices(all[1].ID, 10)
		if err != nil || len(rest) != 1 || rest[0] != *all[2] {
			t.Errorf("got %v, %v", rest, err)
		}
		return nil
	})
	err := s.Update(context.Background(), func(tx storage.Tx) error { return tx.PutDevice(&storage.Device{ID: "x"}) })
	wantCode(t, err, syncproto.CodeInvalidID)
}

func testTokens(t *testing.T, s storage.Store) {
	w := newWorld(t, 31)
	d, bare := w.newDevice(1), w.newDevice(0)
	bare.TokenHash = [32]byte{}
	old := d.TokenHash
	putDevice(t, s, d)
	putDevice(t, s, bare)
	find := func(hash [32]byte) (got *storage.Device, err error) {
		viewErr := s.View(context.Background(), func(r storage.Reader) error {
			got, err = r.DeviceByToken(hash)
			return nil
		})
		if viewErr != nil {
			t.Fatal(viewErr)
		}
		return got, err
	}
	if got, err := find(old); err != nil || *got != *d {
		t.Errorf("got %v, %v", got, err)
	}
	d.TokenHash = [32]byte{2}
	putDevice(t, s, d)
	_, err := find(old)
	wantCode(t, err, syncproto.CodeNotFound)
	if got, err := find(d.TokenHash); err != nil || got.ID != d.ID {
		t.Errorf("got %v, %v", got, err)
	}
	_, err = find([32]byte{})
	wantCode(t, err, syncproto.CodeNotFound)
}

func testContacts(t *testing.T, s storage.Store) {
	w := newWorld(t, 32)
	d := w.newDevice(1)
	putDevice(t, s, d)
	want := storage.Contact{Device: d.ID, At: 5, App: "lantoa 1.0", Unsent: 3, Failed: 1, Acknowledged: 9, Oldest: 86_400_000}
	want.Troubles = []syncproto.Trouble{
		{Record: w.id(), Lane: syncproto.LaneOriginal, Code: syncproto.CodeMediaBroken, Age: 5},
		{Record: w.id(), Code: syncproto.CodeForbidden, Age: 1 << 40},
		{Code: syncproto.CodeQuota},
	}
	stranger := storage.Contact{Device: w.id(), At: 5}
	update(t, s, func(tx storage.Tx) error {
		return tx.PutContacts([]storage.Contact{{Device: d.ID, At: 1}, stranger, want})
	})
	view(t, s, func(r storage.Reader) error {
		got, err := r.Contact(d.ID)
		if err != nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("got %+v, %v", got, err)
		}
		_, err = r.Contact(stranger.Device)
		wantCode(t, err, syncproto.CodeNotFound)
		return nil
	})
	want.Troubles, want.Oldest, want.At = nil, 0, 6 // they go again
	update(t, s, func(tx storage.Tx) error { return tx.PutContacts([]storage.Contact{want}) })
	view(t, s, func(r storage.Reader) error {
		got, err := r.Contact(d.ID)
		wantRow(t, got, err, want)
		return nil
	})
}

func outcome(n int64, result syncproto.Result) storage.Judged {
	return storage.Judged{
		Hash:    syncproto.Hash{byte(n), 1, 15: byte(n)},
		Outcome: syncproto.Outcome{Number: n, Result: result, Revision: n * 2},
	}
}

func testJudged(t *testing.T, s storage.Store) {
	w := newWorld(t, 33)
	d := w.newDevice(1)
	putDevice(t, s, d)
	rejected := outcome(2, syncproto.Rejected)
	rejected.Outcome.Code, rejected.Outcome.Detail = syncproto.CodeForbidden, "set.title"
	conflict := outcome(4, syncproto.Conflicts)
	conflict.Outcome.Conflict = w.id()
	all := []storage.Judged{outcome(1, syncproto.Applied), rejected, outcome(3, syncproto.Merged), conflict, outcome(5, syncproto.Applied)}
	add := func(device syncproto.ID, first int64, judged []storage.Judged) error {
		return s.Update(context.Background(), func(tx storage.Tx) error { return tx.AddJudged(device, first, judged) })
	}
	for _, step := range []struct {
		first int64
		list  []storage.Judged
		want  syncproto.Code
	}{
		{2, all[1:], syncproto.CodeOutOfOrder},
		{1, all[:3], ""},
		{1, all[:3], syncproto.CodeOutOfOrder},
		{5, all[4:], syncproto.CodeOutOfOrder},
		{4, nil, ""},
		{4, all[3:4], ""},
		{5, all[4:], ""},
	} {
		if err := add(d.ID, step.first, step.list); step.want != "" {
			wantCode(t, err, step.want)
		} else if err != nil {
			t.Errorf("from %d: %v", step.first, err)
		}
	}
	wantCode(t, add(w.id(), 1, all[:1]), syncproto.CodeNotFound)
	view(t, s, func(r storage.Reader) error {
		for i, want := range all {
			got, err := r.Judged(d.ID, int64(i)+1)
			if err != nil || *got != want {
				t.Errorf("number %d: got %+v, %v, want %+v", i+1, got, err, want)
			}
		}
		for _, n := range []int64{0, 6, -1} {
			_, err := r.Judged(d.ID, n)
			wantCode(t, err, syncproto.CodeNotFound)
		}
		got, err := r.Device(d.ID)
		if err == nil && (got.Accepted != 5 || got.Acknowledged != 2 || got.TokenHash != d.TokenHash) {
			t.Errorf("got %+v", got)
		}
		return err
	})
}

func testOrigins(t *testing.T, s storage.Store) {
	w := newWorld(t, 34)
	old := syncproto.Origin{Device: w.id(), Number: 7}
	want := outcome(3, syncproto.Applied)
	update(t, s, func(tx storage.Tx) error { return tx.AddOrigin(old, want) })
	view(t, s, func(r storage.Reader) error {
		got, err := r.Judged(old.Device, 7)
		if err != nil || *got != want {
			t.Errorf("got %+v, %v", got, err)
		}
		_, err = r.Judged(old.Device, 6)
		wantCode(t, err, syncproto.CodeNotFound)
		return nil
	})
	view(t, s, func(r storage.Reader) error {
		for _, c := range []struct {
			device syncproto.ID
			above  int64
			limit  int
			want   []int64
		}{{old.Device, 0, 10, []int64{7}}, {old.Device, 6, 10, []int64{7}}, {old.Device, 7, 10, nil}, {old.Device, 0, 0, nil}, {w.id(), 0, 10, nil}} {
			if got, err := r.Brought(c.device, c.above, c.limit); err != nil || !slices.Equal(got, c.want) {
				t.Errorf("Brought(%s, %d, %d) = %v, %v, want %v", c.device, c.above, c.limit, got, err, c.want)
			}
		}
		return nil
	})
	// A row of outcomes below the number does not hide the origin.
	d := w.newDevice(1)
	d.ID = old.Device
	putDevice(t, s, d)
	update(t, s, func(tx storage.Tx) error {
		return tx.AddJudged(d.ID, 1, []storage.Judged{outcome(1, syncproto.Applied)})
	})
	view(t, s, func(r storage.Reader) error {
		if got, err := r.Judged(old.Device, 7); err != nil || *got != want {
			t.Errorf("got %+v, %v", got, err)
		}
		if got, err := r.Judged(old.Device, 1); err != nil || *got != outcome(1, syncproto.Applied) {
			t.Errorf("got %+v, %v", got, err)
		}
		return nil
	})
}

func testDeadLetters(t *testing.T, s storage.Store) {
	w := newWorld(t, 35)
	var all []storage.DeadLetter
	for n := int64(1); n <= 3; n++ {
		all = append(all, storage.DeadLetter{
			Device: w.device, Number: n * 10, Person: w.person, Unit: w.unit, Code: syncproto.CodeForbidden, At: n,
			Wire: []byte{'{', byte('0' + n), 0xff, '}'},
		})
	}
	update(t, s, func(tx storage.Tx) error {
		for i := range all {
			if err := tx.AddDeadLetter(&all[2-i]); err != nil {
				return err
			}
		}
		return nil
	})
	same := func(a, b storage.DeadLetter) bool {
		aw, bw := string(a.Wire), string(b.Wire)
		a.Wire, b.Wire = nil, nil
		return aw == bw && a.Device == b.Device && a.Number == b.Number && a.Person == b.Person && a.Unit == b.Unit &&
			a.Code == b.Code && a.At == b.At
	}
	view(t, s, func(r storage.Reader) error {
		got, err := r.DeadLetters(w.device, 10, 1)
		if err != nil || len(got) != 1 || !same(got[0], all[1]) {
			t.Errorf("got %+v, %v", got, err)
		}
		got, err = r.DeadLetters(w.device, 0, 10)
		if err != nil || !slices.EqualFunc(got, all, same) {
			t.Errorf("got %+v, %v", got, err)
		}
		got, err = r.DeadLetters(w.person, 0, 10)
		if len(got) != 0 {
			t.Errorf("got %+v of another device", got)
		}
		return err
	})
}
