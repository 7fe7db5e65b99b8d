package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"lantoa/storage"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

// childPath names the file on which this binary, run again, writes until it is killed.
const childPath = "LANTOA_CRASH_CHILD"

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		if err := writeForEver(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// writeForEver lets eight phones push, and prints each acknowledgement after it came.
func writeForEver(path string) error {
	s, err := sqlite.Open(context.Background(), path, sqlite.Options{})
	if err != nil {
		return err
	}
	seed, _ := strconv.ParseUint(os.Getenv(childPath+"_SEED"), 10, 64)
	// Some rounds die by themselves, at a durable write, where a kill from outside seldom hits.
	point, times := os.Getenv(childPath+"_POINT"), 5+int(seed)
	sqlite.FailAt(nil, func(at string) error {
		if at == point {
			if times--; times == 0 {
				if self, err := os.FindProcess(os.Getpid()); err == nil {
					_ = self.Kill()
				}
			}
		}
		return nil
	})
	var printing sync.Mutex
	failed := make(chan error)
	for phone := range uint64(8) {
		go func() {
			d := storage.Device{ID: benchID(1000*seed + phone), Person: benchID(2e9), Unit: benchID(3e9)}
			if err := s.Update(context.Background(), func(tx storage.Tx) error { return tx.PutDevice(&d) }); err != nil {
				failed <- err
				return
			}
			for first := seed*1e8 + phone*1e6; ; first += benchBatch {
				if err := pushOnce(s, d, first); err != nil {
					failed <- err
					return
				}
				printing.Lock()
				fmt.Println(d.ID, first)
				printing.Unlock()
			}
		}()
	}
	return <-failed
}

// TestKill ends a writing process, several times on one file, at a random moment or right before or after a commit,
// and looks for everything that it had acknowledged.
func TestKill(t *testing.T) {
	slow(t)
	const seed = 42
	points := []string{"", "commit", "", "committed", "", "commit", "committed"}
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	path := filepath.Join(t.TempDir(), "lantoa.db")
	acknowledged := map[syncproto.ID][]uint64{}
	for round, point := range points {
		for device, firsts := range runAndKill(t, path, point, round+1, 1+random.IntN(40)) {
			acknowledged[device] = append(acknowledged[device], firsts...)
		}
		checkAcknowledged(t, path, acknowledged)
	}
}

// slow leaves a test out of short runs, those of the race detector: what it does happens in another process, or one
// goroutine after another, and the tests that stay run the same code.
func slow(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("not in a short run")
	}
}

// runAndKill starts the child, kills it when it has printed so many acknowledgements (or lets it die at a point), and
// returns all it printed.
func runAndKill(t *testing.T, path, point string, seed, lines int) map[syncproto.ID][]uint64 {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childPath+"="+path, childPath+"_SEED="+strconv.Itoa(seed), childPath+"_POINT="+point)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	acknowledged := map[syncproto.ID][]uint64{}
	reader := bufio.NewReader(out)
	for seen := 0; ; seen++ {
		line, err := reader.ReadString('\n')
		if err != nil {
			break // what was cut in the middle was not heard
		}
		device, first, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, err := strconv.ParseUint(first, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		acknowledged[syncproto.ID(device)] = append(acknowledged[syncproto.ID(device)], n)
		if point == "" && seen == lines {
			_ = cmd.Process.Kill()
		}
	}
	_ = cmd.Wait()
	return acknowledged
}

func checkAcknowledged(t *testing.T, path string, acknowledged map[syncproto.ID][]uint64) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := s.Integrity(t); got != "ok" {
		t.Fatal(got)
	}
	checkSums(t, s)
	err = s.View(t.Context(), func(r storage.Reader) error {
		for device, firsts := range acknowledged {
			d, err := r.Device(device)
			if err != nil {
				return err
			}
			if d.Accepted < int64(len(firsts)*benchBatch) {
				t.Errorf("%s: accepted %d, acknowledged %d", device, d.Accepted, len(firsts)*benchBatch)
			}
			if _, err := r.Judged(device, d.Accepted); err != nil {
				t.Errorf("%s: the newest outcome: %v", device, err)
			}
			for _, first := range firsts {
				for n := first; n < first+benchBatch; n++ {
					if _, err := r.Record(benchID(n)); err != nil {
						t.Errorf("record %d was acknowledged: %v", n, err)
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// checkSums compares the heads with the feeds: nothing is half there.
func checkSums(t *testing.T, s *sqlite.Store) {
	t.Helper()
	err := s.View(t.Context(), func(r storage.Reader) error {
		for n := uint64(1); ; n++ {
			names, err := r.ScopesByNumber([]uint64{n})
			if err != nil || len(names) == 0 {
				return err
			}
			heads, err := r.Heads([]syncproto.Scope{names[n]})
			if err != nil {
				return err
			}
			var sum syncproto.Sum
			var last uint64
			err = r.Changes(n, 0, 1<<30, func(sequence uint64, c syncproto.Change) bool {
				sum.Add(syncproto.HashRecord(c.Wire))
				last = sequence
				return true
			})
			if err != nil {
				return err
			}
			if sum != heads[0].Sum || last != heads[0].Sequence {
				t.Errorf("%s: head %+v, feed %+v to %d", names[n], heads[0], sum, last)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestCopiesUnderLoad copies the file and its WAL while phones push, the WAL last, as a crash of the machine would
// leave them: whatever was acknowledged before the copy began is in it, and nothing is half there.
func TestCopiesUnderLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "lantoa.db")
	s := open(t, path)
	stop, heard := make(chan struct{}), make(chan struct{}, 1<<16)
	var mu sync.Mutex
	acknowledged := map[syncproto.ID][]uint64{}
	var wg sync.WaitGroup
	for phone := range uint64(4) {
		d := storage.Device{ID: benchID(phone), Person: benchID(2e9), Unit: benchID(3e9)}
		if err := s.Update(t.Context(), func(tx storage.Tx) error { return tx.PutDevice(&d) }); err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			for first := phone * 1e6; ; first += benchBatch {
				select {
				case <-stop:
					return
				default:
				}
				if err := pushOnce(s, d, first); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				acknowledged[d.ID] = append(acknowledged[d.ID], first)
				mu.Unlock()
				select {
				case heard <- struct{}{}:
				default:
				}
			}
		})
	}
	for i := range 5 {
		for range 20 {
			<-heard
		}
		mu.Lock()
		promised := map[syncproto.ID][]uint64{}
		for device, firsts := range acknowledged {
			promised[device] = append([]uint64(nil), firsts...)
		}
		mu.Unlock()
		copied := filepath.Join(dir, fmt.Sprintf("copy%d.db", i))
		// The WAL must not start anew between the two copies, as it does not within the moment of a crash.
		if err := s.Still(func() error { return copyPair(path, copied) }); err != nil {
			t.Fatal(err)
		}
		checkAcknowledged(t, copied, promised)
	}
	close(stop)
	wg.Wait()
}

func copyPair(from, to string) error {
	for _, suffix := range []string{"", "-wal"} {
		in, err := os.Open(from + suffix)
		if err != nil {
			return err
		}
		out, err := os.Create(to + suffix)
		if err != nil {
			return err
		}
		if _, err := io.Copy(out, in); err != nil {
			return err
		}
		if err := out.Close(); err != nil {
			return err
		}
		_ = in.Close()
	}
	return nil
}
