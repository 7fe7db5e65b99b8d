package loadtest_test

import (
	"context"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lantoa/server/internal/loadtest"
	"lantoa/storage/sqlite/baseline"
)

// serveNullEnv makes this test program serve the null server on the address that it holds, for the phases that
// serveNullPhases holds.
const (
	serveNullEnv    = "LANTOA_LOADTEST_SERVE_NULL"
	serveNullPhases = "LANTOA_LOADTEST_SERVE_NULL_PHASES"
)

func TestMain(m *testing.M) {
	if addr := os.Getenv(serveNullEnv); addr != "" {
		os.Exit(childNull(addr))
	}
	for env, child := range children {
		if os.Getenv(env) == "" {
			continue
		}
		if err := child(); err != nil {
			os.Stderr.WriteString(err.Error() + "\n")
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// children are what else this test program can be, by what its environment holds.
var children = map[string]func() error{}

func childNull(addr string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ln, err := net.Listen("tcp", addr)
	if err == nil {
		err = loadtest.ServeNull(ctx, benchConfig(strings.Split(os.Getenv(serveNullPhases), ",")...), ln, os.Stdout)
	}
	if err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		return 1
	}
	return 0
}

// benchConfig is a field day that fits into a coffee break; the program fieldday runs the whole one. Only the phases
// that read a large unit have one prepared.
func benchConfig(phases ...string) loadtest.Config {
	cfg := loadtest.Defaults()
	cfg.Phases = phases
	if !slices.Contains(phases, loadtest.PhaseFirst) && !slices.Contains(phases, loadtest.PhaseSingle) {
		cfg.Big = cfg.Small
	}
	if !slices.Contains(phases, loadtest.PhaseIdle) {
		cfg.Idle = 1
	}
	return cfg
}

func BenchmarkFieldDay(b *testing.B) {
	run(b, loadtest.PhaseFlush, loadtest.PhaseSubmit, loadtest.PhasePull)
}
func BenchmarkFirstSync(b *testing.B)       { run(b, loadtest.PhaseFirst) }
func BenchmarkSingleChange(b *testing.B)    { run(b, loadtest.PhaseSingle) }
func BenchmarkHeard(b *testing.B)           { run(b, loadtest.PhaseFlush, loadtest.PhaseHeard) }
func BenchmarkIdleConnections(b *testing.B) { run(b, loadtest.PhaseIdle) }

// ratioRounds is how often the two sides of BenchmarkDurableMutations take turns in one iteration, so that what else
// the machine does meets both. A round takes a second or two, and disks have moods as long as that.
const ratioRounds = 9

// BenchmarkDurableMutations holds the server against a bare writer: 64 phones push 20 new stories a request through
// HTTP, then the rows that this left are inserted again, by as many waiting requests, into a copy of the same file as
// it was before. Of-bare is how much of the bare rate the server reaches in the median round; the aim is 0.5.
func BenchmarkDurableMutations(b *testing.B) {
	cfg := benchConfig(loadtest.PhaseGroup)
	program, err := loadtest.BuildServer(b.Context(), b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	var server, bare, ratio []float64
	for range b.N * ratioRounds {
		one, two := durable(b, program, cfg)
		server, bare, ratio = append(server, one), append(bare, two), append(ratio, one/two)
		b.Logf("server %.0f/s, bare %.0f/s: %.2f", one, two, one/two)
	}
	for name, figures := range map[string][]float64{"server/s": server, "bare/s": bare, "of-bare": ratio} {
		slices.Sort(figures)
		b.ReportMetric(figures[len(figures)/2], name)
	}
}

// durable measures the server and then the bare writer once, on a file of their own.
func durable(b *testing.B, program string, cfg loadtest.Config) (server, bare float64) {
	b.Helper()
	data := b.TempDir()
	file, copied := filepath.Join(data, "lantoa.db"), filepath.Join(data, "bare.db")
	if err := loadtest.PrepareDirectory(b.Context(), data, cfg); err != nil {
		b.Fatal(err)
	}
	before, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(copied, before, 0o600); err != nil {
		b.Fatal(err)
	}
	report, err := loadtest.Run(b.Context(), cfg, loadtest.RealServer(program, data), nil)
	if err != nil {
		b.Fatal(err)
	}
	load, err := baseline.Read(b.Context(), file, cfg.GroupPhones*cfg.GroupRounds, cfg.GroupBatch)
	if err != nil {
		b.Fatal(err)
	}
	if bare, err = load.Insert(b.Context(), copied, cfg.GroupPhones); err != nil {
		b.Fatal(err)
	}
	return report.Real.Group.PerSecond(), bare
}

// run measures both servers and reports each figure with its ratio to the null server's. One iteration is a whole
// field day: run it with -benchtime 1x.
func run(b *testing.B, phases ...string) {
	cfg := benchConfig(phases...)
	dir := b.TempDir()
	program, err := loadtest.BuildServer(b.Context(), dir)
	if err != nil {
		b.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	null := &loadtest.Server{Command: []string{self}, Addr: freeAddr(b)}
	null.Env = []string{serveNullEnv + "=" + null.Addr, serveNullPhases + "=" + strings.Join(phases, ",")}
	for i := range b.N {
		data := filepath.Join(dir, "data"+string(rune('a'+i%26)))
		if err := os.RemoveAll(data); err != nil {
			b.Fatal(err)
		}
		if err := loadtest.PrepareDirectory(b.Context(), data, cfg); err != nil {
			b.Fatal(err)
		}
		report, err := loadtest.Run(b.Context(), cfg, loadtest.RealServer(program, data), null)
		if err != nil {
			b.Fatal(err)
		}
		for _, row := range report.Rows() {
			b.ReportMetric(row.Real, row.Name)
			b.ReportMetric(row.Ratio(), row.Name+"-ratio")
		}
	}
}

func freeAddr(b *testing.B) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}
