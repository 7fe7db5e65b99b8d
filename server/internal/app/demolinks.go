package app

import (
	"context"
	"crypto/rand"
	"sync"

	"lantoa/server/internal/demo"
	"lantoa/server/internal/staff"
	"lantoa/syncproto"
)

// readyLinks let whoever runs a demo in as its people: each link is a secret that only this terminal has shown.
type readyLinks struct {
	mu       sync.Mutex
	service  *staff.Service
	password string
	logins   map[string]string // by secret
}

// open makes a link for an editor, an officer and an operator.
func (l *readyLinks) open(s *Server, out demo.Outcome) words {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.service, l.password, l.logins = s.staff, out.Password, map[string]string{}
	args := words{}
	for name, login := range map[string]string{"editor": out.Editor, "officer": out.Officers[0], "operator": out.Operator} {
		args[name] = "—"
		if login != "" {
			secret := rand.Text()
			l.logins[secret] = login
			args[name] = forBrowser(s.URL()) + consolePath + "enter/" + secret
		}
	}
	return args
}

// enter lets somebody in by a secret.
func (l *readyLinks) enter(ctx context.Context, v *staff.Visit, secret string) (*staff.Entry, error) {
	l.mu.Lock()
	login, service, password := l.logins[secret], l.service, l.password
	l.mu.Unlock()
	if login == "" {
		return nil, syncproto.E(syncproto.CodeNotFound, "open a ready link", nil)
	}
	return service.SignIn(ctx, v, login, password)
}
