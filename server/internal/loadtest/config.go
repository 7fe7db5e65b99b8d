package loadtest

import (
	"runtime"

	"lantoa/syncproto"
)

// Config is the size of a field day. Zero values mean what Defaults says.
type Config struct {
	Seed        uint64
	Units       int // districts
	Devices     int // spread evenly over the units
	AtOnce      int // phones that talk at the same time
	Batch       int // mutations of one push
	PageBytes   int // page budget that phones ask for
	Big, Small  int // records of the two units that first syncs and single changes are measured on
	FirstSyncs  int // phones that first-sync the big unit, side by side
	Single      int // how often a single change, and nothing new, are measured
	Heard       int // how often one change is heard by the live phones of a unit
	GroupPhones int // phones of the durable-mutations figure
	GroupBatch  int // mutations of each of their requests
	GroupRounds int // requests of each of them
	Idle        int // live connections that only wait
	Phases      []string
	Verify      bool // decode every answer whole, instead of one in a hundred
}

// Defaults is the field day that the server's targets are stated for.
func Defaults() Config {
	return Config{
		Seed: 1, Units: 100, Devices: 2000, AtOnce: 50, Batch: 10, PageBytes: syncproto.MaxPageBytes,
		Big: 100_000, Small: 1000, FirstSyncs: 2, Single: 200, Heard: 50,
		GroupPhones: 64, GroupBatch: 20, GroupRounds: 10, Idle: 10_000,
	}
}

// Tiny is a field day for tests: every phase, in a moment, with every answer read whole.
func Tiny() Config {
	return Config{
		Seed: 1, Units: 3, Devices: 12, AtOnce: 4, Batch: 3, PageBytes: syncproto.MinPageBytes,
		Big: 120, Small: 10, FirstSyncs: 2, Single: 3, Heard: 2,
		GroupPhones: 4, GroupBatch: 5, GroupRounds: 2, Idle: 20, Verify: true,
	}
}

// The names of the phases, in the order in which they run.
const (
	PhaseFirst  = "first"
	PhaseIdle   = "idle"
	PhaseFlush  = "flush"
	PhaseSubmit = "submit"
	PhasePull   = "pull"
	PhaseSingle = "single"
	PhaseHeard  = "heard"
	PhaseGroup  = "group"
)

// Phases lists the phases in order.
func Phases() []string {
	return []string{PhaseFirst, PhaseIdle, PhaseFlush, PhaseSubmit, PhasePull, PhaseSingle, PhaseHeard, PhaseGroup}
}

func (c Config) withDefaults() Config {
	d := Defaults()
	for _, pair := range []struct {
		value *int
		or    int
	}{
		{&c.Units, d.Units},
		{&c.Devices, d.Devices},
		{&c.AtOnce, d.AtOnce},
		{&c.Batch, d.Batch},
		{&c.PageBytes, d.PageBytes},
		{&c.Big, d.Big},
		{&c.Small, d.Small},
		{&c.FirstSyncs, d.FirstSyncs},
		{&c.Single, d.Single},
		{&c.Heard, d.Heard},
		{&c.GroupPhones, d.GroupPhones},
		{&c.GroupBatch, d.GroupBatch},
		{&c.GroupRounds, d.GroupRounds},
		{&c.Idle, d.Idle},
	} {
		if *pair.value <= 0 {
			*pair.value = pair.or
		}
	}
	if c.Seed == 0 {
		c.Seed = d.Seed
	}
	if len(c.Phases) == 0 {
		c.Phases = Phases()
	}
	return c
}

// cores is how many processors the generator and the servers share; it is printed beside every table.
func cores() int { return runtime.GOMAXPROCS(0) }
