package phonestore

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lantoa/syncproto"
)

func keep(t *testing.T, v *Vault, content []byte) string {
	t.Helper()
	w, err := v.Create()
	if err != nil {
		t.Fatal(err)
	}
	for rest := content; len(rest) > 0; {
		n := min(len(rest), 10_000)
		if _, err := w.Write(rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	if err := v.Adopt(w.Name()); err != nil {
		t.Fatal(err)
	}
	return w.Name()
}

func noise(n int) []byte {
	r := rand.New(rand.NewPCG(7, uint64(n)))
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(r.Uint32())
	}
	return out
}

func TestFilesComeOutAsTheyWentIn(t *testing.T) {
	for _, pin := range []string{"", "2468"} {
		v := open(t, filepath.Join(t.TempDir(), "phone.db"), pin).Vault()
		for _, n := range []int{0, 1, segment - 1, segment, segment + 1, 3 * segment, 3*segment + 77} {
			want := noise(n)
			name := keep(t, v, want)
			f, err := v.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			if f.Size() != int64(n) {
				t.Fatalf("%d bytes became %d", n, f.Size())
			}
			for _, at := range []int{0, n / 3, n - 1, segment, segment - 3} {
				if at < 0 || at > n {
					continue
				}
				got, err := io.ReadAll(io.NewSectionReader(f, int64(at), int64(n-at)))
				if err != nil || !bytes.Equal(got, want[at:]) {
					t.Fatalf("%d bytes from %d differ: %v", n, at, err)
				}
			}
			f.Close()
			raw, err := os.ReadFile(v.Path(name))
			if err != nil {
				t.Fatal(err)
			}
			if plain := bytes.Contains(raw, want[:min(n, 32)]); n >= 32 && plain != (pin == "") {
				t.Fatalf("pin %q: the file is plain: %v", pin, plain)
			}
		}
	}
}

// TestASealedFileIsBound changes a sealed file in every way that somebody with the phone's disk could.
func TestASealedFileIsBound(t *testing.T) {
	v := open(t, filepath.Join(t.TempDir(), "phone.db"), "2468").Vault()
	content := noise(3*segment + 500)
	name, other := keep(t, v, content), keep(t, v, noise(len(content)))
	raw, err := os.ReadFile(v.Path(name))
	if err != nil {
		t.Fatal(err)
	}
	strange, err := os.ReadFile(v.Path(other))
	if err != nil {
		t.Fatal(err)
	}
	const one = segment + sealedOver
	swapped := bytes.Clone(raw)
	copy(swapped[sealedHeader:], raw[sealedHeader+one:sealedHeader+2*one])
	copy(swapped[sealedHeader+one:], raw[sealedHeader:sealedHeader+one])
	flipped := bytes.Clone(raw)
	flipped[sealedHeader+10] ^= 1
	for what, bad := range map[string][]byte{
		"cut behind a segment": raw[:sealedHeader+2*one], "cut in a segment": raw[:len(raw)-7], "only the header": raw[:sealedHeader],
		"nothing": nil, "segments swapped": swapped, "a bit flipped": flipped, "another file": strange,
		"longer": append(bytes.Clone(raw), 0),
	} {
		if err := os.WriteFile(v.Path(name), bad, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := v.Open(name)
		if err == nil {
			_, err = io.ReadAll(io.NewSectionReader(f, 0, f.Size()))
			f.Close()
		}
		if syncproto.CodeOf(err) != syncproto.CodeStoreBroken {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestAFileThatWasLeftGoesOn(t *testing.T) {
	for _, pin := range []string{"", "2468"} {
		v := open(t, filepath.Join(t.TempDir(), "phone.db"), pin).Vault()
		want := noise(2*segment + segment/2)
		w, err := v.Create()
		if err != nil {
			t.Fatal(err)
		}
		name := w.Name()
		if _, err := w.Write(want[:segment+segment/3]); err != nil {
			t.Fatal(err)
		}
		w.Leave()
		w, at, err := v.Continue(name)
		if err != nil || w.Name() != name {
			t.Fatalf("went on as %s: %v", w.Name(), err)
		}
		if _, err := w.Write(want[at:]); err != nil {
			t.Fatal(err)
		}
		if err := w.Finish(); err != nil {
			t.Fatal(err)
		}
		if err := v.Adopt(name); err != nil {
			t.Fatal(err)
		}
		f, err := v.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size()))
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("pin %q: from %d on it differs: %v", pin, at, err)
		}
		f.Close()
	}
}

func TestOnlyOldStraysAreStrays(t *testing.T) {
	v := open(t, filepath.Join(t.TempDir(), "phone.db"), "").Vault()
	known, young, old := keep(t, v, noise(10)), keep(t, v, noise(10)), keep(t, v, noise(10))
	long := time.Now().Add(-2 * staleAfter)
	for _, name := range []string{known, old} {
		if err := os.Chtimes(v.Path(name), long, long); err != nil {
			t.Fatal(err)
		}
	}
	got := v.Strays(func(name string) bool { return name == known })
	if len(got) != 1 || got[0] != old {
		t.Fatalf("strays %v, want %s and neither %s nor %s", got, old, known, young)
	}
}

func TestReceiptsEndWithADoubt(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "phone.db"), "2468")
	record := syncproto.NewID()
	err := s.Update(context.Background(), "test", func(tx *Tx) error {
		m := &Media{Record: record, Lane: syncproto.LaneOriginal, MediaFile: syncproto.MediaFile{SHA256: string(bytes.Repeat([]byte("ab"), 32)), Size: 7}, MediaDoc: MediaDoc{Name: "x"}}
		if err := tx.AddMedia(m); err != nil {
			return err
		}
		all, err := tx.MediaOf(record)
		if err != nil || len(all) != 1 || all[0].Name != "x" || all[0].Size != 7 {
			t.Fatalf("%+v %v", all, err)
		}
		all[0].State = MediaStored
		if err := tx.PutMedia(all[0]); err != nil {
			return err
		}
		if c, err := tx.MediaCounts(); err != nil || c.Only != 0 {
			t.Fatalf("counts %+v %v", c, err)
		}
		if found, err := tx.MediaStoredCopies(); err != nil || len(found) != 1 {
			t.Fatalf("stored %d %v", len(found), err)
		}
		if err := tx.DoubtMedia(); err != nil {
			return err
		}
		found, err := tx.MediaStoredCopies()
		opens, openErr := tx.MediaOpen()
		if err != nil || openErr != nil || len(found) != 0 || len(opens) != 1 {
			t.Fatalf("after a restore %d stored, %d open: %v %v", len(found), len(opens), err, openErr)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestAFinishedFileThatNobodyTookGoesOn is a fetched file of whole segments, after a kill between its end and the row
// that says so.
func TestAFinishedFileThatNobodyTookGoesOn(t *testing.T) {
	for _, pin := range []string{"", "2468"} {
		v := open(t, filepath.Join(t.TempDir(), "phone.db"), pin).Vault()
		want := noise(2 * segment)
		w, err := v.Create()
		must(t, err)
		_, err = w.Write(want)
		must(t, err)
		must(t, w.Finish())
		w, at, err := v.Continue(w.Name())
		must(t, err)
		_, err = w.Write(want[at:])
		must(t, err)
		must(t, w.Finish())
		must(t, v.Adopt("", w.Name()))
		f, err := v.Open(w.Name())
		must(t, err)
		got := make([]byte, len(want))
		if _, err := f.ReadAt(got, 0); err != nil || !bytes.Equal(got, want) {
			t.Errorf("pin %q, gone on at %d: %v", pin, at, err)
		}
		f.Close()
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
