package loadtest

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Figures is what a field day measured of one server. Phases that were not asked for stay zero.
type Figures struct {
	Flush  Phase // phones push what they captured
	Submit Phase // phones hand it to the editors, and with the same requests pull what others did
	Pull   Phase // every phone of a unit pulls what the unit's phones submitted
	First  Phase // first syncs of the big unit
	One    Phase // one change among the records of the big unit
	OneFew Phase // one change among the records of the small unit
	None   Phase // nothing new
	Poke   Phase // from sending a change until live phones heard of it
	Heard  Phase // from sending a change until live phones had pulled it
	Group  Phase // durable mutations, big batches
	Memory Memory
	Live   Live
}

// Memory is the server's resident set around a first sync of the big unit, in bytes.
type Memory struct{ Before, Peak int64 }

// Live is what idle live connections cost.
type Live struct {
	Connections int
	Bytes       int64 // of the server's resident set, all of them together
	Freed       int   // of the connections that vanished, how many the server closed
	Vanished    int
	FreedAfter  time.Duration
}

// Report is a whole field day.
type Report struct {
	Config     Config
	Real, Null *Figures // nil for a server that was not asked for
}

// Run measures the servers one after the other. A nil server is left out. The real server's database must have been
// prepared with the same config.
func Run(ctx context.Context, cfg Config, real, null *Server) (*Report, error) {
	r := &Report{Config: cfg.withDefaults()}
	var err error
	if null != nil {
		if r.Null, err = measureServer(ctx, r.Config, null); err != nil {
			return r, fmt.Errorf("null server: %w", err)
		}
	}
	if real != nil {
		if r.Real, err = measureServer(ctx, r.Config, real); err != nil {
			return r, fmt.Errorf("server: %w", err)
		}
	}
	return r, nil
}

// day is one server's field day under way.
type day struct {
	cfg     Config
	fleet   *Fleet
	target  *target
	figures *Figures
	phones  []*phone
	morning []string // each phone's cursor from before the first push
}

func measureServer(ctx context.Context, cfg Config, s *Server) (*Figures, error) {
	t, err := s.start(ctx)
	if err != nil {
		return nil, err
	}
	d := &day{cfg: cfg, fleet: NewFleet(cfg), target: t, figures: &Figures{}}
	defer func() { d.target.stop() }()
	d.phones = newPhones(d.fleet.Phones, cfg, 0)
	used := false
	for _, phase := range d.phases() {
		if !slices.Contains(cfg.Phases, phase.name) {
			continue
		}
		if phase.fresh && used {
			if err := d.restart(ctx, s); err != nil {
				return d.figures, err
			}
		}
		used = true
		if err := phase.run(ctx); err != nil {
			return d.figures, fmt.Errorf("%s: %w", phase.name, err)
		}
	}
	return d.figures, nil
}

type phase struct {
	name  string
	fresh bool // on a server that was just started, whose memory holds nothing yet but what it needs
	run   func(context.Context) error
}

func (d *day) phases() []phase {
	return []phase{
		{PhaseFirst, true, d.first},
		{PhaseIdle, true, d.idle},
		{PhaseFlush, true, d.flush},
		{PhaseSubmit, false, d.submit},
		{PhasePull, false, d.pull},
		{PhaseSingle, false, d.single},
		{PhaseHeard, false, d.heard},
		{PhaseGroup, false, d.group},
	}
}

// restart gives the next phase a server whose resident set holds nothing of the phases before: a heap that has grown
// hides what the next ten thousand connections take. A server that is not our child goes on as it is.
func (d *day) restart(ctx context.Context, s *Server) error {
	if s.Command == nil {
		return nil
	}
	d.target.stop()
	t, err := s.start(ctx)
	if err != nil {
		return err
	}
	d.target = t
	return nil
}

// flush: every phone that captured offline finds the network and pushes. They synced once in the morning, which is
// not measured.
func (d *day) flush(ctx context.Context) error {
	if _, err := measure(d.target, func(s *stage) error { return s.drain(ctx, d.cfg, d.phones, d.cfg.AtOnce) }); err != nil {
		return err
	}
	for _, p := range d.phones {
		d.morning = append(d.morning, p.cursor)
		p.prepare(d.cfg, p.capture(d.cfg.Batch))
	}
	var err error
	d.figures.Flush, err = measure(d.target, func(s *stage) error {
		return s.once(ctx, d.cfg, d.phones, func(a answer) int { return a.applied })
	})
	return err
}

func (d *day) submit(ctx context.Context) (err error) {
	for _, p := range d.phones {
		p.prepare(d.cfg, p.submit(d.cfg.Batch))
	}
	d.figures.Submit, err = measure(d.target, func(s *stage) error {
		return s.once(ctx, d.cfg, d.phones, func(a answer) int { return a.applied })
	})
	return err
}

// pull: every phone asks again with its cursor of the morning and gets all that its unit did. A cursor is opaque and
// may be used again: it is what a phone has whose answers were lost.
func (d *day) pull(ctx context.Context) (err error) {
	for i, p := range d.phones {
		if i < len(d.morning) {
			p.cursor = d.morning[i]
		}
	}
	d.figures.Pull, err = measure(d.target, func(s *stage) error {
		return s.drain(ctx, d.cfg, d.phones, d.cfg.AtOnce)
	})
	units, batch := d.cfg.Units, d.cfg.Batch
	want := 0
	for i := range d.phones {
		want += batch * perUnit(len(d.phones), units, i%units)
	}
	if got := d.figures.Pull.Records; err == nil && slices.Contains(d.cfg.Phases, PhaseSubmit) && got < int64(want) {
		return fmt.Errorf("phones pulled %d records, their units submitted %d to them", got, want)
	}
	return err
}

func perUnit(phones, units, unit int) int {
	n := phones / units
	if unit < phones%units {
		n++
	}
	return n
}

// first: fresh phones read the whole big unit, side by side, while the server's memory is watched.
func (d *day) first(ctx context.Context) (err error) {
	readers := newPhones(d.fleet.Big.Readers[:d.cfg.FirstSyncs], d.cfg, 1<<16)
	d.figures.Memory.Before = d.target.memory()
	watched := watchMemory(d.target)
	d.figures.First, err = measure(d.target, func(s *stage) error {
		return s.drain(ctx, d.cfg, readers, len(readers))
	})
	d.figures.Memory.Peak = watched()
	want := int64(d.cfg.Big * len(readers))
	if got := d.figures.First.Records; err == nil && got < want {
		return fmt.Errorf("phones got %d records, the unit has %d for them", got, want)
	}
	return err
}

// watchMemory samples the resident set until the returned function is called, which returns the highest.
func watchMemory(t *target) (highest func() int64) {
	stop, done := make(chan struct{}), make(chan int64)
	go func() {
		sample := time.NewTicker(10 * time.Millisecond)
		defer sample.Stop()
		peak := t.memory()
		for {
			select {
			case <-sample.C:
				peak = max(peak, t.memory())
			case <-stop:
				done <- max(peak, t.memory())
				return
			}
		}
	}()
	return func() int64 { close(stop); return <-done }
}

// group: a few phones with long outboxes push batch after batch. The batches are encoded and compressed before the
// clock starts, and the answers are read whole after it has stopped: phones have processors of their own.
func (d *day) group(ctx context.Context) (err error) {
	phones := newPhones(d.fleet.Group, d.cfg, 1<<17)
	if _, err := measure(d.target, func(s *stage) error { return s.drain(ctx, d.cfg, phones, len(phones)) }); err != nil {
		return err
	}
	waiting := make(map[*phone][]chunk, len(phones))
	for _, p := range phones {
		p.answers.wanted = true
		for range d.cfg.GroupRounds {
			waiting[p] = append(waiting[p], p.chunk(d.cfg, p.capture(d.cfg.GroupBatch)))
		}
	}
	d.figures.Group, err = measure(d.target, func(s *stage) error {
		return s.each(ctx, phones, len(phones), func(l *link, p *phone) (took []time.Duration, err error) {
			for _, c := range waiting[p] {
				p.prepareChunk(d.cfg, c)
				start := time.Now()
				a, err := p.send(l, false)
				took = append(took, time.Since(start))
				s.records.Add(int64(a.applied))
				if err != nil {
					return took, err
				}
			}
			return took, nil
		})
	})
	for i := 0; i < len(phones) && err == nil; i++ {
		err = phones[i].answers.check()
	}
	return err
}
