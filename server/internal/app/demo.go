package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lantoa/server/internal/demo"
	"lantoa/server/internal/enroll"
	"lantoa/server/internal/staff"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// phoneProcess and serverProcess are the hidden commands under which the demo runs a phone, and a server, that it means to
// kill.
const (
	phoneProcess  = "demo-phone"
	serverProcess = "demo-server"
)

// errDemo says that the demo ran and found an invariant broken; the demo has printed which.
var errDemo = errors.New("an invariant of the demo does not hold")

func runDemo(c *call) error {
	f := c.flags("demo")
	keep := f.Bool("keep", false, "server.flag_demo_keep")
	phones := f.Int("phones", 30, "server.flag_demo_phones")
	crowd := f.Int("crowd", 2000, "server.flag_demo_crowd")
	seed := f.Uint64("seed", 1, "server.flag_demo_seed")
	lang := f.String("lang", "vi", "server.flag_demo_lang")
	var cfg Config
	blobFlags(f, &cfg)
	if err := c.parse(f, 0); err != nil {
		return err
	}
	if err := c.s3Keys(&cfg); err != nil {
		return err
	}
	if *phones < 8 || *phones > 200 {
		return usageError("phones: %d", *phones)
	}
	if *crowd < 100 || *crowd > 4000 {
		return usageError("crowd: %d", *crowd)
	}
	dir, err := os.MkdirTemp("", "lantoa-demo-")
	if err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	if !*keep {
		defer os.RemoveAll(dir)
	}
	// The links cut answers in half on purpose; the HTTP library writes of each to the standard logger.
	log.SetOutput(io.Discard)
	defer log.SetOutput(os.Stderr)
	if cfg.S3 != "" {
		if cfg.S3, err = below(cfg.S3, filepath.Base(dir)); err != nil {
			return err
		}
		if !*keep {
			defer c.empty(&cfg)
		}
	}
	var ready readyLinks
	if *keep {
		cfg.Enter = ready.enter
	}
	out, err := demo.Run(c.ctx, demoHost(cfg, program), demo.Config{
		Phones: *phones, Crowd: *crowd, Seed: *seed, Dir: dir, Out: c.stdout, Language: catalogue.Match(*lang),
		Program: []string{program, phoneProcess},
	}, *keep)
	if err != nil {
		if c.ctx.Err() == nil {
			fmt.Fprintln(c.stderr, err) // the demo is for people who read code: where it broke helps them
		}
		return err
	}
	if *keep {
		if err := c.keepDemo(out, &ready, catalogue.Match(*lang)); err != nil {
			return err
		}
	}
	if !out.OK {
		return &fault{
			exit: exitInternal, err: errDemo, key: "server.fault_demo", detail: fmt.Sprintf("-seed %d -phones %d -crowd %d", *seed, *phones, *crowd),
		}
	}
	return nil
}

// keepDemo leaves the demo's server up and says how to join it.
func (c *call) keepDemo(out demo.Outcome, ready *readyLinks, lang catalogue.Language) error {
	s := out.Server.(*demoServer).Server
	issued, err := s.Enroll().Issue(c.ctx, enroll.Invitation{
		Unit: s.Root().ID, Role: syncproto.RoleEditor, Name: guest(lang), Valid: time.Hour,
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(c.stdout, catalogue.Text(lang, "demo.keep", map[string]string{"url": s.URL(), "code": issued.Code, "data": s.cfg.Data}))
	if out.Photo != "" {
		fmt.Fprintln(c.stdout, catalogue.Text(lang, "demo.keep_photo", map[string]string{"url": s.URL(), "token": out.Token, "record": string(out.Photo)}))
	}
	if out.Officers[0] != "" {
		fmt.Fprintln(c.stdout, catalogue.Text(lang, "demo.keep_desk", map[string]string{
			"url": s.URL(), "one": out.Officers[0], "other": out.Officers[1], "password": out.Password,
		}))
	}
	fmt.Fprintf(c.stdout, "\n%s\n", catalogue.Text(lang, "demo.keep_links", ready.open(s, out))) // last, where it is seen
	err = s.Wait(c.ctx)
	return errors.Join(err, s.Close())
}

func guest(lang catalogue.Language) string { return catalogue.Text(lang, "demo.guest", nil) }

func runDemoPhone(c *call) error {
	if code := demo.PhoneProcess(c.ctx, c.args, c.stdout); code != 0 {
		return usageError("%s", phoneProcess)
	}
	return nil
}

// demoServer gives the demo what an operator has.
type demoServer struct{ *Server }

// below gives a demo a part of the bucket of its own: what another one left there would look like files that came
// before.
func below(bucket, name string) (string, error) {
	u, err := url.Parse(bucket)
	if err != nil {
		return "", usageError("s3: an address without a key in it")
	}
	u.Path = strings.TrimSuffix(u.Path, "/") + "/" + name
	return u.String(), nil
}

// empty takes out of the bucket what the demo put into it.
func (c *call) empty(cfg *Config) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), time.Minute)
	defer cancel()
	err := func() error {
		blobs, err := openBlobs(ctx, cfg)
		if err != nil {
			return err
		}
		defer blobs.Close()
		if _, err := blobs.Sweep(ctx, time.Now().Add(time.Hour).UnixMilli()); err != nil {
			return err
		}
		for {
			list, err := blobs.List(ctx, storage.BlobID{}, 500)
			if err != nil || len(list) == 0 {
				return err
			}
			for _, b := range list {
				if err := blobs.Delete(ctx, b.ID); err != nil {
					return err
				}
			}
		}
	}()
	if err != nil {
		fmt.Fprintln(c.stderr, err)
	}
}

// demoFree is the room that the demo leaves on the disk: it runs on machines that have little.
const demoFree = 64 << 20

// demoHold is how long the demo's editors can take something back: their days last seconds.
const demoHold = 3 * time.Second

// demoHost starts servers as serve does, on a free port, in this process or by running program again.
func demoHost(cfg Config, program string) demo.Host {
	return demo.Host{
		Start: func(ctx context.Context, dir string, ring *demo.Ring) (demo.Server, error) {
			s, err := Start(ctx, demoConfig(cfg, dir, ring))
			if err != nil {
				return nil, err
			}
			return &demoServer{s}, rememberAddress(dir, s)
		},
		Spawn: func(ctx context.Context, dir string, ring *demo.Ring) (demo.Child, error) {
			return spawnDemo(ctx, cfg.S3, program, dir, ring)
		},
		Backup: func(ctx context.Context, s demo.Server, path string) error {
			return s.(*demoServer).Backup(ctx, path)
		},
		Restore: func(ctx context.Context, dir, backup string) error {
			_, err := Restore(ctx, dir, backup)
			return err
		},
	}
}

// demoConfig is cfg for a server of the demo.
func demoConfig(cfg Config, dir string, ring *demo.Ring) Config {
	cfg.Data, cfg.Listen, cfg.MinFree, cfg.Hold = dir, addressOf(dir), demoFree, demoHold
	if ring != nil {
		cfg.FCMCredentials, cfg.FCMRootsFile, cfg.FCMEndpoint = ring.Credentials, ring.Roots, ring.Endpoint
		cfg.PushRate, cfg.PushRamp = ring.Rate, -1 // a demo is over before a ramp is
	}
	return cfg
}

// demoAddress keeps the port beside the data, so that a server that comes back is found where it was.
const demoAddress = "demo-address"

func addressOf(dir string) string {
	if b, err := os.ReadFile(filepath.Join(dir, demoAddress)); err == nil {
		return string(b)
	}
	return "127.0.0.1:0"
}

func rememberAddress(dir string, s *Server) error {
	return os.WriteFile(filepath.Join(dir, demoAddress), []byte(s.Addr().String()), 0o600)
}

func (s *demoServer) Stop(context.Context) error { return s.Close() }

func (s *demoServer) Store() storage.Store { return s.Server.Store() }

func (s *demoServer) Blobs() storage.Blobs { return s.blobs }

// StaffLink makes what staff link prints.
func (s *demoServer) StaffLink(ctx context.Context, person syncproto.ID) (string, error) {
	make := s.staff.FirstLink
	if person != "" {
		make = func(ctx context.Context) (*staff.IssuedLink, error) { return s.staff.LinkFor(ctx, person) }
	}
	link, err := make(ctx)
	if err != nil {
		return "", err
	}
	return link.Link, nil
}

// AddUnit creates a unit. The first one, which has no parent, is the root that the server made, under its real name.
func (s *demoServer) AddUnit(ctx context.Context, name, level string, parent syncproto.ID) (syncproto.ID, error) {
	if parent == "" {
		return s.Root().ID, s.People().RenameUnit(ctx, s.Root().ID, name)
	}
	u, err := s.People().CreateUnit(ctx, syncproto.Unit{Name: name, Level: level, Parent: parent})
	return u.ID, err
}

func (s *demoServer) Invite(ctx context.Context, unit syncproto.ID, role syncproto.Role, name string) (string, error) {
	issued, err := s.Enroll().Issue(ctx, enroll.Invitation{Unit: unit, Role: role, Name: name, Valid: time.Hour})
	if err != nil {
		return "", err
	}
	return issued.Code, nil
}
