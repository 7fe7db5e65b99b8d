package dirblob_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"

	"lantoa/storage"
	"lantoa/storage/dirblob"
)

// childPath names the directory into which this binary, run again, puts until it is killed.
const childPath = "LANTOA_BLOB_CRASH_CHILD"

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		if err := putForEver(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// numbered is the blob of a number: 200 KB, so that a kill often hits the middle of a write.
func numbered(n uint64) []byte {
	var key [32]byte
	key[0], key[1] = byte(n), byte(n>>8)
	data := make([]byte, 200_000+n)
	_, _ = rand.NewChaCha8(key).Read(data)
	return data
}

// putForEver lets four writers put, and prints each number after its put returned.
func putForEver(path string) error {
	s, err := dirblob.Open(context.Background(), path, dirblob.Options{})
	if err != nil {
		return err
	}
	failed := make(chan error)
	for writer := range uint64(4) {
		go func() {
			for n := writer; n < 20_000; n += 4 {
				data := numbered(n)
				if _, err := s.Put(context.Background(), idOf(data), int64(len(data)), bytes.NewReader(data)); err != nil {
					failed <- err
				}
				_, _ = fmt.Fprintf(os.Stdout, "%d\n", n) // one write, so lines do not mix
			}
		}()
	}
	return <-failed
}

// TestKill kills a process that puts: what it acknowledged is there, what is there is whole, the rest is swept.
func TestKill(t *testing.T) {
	for round := range 3 {
		dir := t.TempDir()
		acknowledged := putUntilKilled(t, dir, 20+15*round)
		s := open(t, dir)
		left := len(staged(t, dir))
		if n, err := s.Sweep(t.Context(), 1<<50); n != left || err != nil {
			t.Errorf("swept %d of %d, %v", n, left, err)
		}
		for _, n := range acknowledged {
			if data := numbered(n); !bytes.Equal(read(t, s, idOf(data)), data) {
				t.Errorf("blob %d is not what was acknowledged", n)
			}
		}
		all, err := s.List(t.Context(), storage.BlobID{}, 1_000_000)
		if err != nil || len(all) < len(acknowledged) {
			t.Fatalf("%d blobs, %d acknowledged, %v", len(all), len(acknowledged), err)
		}
		for _, info := range all {
			if idOf(read(t, s, info.ID)) != info.ID {
				t.Errorf("%s holds other bytes", info.ID)
			}
		}
		t.Logf("round %d: %d acknowledged, %d there, %d swept", round, len(acknowledged), len(all), left)
	}
}

// putUntilKilled returns the numbers that the child acknowledged before it died.
func putUntilKilled(t *testing.T, dir string, count int) (acknowledged []uint64) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childPath+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var n uint64
		if _, err := fmt.Sscan(lines.Text(), &n); err != nil {
			t.Errorf("line %q: %v", lines.Text(), err)
		}
		acknowledged = append(acknowledged, n)
		if len(acknowledged) == count {
			_ = cmd.Process.Kill()
		}
	}
	_ = cmd.Wait()
	if len(acknowledged) < count {
		t.Fatalf("the child ended by itself after %d", len(acknowledged))
	}
	return acknowledged
}
