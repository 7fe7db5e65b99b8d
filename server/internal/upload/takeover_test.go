package upload_test

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// TestTheNewerRequestTakesOver has a phone that comes back while its old connection hangs.
func TestTheNewerRequestTakesOver(t *testing.T) {
	data := noise(t, 100<<10)
	come := func(t *testing.T, back func(w *world, id syncproto.ID)) *world {
		w := newWorld(t)
		record := w.photo(w.lan, syncproto.StateDraft, data)
		st := w.create(w.lan, record, int64(len(data)))
		old, _ := w.hanging(w.lan, st.ID, 0, data[:30000], len(data))
		back(w, st.ID)
		if err := <-old; syncproto.CodeOf(err) != syncproto.CodeOffsetMismatch {
			t.Errorf("the old request got %v", err)
		}
		if n := w.s.Stats().Takeovers; n != 1 {
			t.Errorf("got %d takeovers", n)
		}
		return w
	}
	t.Run("to ask", func(t *testing.T) {
		come(t, func(w *world, id syncproto.ID) {
			st, err := w.s.Look(t.Context(), w.lan, id)
			w.must(err)
			if st.Offset != 30000 {
				t.Errorf("got offset %d", st.Offset)
			}
		})
	})
	t.Run("to go on", func(t *testing.T) {
		come(t, func(w *world, id syncproto.ID) {
			st, err := w.write(w.lan, id, 30000, data[30000:])
			w.must(err)
			if st.State != syncproto.MediaStored {
				t.Errorf("got %+v", st)
			}
		})
	})
	t.Run("with what the browser sent before", func(t *testing.T) {
		come(t, func(w *world, id syncproto.ID) {
			_, err := w.write(w.lan, id, 0, data)
			wantCode(t, err, syncproto.CodeOffsetMismatch)
			if u := w.row(id); u.Offset != 30000 {
				t.Errorf("got offset %d", u.Offset)
			}
		})
	})
	t.Run("to end it", func(t *testing.T) {
		come(t, func(w *world, id syncproto.ID) { w.must(w.s.Terminate(t.Context(), w.lan, id)) })
	})
	t.Run("as the server stops", func(t *testing.T) {
		w := newWorld(t)
		record := w.photo(w.lan, syncproto.StateDraft, data)
		st := w.create(w.lan, record, int64(len(data)))
		old, _ := w.hanging(w.lan, st.ID, 0, data[:30000], len(data))
		w.s.Stop()
		if err := <-old; err == nil {
			t.Error("the request ended well")
		}
		if u := w.row(st.ID); u.Offset != 30000 {
			t.Errorf("got offset %d", u.Offset)
		}
		_, err := w.s.Look(t.Context(), w.lan, st.ID)
		wantCode(t, err, syncproto.CodeUnavailable)
	})
}

// TestAskEndsNothing has a phone that asks about a file which it sends at the same time.
func TestAskEndsNothing(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 100<<10)
	record := w.photo(w.lan, syncproto.StateDraft, data)
	st := w.create(w.lan, record, int64(len(data)))
	running, end := w.hanging(w.lan, st.ID, 0, data[:30000], len(data))
	got := w.ask(w.lan, record)
	if got.State != syncproto.MediaReceiving || got.Upload != st.ID || got.Offset != 30000 {
		t.Errorf("got %+v", got)
	}
	select {
	case err := <-running:
		t.Fatalf("the request was ended: %v", err)
	default:
	}
	end()
	wantCode(t, <-running, syncproto.CodeBodyIncomplete)
}

// TestWritersThatRace sends one file from many connections at once, each beginning where the server says it is. Whoever
// is overtaken comes again.
func TestWritersThatRace(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		data := noise(t, 400<<10)
		record := w.photo(w.lan, syncproto.StateDraft, data)
		st := w.create(w.lan, record, int64(len(data)))
		var writers sync.WaitGroup
		for i := range 4 {
			writers.Go(func() {
				for {
					at, err := w.s.Look(t.Context(), w.lan, st.ID)
					if syncproto.CodeOf(err) == syncproto.CodeOffsetMismatch {
						continue
					}
					if err != nil {
						t.Error(err)
						return
					}
					if at.State != syncproto.MediaReceiving {
						return
					}
					n := min(int64(10000+i*777), at.Size-at.Offset)
					_, err = w.write(w.lan, st.ID, at.Offset, data[at.Offset:at.Offset+n])
					if err != nil && syncproto.CodeOf(err) != syncproto.CodeOffsetMismatch && syncproto.CodeOf(err) != syncproto.CodeSizeMismatch {
						t.Error(err)
						return
					}
				}
			})
		}
		writers.Wait()
		w.run(func() bool { return w.arrived(record) == syncproto.ArrivalStored })
		if !bytes.Equal(w.blob(idOf(data)), data) {
			t.Error("the blob holds other bytes")
		}
	})
}

// TestPersonsBringTheSameFileAtOnce stores one blob, gives both their receipt, and charges one.
func TestPersonsBringTheSameFileAtOnce(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		data := noise(t, 200<<10)
		devices := []*storage.Device{w.lan, w.minh}
		records := []syncproto.ID{w.photo(w.lan, syncproto.StateDraft, data), w.photo(w.minh, syncproto.StateDraft, data)}
		var writers sync.WaitGroup
		for i, device := range devices {
			writers.Go(func() {
				st, err := w.tryCreate(device, records[i], int64(len(data)))
				if err == nil {
					_, err = w.write(device, st.ID, 0, data)
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		writers.Wait()
		w.run(func() bool {
			return w.arrived(records[0]) == syncproto.ArrivalStored && w.arrived(records[1]) == syncproto.ArrivalStored
		})
		var used int64
		w.view(func(r storage.Reader) error {
			for _, device := range devices {
				n, err := r.MediaUsed(device.Person)
				if err != nil {
					return err
				}
				used += n
			}
			return nil
		})
		if used != int64(len(data)) {
			t.Errorf("%d bytes are charged for a file of %d", used, len(data))
		}
	})
}

// TestABodyThatFailsIsNoFaultOfOurs keeps errors of the connection apart from those of the disk.
func TestABodyThatFailsIsNoFaultOfOurs(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 1000)
	st := w.create(w.lan, w.photo(w.lan, syncproto.StateDraft, data), 1000)
	c := chunk(0, nil)
	c.Length = 1000
	c.Body = &body{r: io.MultiReader(bytes.NewReader(data[:500]), broken{})}
	_, err := w.s.Write(t.Context(), w.lan, st.ID, c)
	wantCode(t, err, syncproto.CodeBodyIncomplete)
	if u := w.row(st.ID); u.Offset != 500 {
		t.Errorf("got offset %d", u.Offset)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("connection reset") }
