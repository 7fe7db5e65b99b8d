package deskcli

import (
	"net/http"

	"lantoa/server/internal/staff"
	"lantoa/syncproto"
)

func signInCommand(s *session) func() error {
	server := s.flags.String("server", s.Getenv("LANTOA_SERVER"), "")
	return func() error {
		login, err := s.word(0, "LOGIN")
		if err != nil {
			return err
		}
		if err := s.choose(*server); err != nil {
			return err
		}
		password, err := s.Password(s.say("desk.password", map[string]string{"login": login, "server": s.kept.Server}))
		if err != nil {
			return err
		}
		var in struct {
			Token string `json:"token"`
		}
		ask := map[string]any{"login": login, "password": password, "terminal": true}
		if err := s.post("/v1/staff/sign-in", ask, &in); err != nil {
			return err
		}
		s.kept.Login, s.kept.Token = login, in.Token
		if err := s.store(); err != nil {
			return err
		}
		return s.introduce("desk.signed_in")
	}
}

func meCommand(s *session) func() error {
	return func() error { return s.introduce("desk.me") }
}

// me asks who is signed in.
func (s *session) me() (*staff.Me, error) {
	var me staff.Me
	err := s.get("/v1/staff/me", nil, &me)
	return &me, err
}

// introduce tells who is signed in, as what, and by which id others hand work over to them.
func (s *session) introduce(key string) error {
	me, err := s.me()
	if err != nil {
		return err
	}
	if s.json {
		return s.print(map[string]any{"person": me.Person, "name": me.Name, "login": me.Login, "server": s.kept.Server, "grants": me.Grants})
	}
	s.line(key, map[string]string{"name": me.Name, "server": s.kept.Server, "person": string(me.Person)})
	for _, g := range me.Grants {
		s.printf("  %s · %s\n", s.known("role.", string(g.Role)), g.UnitName)
	}
	return nil
}

// choose picks the server: the one that was named, else the one that runs on the data directory, else the last one.
func (s *session) choose(named string) error {
	before := *s.kept
	s.kept = &kept{}
	if named != "" {
		server, ok := cleanServer(named)
		if !ok {
			return s.misuse("desk.wrong_server", map[string]string{"server": named})
		}
		s.kept.Server = server
	} else if url := s.Find(s.data); url != "" {
		s.kept.Server, s.kept.Data = url, s.data
	} else if before.Server != "" {
		s.kept.Server, s.kept.Data = before.Server, before.Data
	} else {
		s.kept.Server = s.Server
	}
	return nil
}

func signOutCommand(s *session) func() error {
	return func() error {
		err := s.send(http.MethodPost, "/v1/staff/sign-out", nil, nil)
		if code := codeOf(err); err != nil && code != syncproto.CodeSessionEnded {
			return err // the session lives on, and so does the file that ends it
		}
		s.kept = &kept{Server: s.kept.Server, Data: s.kept.Data}
		if err := s.store(); err != nil {
			return err
		}
		if s.json {
			return s.print(map[string]bool{"signed_out": true})
		}
		s.line("desk.signed_out", nil)
		return nil
	}
}
