package loadtest_test

import (
	"context"
	"io"
	"net"
	"path/filepath"
	"testing"

	"lantoa/server/internal/loadtest"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/storage/sqlite"
)

// TestFieldDayAgainstTheHandlers runs every phase against the real handlers over both backends, with every answer
// read by the strict decoder.
func TestFieldDayAgainstTheHandlers(t *testing.T) {
	backends := map[string]func(*testing.T) storage.Store{
		"memory": func(*testing.T) storage.Store { return memory.New() },
		"sqlite": func(t *testing.T) storage.Store {
			store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "lantoa.db"), sqlite.Options{})
			if err != nil {
				t.Fatal(err)
			}
			return store
		},
	}
	for name, open := range backends {
		t.Run(name, func(t *testing.T) {
			cfg := loadtest.Tiny()
			store := open(t)
			if err := loadtest.Prepare(t.Context(), store, cfg, loadtest.NewFleet(cfg)); err != nil {
				t.Fatal(err)
			}
			report, err := loadtest.Run(t.Context(), cfg, serveParts(t, store), nil)
			if err != nil {
				t.Fatal(err)
			}
			f := report.Real
			if want := int64(cfg.Devices * cfg.Batch); f.Flush.Records != want || f.Submit.Records != want {
				t.Errorf("flushed %d and submitted %d, want %d", f.Flush.Records, f.Submit.Records, want)
			}
			if want := int64(cfg.Devices * cfg.Batch * (cfg.Devices/cfg.Units + 1)); f.Pull.Records != want {
				t.Errorf("pulled %d, want %d", f.Pull.Records, want)
			}
			if want := int64(cfg.Heard * (cfg.Devices/cfg.Units - 1)); f.Heard.Records != want {
				t.Errorf("heard %d, want %d", f.Heard.Records, want)
			}
		})
	}
}

// serveParts serves the real handlers in this process until the test ends, and closes the store.
func serveParts(t *testing.T, store storage.Store) *loadtest.Server {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- loadtest.ServeParts(ctx, store, ln, io.Discard) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("server: %v", err)
		}
		if err := store.Close(); err != nil {
			t.Errorf("store: %v", err)
		}
	})
	return &loadtest.Server{Addr: ln.Addr().String()}
}
