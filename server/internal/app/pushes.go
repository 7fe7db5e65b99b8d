package app

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"lantoa/server/internal/notify"
	"lantoa/server/internal/people"
	"lantoa/server/internal/push"
	"lantoa/server/internal/push/fcm"
	"lantoa/server/internal/push/webpush"
	"lantoa/syncproto"
)

// vapidFile holds the keys with which this server speaks to push services of browsers.
const vapidFile = "vapid.json"

// pushFlags are those of serve and push.
func pushFlags(f *flag.FlagSet, c *Config) {
	f.StringVar(&c.FCMCredentials, "fcm-credentials", "", "server.flag_fcm_credentials")
	f.StringVar(&c.FCMProject, "fcm-project", "", "server.flag_fcm_project")
	f.StringVar(&c.FCMEndpoint, "fcm-endpoint", "", "server.flag_fcm_endpoint")
	f.StringVar(&c.FCMRootsFile, "fcm-roots", "", "server.flag_fcm_roots")
	f.StringVar(&c.PushContact, "push-contact", "", "server.flag_push_contact")
}

// pushPace are those of serve alone.
func pushPace(f *flag.FlagSet, c *Config) {
	f.Float64Var(&c.PushRate, "push-rate", 500, "server.flag_push_rate")
	f.IntVar(&c.PushCap, "push-cap", 4, "server.flag_push_cap")
}

// checkPush refuses settings that mean nothing.
func (c *Config) checkPush() error {
	switch {
	case c.PushRate < 0 || c.PushRate > 10_000:
		return usageError("push-rate: 1 to 10000")
	case c.PushCap < 0:
		return usageError("push-cap: 1 or more")
	case c.FCMEndpoint != "" && !strings.HasPrefix(c.FCMEndpoint, "https://"):
		return usageError("fcm-endpoint: https://…")
	}
	return nil
}

// vapidKeys are read from the environment where they are there.
func (c *call) vapidKeys(cfg *Config) (err error) {
	if cfg.VAPIDPrivate, err = c.secret("LANTOA_VAPID_PRIVATE"); err == nil {
		cfg.VAPIDPublic, err = c.secret("LANTOA_VAPID_PUBLIC")
	}
	if err == nil && (cfg.VAPIDPrivate == "") != (cfg.VAPIDPublic == "") {
		return usageError("LANTOA_VAPID_PRIVATE, LANTOA_VAPID_PUBLIC")
	}
	return err
}

// vapid is what vapidFile holds.
type vapid struct {
	Private string `json:"private"`
	Public  string `json:"public"`
	Contact string `json:"contact"`
}

// readVAPID returns the keys of the environment, or else those of the data directory; nil if there are none.
func readVAPID(cfg *Config) (*vapid, error) {
	keys := &vapid{Private: cfg.VAPIDPrivate, Public: cfg.VAPIDPublic}
	if keys.Private == "" {
		data, err := os.ReadFile(cfg.path(vapidFile))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		if err == nil {
			err = json.Unmarshal(data, keys)
		}
		if err != nil {
			return nil, &fault{exit: exitUsage, key: "server.fault_vapid", detail: cfg.path(vapidFile)} // the cause would quote it
		}
	}
	switch {
	case cfg.PushContact != "":
		keys.Contact = cfg.PushContact
	case keys.Contact == "" && strings.HasPrefix(cfg.Origin, "https://"):
		keys.Contact = cfg.Origin
	}
	return keys, nil
}

// newFCM makes the sender of FCM, nil if no credentials are set. It asks nothing of the network.
func newFCM(ctx context.Context, cfg *Config) (*fcm.Sender, error) {
	if cfg.FCMCredentials == "" {
		return nil, nil
	}
	bad := func(err error) error {
		return &fault{exit: exitUsage, key: "server.fault_fcm", detail: cfg.FCMCredentials, err: err}
	}
	key, err := os.ReadFile(cfg.FCMCredentials)
	if err != nil {
		return nil, bad(err)
	}
	roots, err := cfg.roots()
	if err != nil {
		return nil, err
	}
	sender, err := fcm.New(ctx, fcm.Options{
		Credentials: key, Project: cfg.FCMProject, Endpoint: cfg.FCMEndpoint, Roots: roots, Origin: cfg.Origin,
	})
	if err != nil {
		return nil, bad(err)
	}
	return sender, nil
}

// roots are the authorities of a stand-in; nil for the system's.
func (c *Config) roots() (*x509.CertPool, error) {
	if c.FCMRootsFile == "" {
		return c.FCMRoots, nil
	}
	pem, err := os.ReadFile(c.FCMRootsFile)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, usageError("fcm-roots: no certificate in %q", c.FCMRootsFile)
	}
	return pool, nil
}

// newWebPush makes the sender of Web Push, nil if there are no keys.
func newWebPush(cfg *Config) (sender *webpush.Sender, public string, err error) {
	keys, err := readVAPID(cfg)
	if keys == nil || err != nil {
		return nil, "", err
	}
	sender, err = webpush.New(webpush.Options{Private: keys.Private, Public: keys.Public, Contact: keys.Contact, Stand: cfg.PushStand})
	if err != nil {
		return nil, "", &fault{exit: exitUsage, key: "server.fault_vapid", err: err}
	}
	return sender, keys.Public, nil
}

// pushes is what rings phones.
type pushes struct {
	fcm     *fcm.Sender     // nil without credentials
	web     *webpush.Sender // nil without keys
	engine  *push.Engine
	planner *notify.Planner
	devices *notify.Registrations
	board   *notify.Board
	stop    context.CancelFunc // ends planner and engine

	mu    sync.Mutex
	noted time.Time
	notes string
}

// openPush makes planner, engine and senders. Nothing of it asks the network, so a server starts without one.
func (s *Server) openPush(ctx context.Context) (err error) {
	p := &pushes{}
	s.pushes = p
	if p.fcm, err = newFCM(ctx, &s.cfg); err != nil {
		return err
	}
	var public string
	if p.web, public, err = newWebPush(&s.cfg); err != nil {
		return err
	}
	access := &people.Cache{}
	p.planner = notify.New(notify.Options{
		Store: s.store, Access: access, Now: s.cfg.Now, Log: s.cfg.Log, Cap: s.cfg.PushCap,
		Poke: s.hub.Called,
		Wake: func() { p.engine.Wake() },
	})
	p.engine = push.New(push.Options{
		Store: s.store, Senders: p.senders(), Render: p.planner.Render, Now: s.cfg.Now, Log: s.cfg.Log,
		Rate: s.cfg.PushRate, Ramp: s.cfg.PushRamp, Quiet: p.planner.Quiet, Metrics: s.counters,
	})
	devices := notify.RegistrationOptions{Services: p.services(), VAPIDKey: public, Now: s.cfg.Now}
	if p.web != nil {
		devices.ValidEndpoint = p.web.ValidSubscription
	}
	p.devices = notify.NewRegistrations(s.store, devices)
	p.board = notify.NewBoard(s.store, access, p.engine, s.cfg.Now)
	return nil
}

func (p *pushes) senders() map[push.Service]push.Sender {
	list := map[push.Service]push.Sender{}
	if p.fcm != nil {
		list[push.FCM] = p.fcm
	}
	if p.web != nil {
		list[push.WebPush] = p.web
	}
	return list
}

func (p *pushes) services() (list []string) {
	if p.fcm != nil {
		list = append(list, syncproto.ServiceFCM)
	}
	if p.web != nil {
		list = append(list, syncproto.ServiceWebPush)
	}
	return list
}

// close gives back what the senders hold. The engine has ended by then.
func (p *pushes) close() error {
	if p == nil {
		return nil
	}
	var err error
	if p.fcm != nil {
		err = p.fcm.Close()
	}
	if p.web != nil {
		err = errors.Join(err, p.web.Close())
	}
	return err
}

// noteEvery bounds how often the engine is asked, which counts in the database: anybody may ask whether a server is ready.
const noteEvery = 5 * time.Second

// note names what is wrong with a service, a line for each, for those who ask whether the server is ready: "" for nothing.
func (p *pushes) note() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.noted) < noteEvery {
		return p.notes
	}
	p.notes, p.noted = p.troubles(), time.Now()
	return p.notes
}

func (p *pushes) troubles() string {
	var parts []string
	for _, service := range p.engine.Status().Services {
		if service.Ready && service.Breaker != push.BreakerClosed {
			parts = append(parts, "push "+string(service.Service)+": "+service.Code)
		}
		for _, lane := range service.Lanes {
			parts = append(parts, "push "+string(service.Service)+" "+string(lane.Platform)+": "+lane.Code)
		}
	}
	return strings.Join(parts, "\n")
}

// tell says by what phones are rung, and where nothing is set up, where it says how to switch it on.
func (p *pushes) tell(w io.Writer) {
	key, list := "server.push_off", p.services()
	if len(list) > 0 {
		key = "server.push_on"
	}
	tell(w, "", key, words{"services": strings.Join(list, ", ")})
}
