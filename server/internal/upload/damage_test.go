package upload_test

import (
	"os"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// TestAWholeFileWhoseSpoolIsDamaged is asked for again, where no try would ever make it a blob.
func TestAWholeFileWhoseSpoolIsDamaged(t *testing.T) {
	const size = 100 << 10
	for name, damage := range map[string]func(path string) error{
		"cut":     func(path string) error { return os.Truncate(path, 100) },
		"longer":  func(path string) error { return os.Truncate(path, size+1) },
		"empty":   func(path string) error { return os.Truncate(path, 0) },
		"spoiled": func(path string) error { return os.WriteFile(path, make([]byte, size), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, w *world) {
				data := noise(t, size)
				record := w.photo(w.lan, syncproto.StateDraft, data)
				st := w.create(w.lan, record, size)
				_, err := w.write(w.lan, st.ID, 0, data[:size-1])
				w.must(err)
				blobs := w.blobs
				w.blobs = &down{blobs}
				w.restart()
				_, err = w.write(w.lan, st.ID, size-1, data[size-1:])
				w.must(err)
				w.blobs = blobs
				w.restart()
				w.must(damage(w.s.SpoolPath(st.ID)))
				w.must(w.s.Tend(t.Context(), st.ID))
				if got := w.ask(w.lan, record); got.State != syncproto.MediaReceiving || got.Offset != 0 || got.Upload != st.ID {
					t.Fatalf("got %+v", got)
				}
				_, err = w.write(w.lan, st.ID, 0, data)
				w.must(err)
				w.run(func() bool { return w.arrived(record) == syncproto.ArrivalStored })
			})
		})
	}
}

// down is a blob store that takes nothing: it only looks.
type down struct{ storage.Blobs }

// TestAHashOfAnotherBuild has a row whose state of the hash nobody understands: the bytes say it all again.
func TestAHashOfAnotherBuild(t *testing.T) {
	for name, state := range map[string][]byte{"none": nil, "another": []byte("sha\x04 of some other make")} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			data := noise(t, 50000)
			record := w.photo(w.lan, syncproto.StateDraft, data)
			st := w.create(w.lan, record, 50000)
			_, err := w.write(w.lan, st.ID, 0, data[:20000])
			w.must(err)
			w.update(func(tx storage.Tx) error {
				u, err := tx.Upload(st.ID)
				if err != nil {
					return err
				}
				u.Hash = state
				return tx.PutUpload(u)
			})
			w.restart()
			got, err := w.write(w.lan, st.ID, 20000, data[20000:])
			w.must(err)
			if got.State != syncproto.MediaStored {
				t.Errorf("got %+v", got)
			}
		})
	}
}
