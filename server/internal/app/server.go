package app

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"time"

	"lantoa/server/internal/answers"
	"lantoa/server/internal/audience"
	"lantoa/server/internal/console"
	"lantoa/server/internal/desk"
	"lantoa/server/internal/enroll"
	"lantoa/server/internal/httpapi"
	"lantoa/server/internal/live"
	"lantoa/server/internal/media"
	"lantoa/server/internal/metrics"
	"lantoa/server/internal/overview"
	"lantoa/server/internal/people"
	"lantoa/server/internal/privacy"
	"lantoa/server/internal/reach"
	"lantoa/server/internal/review"
	"lantoa/server/internal/staff"
	"lantoa/server/internal/syncer"
	"lantoa/server/internal/upload"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Server is a running server. Close ends it.
type Server struct {
	cfg       Config
	lock      *os.File
	store     storage.Store
	people    *people.Service
	enroll    *enroll.Service
	audience  *audience.Service
	staff     *staff.Service
	counters  *metrics.Metrics
	hub       *live.Hub
	blobs     storage.Blobs
	media     *media.Service
	uploads   *upload.Service
	pushes    *pushes
	api       *httpapi.API
	ln        net.Listener
	root      syncproto.Unit
	asked     readiness
	blobState blobHealth

	stop    context.CancelFunc // ends what runs in the background
	running sync.WaitGroup
	failed  chan error // size 1: serving ended by itself
	once    sync.Once
	closing error
}

// Start opens the data directory and serves. When it returns, requests are answered. ctx bounds the start only.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if err := cfg.fill(); err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, failed: make(chan error, 1), stop: func() {}}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.release())
	}
	s.serve()
	return s, nil
}

// open takes everything that can fail: lock, database, port. The lock comes first and the port last, so that a second
// server is told about the first and not about its port.
func (s *Server) open(ctx context.Context) (err error) {
	if err := makeDir(s.cfg.Data); err != nil {
		return err
	}
	if s.lock, err = lockFile(s.cfg.path(lockName)); err != nil {
		return err
	}
	if s.store, err = openData(ctx, s.cfg.Data, s.cfg.Now); err != nil {
		s.store = nil
		return err
	}
	if s.root, err = ensureRoot(ctx, s.store, s.cfg.Organisation, s.cfg.Now()); err != nil {
		return err
	}
	s.hub = live.New(s.store, live.Config{
		Poll: s.cfg.LivePoll, MaxPhones: s.cfg.MaxLive, Log: s.cfg.Log, Now: s.cfg.Now,
	})
	if err = s.openMedia(ctx); err != nil {
		return err
	}
	s.counters = metrics.New(version())
	s.staff, err = staff.New(s.store, staff.Options{
		Now: s.cfg.Now, Log: s.cfg.Log, Origin: s.cfg.Origin, Count: s.counters.SignedIn,
	})
	if err != nil {
		return err
	}
	rules, err := s.cfg.readFactRules()
	if err != nil {
		return err
	}
	s.audience = s.newAudience(ctx, rules)
	if err = s.openPush(ctx); err != nil {
		return err
	}
	// Probes of the kernel would wake 10,000 radios every 15 s; the heartbeat of the live stream does their work.
	if s.ln, err = (&net.ListenConfig{KeepAlive: -1}).Listen(ctx, "tcp", s.cfg.Listen); err != nil {
		return listenFault(err, s.cfg.Listen)
	}
	return os.WriteFile(s.cfg.path(addressFile), []byte(s.URL()+"\n"), 0o600)
}

func (s *Server) serve() {
	background, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.people = people.New(s.store).WithClock(s.cfg.Now)
	s.enroll = enroll.New(s.store, s.cfg.Now)
	var cases *privacy.Service
	changed := func(scopes []syncproto.Scope, by syncproto.ID) {
		s.hub.Changed(scopes, by)
		cases.Poke() // a consent may have been withdrawn
	}
	rounds := syncer.New(s.store, syncer.Options{
		Now: s.cfg.Now, Logger: s.cfg.Log, Notifier: syncer.NotifierFunc(changed),
		Reviewer: review.New(review.Options{Clocks: privacy.Clocks}), Caller: answers.NewRules(), Hold: s.cfg.Hold,
	})
	places := answers.New(answers.Options{Syncer: rounds, Now: s.cfg.Now, Wake: s.pushes.planner.Wake})
	cases = privacy.New(s.store, s.blobs, rounds, s.media, s.uploads, privacy.Options{
		Now: s.cfg.Now, Log: s.cfg.Log, Facts: s.audience.Open, Freed: places.Settle,
	})
	calls := s.newCalls(rounds, s.audience)
	counters := s.counters
	counters.Gauge("lantoa_live_connections", "Phones that are connected now.",
		func() float64 { return float64(s.hub.Count()) })
	countUploads(counters, s.uploads)
	s.mediaGauges(counters)
	judged := desk.New(s.store, desk.Options{Actor: rounds, Now: s.cfg.Now})
	reached := reach.New(reach.Options{Store: s.store, Now: s.cfg.Now, Log: s.cfg.Log, Temp: s.cfg.Data})
	api := httpapi.Config{
		Sync: rounds, Enroll: s.enroll, Live: s.hub, Media: s.media, Uploads: s.uploads, Staff: s.staff, People: s.people, Privacy: cases, Metrics: counters, Ready: s.ready,
		Note: s.note, Version: version(), Trusted: s.cfg.Trusted, Log: s.cfg.Log,
		Audience: s.audience, Reach: reached, Answers: places, Calls: calls, Desk: judged,
		Registrations: s.pushes.devices, Planner: s.pushes.planner, PushBoard: s.pushes.board,
	}
	api.Console = s.console(&api)
	s.api = httpapi.New(api)
	s.background(background, "live hub", s.hub.Run)
	s.background(background, "sync service", rounds.Run)
	s.background(background, "desk", s.keeper(rounds).Run)
	s.background(background, "figures", overview.NewFolder(s.store, overview.FolderOptions{Now: s.cfg.Now, Logger: s.cfg.Log}).Run)
	s.background(background, "people", s.people.Run)
	s.background(background, "personal data", cases.Run)
	s.background(background, "uploads", s.uploads.Run)
	s.background(background, "sign-in", s.staff.Run)
	s.background(background, "media", s.media.Run)
	s.background(background, "media collection", s.media.Collect)
	s.background(background, "media count", s.media.Count)
	s.background(background, "calls", calls.Run)
	s.background(background, "facts", s.audience.Run)
	ringing, stopRinging := context.WithCancel(background)
	s.pushes.stop = stopRinging
	s.background(ringing, "push planner", s.pushes.planner.Run)
	s.background(ringing, "push engine", s.pushes.engine.Run)
	s.background(background, "compaction", s.compact)
	s.running.Go(func() {
		if err := s.api.Serve(s.ln); err != nil {
			s.failed <- err
		}
	})
}

// console is what people see in a browser, over the same services as the API.
func (s *Server) console(api *httpapi.Config) http.Handler {
	return console.New(console.Options{
		Staff: s.staff, Desk: api.Desk, People: s.people, Enroll: s.enroll, Privacy: api.Privacy, Calls: api.Calls, Audience: s.audience,
		Answers: api.Answers, Reach: api.Reach, Planner: s.pushes.planner, Push: s.pushes.board, Media: s.media, Uploads: s.uploads, Store: s.store,
		Origin: s.cfg.Origin, Enter: s.cfg.Enter, Unnamed: defaultOrganisation, Note: s.note, Version: version(), Now: s.cfg.Now, Log: s.cfg.Log,
		Ready: s.ready, Phones: s.hub.Count, Backup: s.cfg.newestBackup, Figures: overview.New(s.store, overview.Options{Now: s.cfg.Now}), Temp: s.cfg.Data,
	})
}

// background runs something until the server closes. What it could not finish is logged here, once.
func (s *Server) background(ctx context.Context, name string, run func(context.Context) error) {
	s.running.Go(func() {
		if err := run(ctx); err != nil {
			s.cfg.Log.Error("background work ended", "work", name, "err", err)
		}
	})
}

// How long the feed remembers what was deleted (S-76), and how often it forgets.
const (
	tombstoneLife = 400 * 24 * time.Hour
	compactEvery  = 24 * time.Hour
)

func (s *Server) compact(ctx context.Context) error {
	tick := time.NewTicker(compactEvery)
	defer tick.Stop()
	for {
		before := s.cfg.Now().Add(-tombstoneLife).UnixMilli()
		err := s.store.Update(ctx, func(tx storage.Tx) error { return tx.Compact(before) })
		if err != nil && ctx.Err() == nil {
			s.cfg.Log.Warn("compaction put off", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// readiness is the last answer to whether the store can be used. Anybody may ask, so the disk is asked once a second.
type readiness struct {
	mu  sync.Mutex
	at  time.Time
	err error
}

func (s *Server) ready(ctx context.Context) error {
	s.asked.mu.Lock()
	defer s.asked.mu.Unlock()
	if time.Since(s.asked.at) > time.Second {
		s.asked.err = s.probe(ctx)
		s.asked.at = time.Now()
	}
	return s.asked.err
}

// probe asks of the store and its disk what a sync will ask of them.
func (s *Server) probe(ctx context.Context) error {
	err := s.store.Update(ctx, func(tx storage.Tx) error {
		_, err := tx.Epoch()
		return err
	})
	if err == nil {
		err = probeDir(s.cfg.Data)
	}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return syncproto.E(syncproto.CodeStoreFull, "check readiness", err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return syncproto.E(syncproto.CodeStoreReadOnly, "check readiness", err)
	case err != nil && syncproto.KindOf(err) == syncproto.Internal:
		return syncproto.E(syncproto.CodeUnavailable, "check readiness", err)
	}
	return err
}

// Addr returns the address that the server listens on.
func (s *Server) Addr() net.Addr { return s.ln.Addr() }

// URL returns the address for phones, as far as the server can know it.
func (s *Server) URL() string { return urlOf(s.ln.Addr()) }

// Store returns the database. It is closed with the server.
func (s *Server) Store() storage.Store { return s.store }

// People returns the service of units, persons and grants.
func (s *Server) People() *people.Service { return s.people }

// Enroll returns the service of enrollment codes.
func (s *Server) Enroll() *enroll.Service { return s.enroll }

// Root returns the root unit.
func (s *Server) Root() syncproto.Unit { return s.root }

// Transport answers requests by calling the handlers themselves, without a network. Live streams need Addr.
func (s *Server) Transport() http.RoundTripper { return s.api.Transport() }

// Backup writes a copy of the database to path, which must not exist.
func (s *Server) Backup(ctx context.Context, path string) error {
	b, ok := s.store.(storage.Backuper)
	if !ok {
		return syncproto.E(syncproto.CodeInternal, "back up", errors.New("this store cannot"))
	}
	return b.Backup(ctx, path)
}

// Wait returns when ctx ends or serving fails; then Close must be called.
func (s *Server) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.failed:
		return err
	}
}

// Close takes no new requests, finishes the running ones, writes what is in memory and closes the database. What was
// acknowledged is on disk before. A second call waits for the first.
func (s *Server) Close() error {
	s.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), s.cfg.Grace)
		defer cancel()
		s.pushes.stop() // what is under way has as long as the requests
		err := s.api.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			s.cfg.Log.Warn("requests cut short at shutdown")
			err = nil
		}
		s.stop()
		s.running.Wait()
		s.closing = errors.Join(err, s.release())
	})
	return s.closing
}

// release gives back what open took, in reverse.
func (s *Server) release() error {
	var err error
	if s.ln != nil {
		s.ln.Close() // closed already after serving
		os.Remove(s.cfg.path(addressFile))
	}
	err = s.pushes.close()
	if s.blobs != nil {
		err = errors.Join(err, s.blobs.Close())
	}
	if s.store != nil {
		err = errors.Join(err, s.store.Close())
	}
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	return err
}
