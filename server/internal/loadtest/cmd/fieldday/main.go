// Command fieldday measures the server against the null server and prints the table of the field day.
//
//	go run ./server/internal/loadtest/cmd/fieldday
//	go run ./server/internal/loadtest/cmd/fieldday -phases flush,submit,pull
//
// It builds the server, enrols the phones in a temporary data directory, and runs the server and the null server one
// after the other as children. Everything is removed at the end unless -dir says where to leave it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"strings"

	"lantoa/server/internal/loadtest"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/storage/sqlite"
)

// options are the flags.
type options struct {
	cfg       loadtest.Config
	phases    string
	only      string
	program   string
	dir       string
	log       string
	serveNull string
	serve     string
	parts     string
	profile   string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "fieldday:", err)
		os.Exit(1)
	}
}

func parse(args []string) (*options, error) {
	o := &options{cfg: loadtest.Defaults()}
	flags := flag.NewFlagSet("fieldday", flag.ExitOnError)
	for _, n := range []struct {
		name, usage string
		value       *int
	}{
		{"units", "districts", &o.cfg.Units},
		{"devices", "phones of all districts", &o.cfg.Devices},
		{"at-once", "phones that talk at the same time", &o.cfg.AtOnce},
		{"batch", "stories of one push", &o.cfg.Batch},
		{"page-bytes", "page budget that phones ask for", &o.cfg.PageBytes},
		{"big", "records of the unit that is first-synced", &o.cfg.Big},
		{"small", "records of the unit that it is compared with", &o.cfg.Small},
		{"first-syncs", "phones that first-sync side by side", &o.cfg.FirstSyncs},
		{"single", "how often one change is measured", &o.cfg.Single},
		{"heard", "how often a heard change is measured", &o.cfg.Heard},
		{"group-phones", "phones of the durable-mutations figure", &o.cfg.GroupPhones},
		{"group-batch", "mutations of each of their requests", &o.cfg.GroupBatch},
		{"group-rounds", "requests of each of them", &o.cfg.GroupRounds},
		{"idle", "live connections that only wait", &o.cfg.Idle},
	} {
		flags.IntVar(n.value, n.name, *n.value, n.usage)
	}
	flags.Uint64Var(&o.cfg.Seed, "seed", o.cfg.Seed, "of everything that is drawn")
	flags.BoolVar(&o.cfg.Verify, "verify", false, "decode every answer whole, which costs the generator CPU")
	flags.StringVar(&o.phases, "phases", strings.Join(loadtest.Phases(), ","), "what to run")
	flags.StringVar(&o.only, "only", "", `"server" or "null": leave the other out`)
	flags.StringVar(&o.program, "server", "", "a server that is built already")
	flags.StringVar(&o.dir, "dir", "", "directory to work in and to leave; empty for a temporary one")
	flags.StringVar(&o.log, "log", "", "file for what the servers print")
	flags.StringVar(&o.serveNull, "serve-null", "", "serve the null server on this address and measure nothing")
	flags.StringVar(&o.parts, "parts", "", `measure the handlers over "sqlite" or "memory" instead of the server program`)
	flags.StringVar(&o.profile, "profile", "", "with -parts: where to write the CPU profile of their last start")
	flags.StringVar(&o.serve, "serve-parts", "", "serve them on this address and measure nothing")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	o.cfg.Phases = strings.Split(o.phases, ",")
	return o, nil
}

func run(ctx context.Context, args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	if o.serveNull != "" {
		ln, err := net.Listen("tcp", o.serveNull)
		if err != nil {
			return err
		}
		return loadtest.ServeNull(ctx, o.cfg, ln, os.Stdout)
	}
	if o.serve != "" {
		return o.serveParts(ctx)
	}
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "fieldday-"); err != nil {
			return err
		}
		defer os.RemoveAll(o.dir)
	}
	return o.measure(ctx, args)
}

// serveParts serves the real handlers over a store, under the profiler if asked.
func (o *options) serveParts(ctx context.Context) (err error) {
	store, err := o.openParts(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if o.profile != "" {
		file, err := os.Create(o.profile)
		if err != nil {
			return err
		}
		defer file.Close()
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	ln, err := net.Listen("tcp", o.serve)
	if err != nil {
		return err
	}
	return loadtest.ServeParts(ctx, store, ln, os.Stdout)
}

// openParts opens the store of the parts: a database that the parent prepared, or memory, which is prepared here.
func (o *options) openParts(ctx context.Context) (storage.Store, error) {
	if o.parts == "memory" {
		store := memory.New()
		return store, loadtest.Prepare(ctx, store, o.cfg, loadtest.NewFleet(o.cfg))
	}
	return sqlite.Open(ctx, filepath.Join(o.dir, "data", "lantoa.db"), sqlite.Options{})
}

func (o *options) measure(ctx context.Context, args []string) error {
	var output *os.File
	if o.log != "" {
		file, err := os.Create(o.log)
		if err != nil {
			return err
		}
		defer file.Close()
		output = file
	}
	var real, null *loadtest.Server
	if o.only != "server" {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		null = &loadtest.Server{Command: append(append([]string{self}, args...), "-serve-null", "{addr}"), Log: output}
	}
	if o.only != "null" {
		var err error
		if real, err = o.realServer(ctx, args); err != nil {
			return err
		}
		real.Log = output
	}
	report, err := loadtest.Run(ctx, o.cfg, real, null)
	if report.Real != nil || report.Null != nil {
		if writeErr := report.Write(os.Stdout); writeErr != nil {
			return writeErr
		}
	}
	return err
}

// realServer builds the server unless one was named, and prepares its data.
func (o *options) realServer(ctx context.Context, args []string) (*loadtest.Server, error) {
	program := o.program
	if program == "" && o.parts == "" {
		var err error
		if program, err = loadtest.BuildServer(ctx, o.dir); err != nil {
			return nil, err
		}
	}
	data := filepath.Join(o.dir, "data")
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	parts := &loadtest.Server{Command: append(append([]string{self}, args...), "-dir", o.dir, "-serve-parts", "{addr}")}
	if o.parts == "memory" {
		return parts, nil
	}
	fmt.Fprintf(os.Stderr, "preparing %d phones and %d records …\n", o.cfg.Devices+o.cfg.Idle, o.cfg.Big+o.cfg.Small)
	if err := loadtest.PrepareDirectory(ctx, data, o.cfg); err != nil {
		return nil, err
	}
	if o.parts != "" {
		return parts, nil
	}
	return loadtest.RealServer(program, data), nil
}
