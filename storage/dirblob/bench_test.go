package dirblob_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// BenchmarkPut holds a put of 64 MiB against writing, syncing and removing a plain file of the same bytes.
func BenchmarkPut(b *testing.B) {
	data := make([]byte, 64<<20)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(data)
	b.Run("bare", func(b *testing.B) {
		dir := b.TempDir()
		b.SetBytes(int64(len(data)))
		for i := range b.N {
			f, err := os.Create(filepath.Join(dir, strconv.Itoa(i)))
			if err != nil {
				b.Fatal(err)
			}
			for rest := data; len(rest) > 0; rest = rest[32<<10:] {
				if _, err := f.Write(rest[:32<<10]); err != nil {
					b.Fatal(err)
				}
			}
			if err := f.Sync(); err != nil {
				b.Fatal(err)
			}
			if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("SHA-256 alone", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			sum := sha256.New()
			_, _ = sum.Write(data)
			_, _ = io.Discard.Write(sum.Sum(nil))
		}
	})
	b.Run("dirblob", func(b *testing.B) {
		s := open(b, b.TempDir())
		b.SetBytes(int64(len(data)))
		id := idOf(data)
		for b.Loop() {
			if fresh, err := s.Put(b.Context(), id, int64(len(data)), bytes.NewReader(data)); !fresh || err != nil {
				b.Fatal(fresh, err)
			}
			if err := s.Delete(b.Context(), id); err != nil {
				b.Fatal(err)
			}
		}
	})
}
