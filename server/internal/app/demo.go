package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"time"

	"lantoa/server/internal/demo"
	"lantoa/server/internal/enroll"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// phoneProcess is the hidden command under which the demo runs a phone that it means to kill.
const phoneProcess = "demo-phone"

// errDemo says that the demo ran and found an invariant broken; the demo has printed which.
var errDemo = errors.New("an invariant of the demo does not hold")

func runDemo(c *call) error {
	f := c.flags("demo")
	keep := f.Bool("keep", false, "server.flag_demo_keep")
	phones := f.Int("phones", 30, "server.flag_demo_phones")
	seed := f.Uint64("seed", 1, "server.flag_demo_seed")
	lang := f.String("lang", "vi", "server.flag_demo_lang")
	if err := c.parse(f, 0); err != nil {
		return err
	}
	if *phones < 8 || *phones > 200 {
		return usageError("phones: %d", *phones)
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
	ok, server, err := demo.Run(c.ctx, demoHost(), demo.Config{
		Phones: *phones, Seed: *seed, Dir: dir, Out: c.stdout, Language: catalogue.Match(*lang),
		Program: []string{program, phoneProcess},
	}, *keep)
	if err != nil {
		if c.ctx.Err() == nil {
			fmt.Fprintln(c.stderr, err) // the demo is for people who read code: where it broke helps them
		}
		return err
	}
	if *keep {
		if err := c.keepDemo(server.(*demoServer).Server, catalogue.Match(*lang)); err != nil {
			return err
		}
	}
	if !ok {
		return &fault{
			exit: exitInternal, err: errDemo, key: "server.fault_demo", detail: fmt.Sprintf("-seed %d -phones %d", *seed, *phones),
		}
	}
	return nil
}

// keepDemo leaves the demo's server up and says how to join it.
func (c *call) keepDemo(s *Server, lang catalogue.Language) error {
	issued, err := s.Enroll().Issue(c.ctx, enroll.Invitation{
		Unit: s.Root().ID, Role: syncproto.RoleEditor, Name: guest(lang), Valid: time.Hour,
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(c.stdout, catalogue.Text(lang, "demo.keep", map[string]string{"url": s.URL(), "code": issued.Code, "data": s.cfg.Data}))
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

// demoHost starts servers as serve does, on a free port.
func demoHost() demo.Host {
	return demo.Host{
		Start: func(ctx context.Context, dir string) (demo.Server, error) {
			s, err := Start(ctx, Config{Data: dir, Listen: addressOf(dir)})
			if err != nil {
				return nil, err
			}
			return &demoServer{s}, rememberAddress(dir, s)
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
