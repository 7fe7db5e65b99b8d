package loadtest_test

import (
	"context"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"testing"

	"lantoa/server/internal/loadtest"
)

// serveNullEnv makes this test program serve the null server on the address that it holds.
const serveNullEnv = "LANTOA_LOADTEST_SERVE_NULL"

func TestMain(m *testing.M) {
	if addr := os.Getenv(serveNullEnv); addr != "" {
		os.Exit(childNull(addr))
	}
	os.Exit(m.Run())
}

func childNull(addr string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ln, err := net.Listen("tcp", addr)
	if err == nil {
		err = loadtest.ServeNull(ctx, benchConfig(), ln, os.Stdout)
	}
	if err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		return 1
	}
	return 0
}

// benchConfig is a field day that fits into a coffee break; the program fieldday runs the whole one.
func benchConfig() loadtest.Config {
	cfg := loadtest.Defaults()
	cfg.Big, cfg.Idle = 20_000, 2000
	return cfg
}

func BenchmarkFieldDay(b *testing.B) {
	run(b, loadtest.PhaseFlush, loadtest.PhaseSubmit, loadtest.PhasePull)
}
func BenchmarkFirstSync(b *testing.B)        { run(b, loadtest.PhaseFirst) }
func BenchmarkSingleChange(b *testing.B)     { run(b, loadtest.PhaseSingle) }
func BenchmarkHeard(b *testing.B)            { run(b, loadtest.PhaseFlush, loadtest.PhaseHeard) }
func BenchmarkDurableMutations(b *testing.B) { run(b, loadtest.PhaseGroup) }
func BenchmarkIdleConnections(b *testing.B)  { run(b, loadtest.PhaseIdle) }

// run measures both servers and reports each figure with its ratio to the null server's. One iteration is a whole
// field day: run it with -benchtime 1x.
func run(b *testing.B, phases ...string) {
	cfg := benchConfig()
	cfg.Phases = phases
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
	null.Env = []string{serveNullEnv + "=" + null.Addr}
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
