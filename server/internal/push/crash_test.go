package push_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"lantoa/server/internal/push"
	"lantoa/storage"
	"lantoa/storage/sqlite"
)

const (
	// childMode says what this binary is when it is run again: one of modes.
	childMode = "LANTOA_PUSH_CHILD"
	// childPath names the database that it works on.
	childPath = "LANTOA_PUSH_PATH"
	// crashSlots is how many messages a child has under way that is killed.
	crashSlots = 64
)

// modes are what this binary can be besides a test.
var modes = map[string]func() error{"send": func() error { return sendAll(os.Getenv(childPath)) }}

func TestMain(m *testing.M) {
	if mode := os.Getenv(childMode); mode != "" {
		if err := modes[mode](); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	for _, dir := range madeDirs {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// madeDirs are folders that last longer than one benchmark.
var madeDirs []string

// printing is a service that lives in the parent: what it took is a line in a pipe, which outlives the child.
type printing struct{ out *os.File }

func (p printing) Send(_ context.Context, m *push.Message) push.Verdict {
	if _, err := p.out.WriteString(m.Target.Address + "\n"); err != nil {
		return push.Verdict{Result: push.Unsure, Code: "reset"}
	}
	time.Sleep(3 * time.Millisecond) // the network
	switch m.Target.Address[len(m.Target.Address)-1] {
	case '0':
		return push.Verdict{Result: push.Gone, Code: "unregistered"}
	case '1':
		return push.Verdict{Result: push.Bad, Code: "bad_target"}
	}
	return push.Verdict{Result: push.Accepted}
}

// sendAll sends what is due in a database until nothing is left.
func sendAll(path string) error {
	store, err := sqlite.Open(context.Background(), path, sqlite.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	e := push.New(push.Options{
		Store: store, Senders: only(printing{os.Stdout}), Render: render, Rate: 10_000, Ramp: -1, InFlight: crashSlots,
	})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		for range time.Tick(10 * time.Millisecond) {
			var open []storage.Intent
			err := store.View(ctx, func(r storage.Reader) (err error) {
				open, err = r.Intents()
				return err
			})
			if err == nil && len(open) == 0 {
				cancel()
				return
			}
		}
	}()
	return e.Run(ctx)
}

// TestKill ends a sending process at random moments, again and again on one file, and then lets one finish.
func TestKill(t *testing.T) {
	kills, persons := 12, 6000
	if testing.Short() {
		kills, persons = 3, 1500
	}
	seed := uint64(7)
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	path := filepath.Join(t.TempDir(), "lantoa.db")
	numbers := planned(t, path, persons)
	taken := map[string]int{}
	for range kills {
		sendAndKill(t, path, taken, 1+random.IntN(persons/kills))
	}
	sendAndKill(t, path, taken, -1)

	store, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	w := &world{TB: t, store: store}
	again, interrupted := 0, 0
	for _, number := range numbers {
		a, i := checkKilled(w, number, taken)
		again, interrupted = again+a, interrupted+i
	}
	t.Logf("%d deliveries, %d kills: %d were sent twice (%.1f a kill of at most %d), %d were interrupted",
		persons, kills, again, float64(again)/float64(kills), crashSlots, interrupted)
	if again > kills*crashSlots || again > interrupted || interrupted > 2*kills*crashSlots {
		t.Errorf("%d sent twice, %d interrupted by %d kills with %d slots", again, interrupted, kills, crashSlots)
	}
}

// planned makes a database with persons in three intents.
func planned(t *testing.T, path string, persons int) (numbers []int64) {
	t.Helper()
	store, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	w := &world{TB: t, store: store}
	for _, class := range []storage.Class{storage.ClassRoutine, storage.ClassWorkflow, storage.ClassUrgent} {
		numbers = append(numbers, w.intent(class, persons/3, func(_ *storage.Intent, nth int, p *phone) {
			p.Address += "-" + strconv.Itoa(nth)
		}))
	}
	return numbers
}

// sendAndKill starts a child, counts what it sends, and kills it after so many sends; with fewer than none it waits for its
// end.
func sendAndKill(t *testing.T, path string, taken map[string]int, after int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childMode+"=send", childPath+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	lines := bufio.NewReader(out)
	for n := 1; ; n++ {
		line, err := lines.ReadString('\n')
		if err != nil {
			break
		}
		taken[strings.TrimSpace(line)]++
		if n == after {
			once.Do(func() { _ = cmd.Process.Kill() })
		}
	}
	if err := cmd.Wait(); err != nil && after < 0 {
		t.Fatal(err)
	}
}

// checkKilled looks at each delivery of an intent. It returns how many messages went out more than once, and how many
// attempts were interrupted.
func checkKilled(w *world, number int64, taken map[string]int) (again, interrupted int) {
	w.Helper()
	ended := map[storage.DeliveryState]int64{}
	for _, d := range w.deliveries(number) {
		var r *storage.Registration
		w.view(func(v storage.Reader) (err error) {
			r, err = v.Registration(d.Device)
			return err
		})
		sends, cut, whole := taken[r.Address], 0, 0
		for _, a := range w.attempts(d.Number) {
			if a.Result == "interrupted" {
				cut++
			} else {
				whole++
			}
		}
		ended[d.State]++
		if !d.State.Over() || whole > 1 || sends < whole || sends > whole+cut {
			w.Errorf("delivery %d is %s with %d sends, %d attempts and %d interrupted", d.Number, d.State, sends, whole, cut)
		}
		if d.State == storage.DeliveryGone && whole == 0 && sends == 0 {
			w.Errorf("delivery %d is gone and was never sent", d.Number)
		}
		again += max(sends-1, 0)
		interrupted += cut
	}
	w.want(number, ended)
	return again, interrupted
}
