package rig

import (
	"lantoa/server/internal/staff"
	"lantoa/server/internal/syncer"
	"lantoa/syncproto"
)

// Password is that of everybody in a World.
const Password = "thuyền thúng 77 chiếc"

// sessionCookie holds the token of a browser's session.
const sessionCookie = "lantoa_session"

// Person is somebody with an account.
type Person struct {
	ID    syncproto.ID
	Name  string
	Login string

	w     *World
	token string // of a session
}

// Hire makes a person with a role and an account.
func (w *World) Hire(name string, unit syncproto.ID, role syncproto.Role) *Person {
	w.t.Helper()
	p, _, err := w.Server.People().CreatePerson(background, name, unit, role)
	if err != nil {
		w.t.Fatal(err)
	}
	return &Person{ID: p.ID, Name: name, Login: "ban" + string(p.ID[24:]), w: w}
}

// Token is that of a session. The account is made when it is first asked for, since that takes a while by intention.
func (p *Person) Token() string {
	w := p.w
	w.t.Helper()
	if p.token != "" {
		return p.token
	}
	link, err := w.Staff.LinkFor(background, p.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	entry, err := w.Staff.UseLink(background, &staff.Visit{From: loopback, Agent: "rig"}, staff.Setup{Link: link.Link, Login: p.Login, Password: Password})
	if err != nil {
		w.t.Fatal(err)
	}
	p.token = entry.Token
	return p.token
}

// Link is a link with which somebody sets up their account, or comes in once it is set up.
func (p *Person) Link() string {
	p.w.t.Helper()
	link, err := p.w.Staff.LinkFor(background, p.ID)
	if err != nil {
		p.w.t.Fatal(err)
	}
	return link.Link
}

// SignIn makes another session and returns its token. Tabs of one person otherwise share one.
func (p *Person) SignIn() string {
	p.w.t.Helper()
	p.Token()
	entry, err := p.w.Staff.SignIn(background, &staff.Visit{From: loopback, Agent: "rig"}, p.Login, Password)
	if err != nil {
		p.w.t.Fatal(err)
	}
	return entry.Token
}

// EndSessions signs a person out everywhere, as after a night.
func (p *Person) EndSessions() {
	p.w.t.Helper()
	if err := p.w.Staff.SignOut(background, p.token); err != nil {
		p.w.t.Fatal(err)
	}
	p.token = ""
}

// Desk is a person who asks at the desk in process.
func (p *Person) Desk() syncer.Actor {
	p.w.t.Helper()
	who, err := p.w.Staff.Identify(background, p.Token())
	if err != nil {
		p.w.t.Fatal(err)
	}
	return syncer.Actor{Person: who.Person, Device: who.Device}
}

// Tab opens a tab in which a person is signed in.
func (w *World) Tab(p *Person) *Tab {
	w.t.Helper()
	tab := w.Stranger()
	tab.SignIn(p)
	return tab
}

// Stranger opens a tab in which nobody is signed in.
func (w *World) Stranger() *Tab {
	w.t.Helper()
	return NewTab(w.t, w.URL)
}

// SignIn signs a person in in a tab, without its pages.
func (tab *Tab) SignIn(p *Person) {
	tab.t.Helper()
	tab.SetCookie(sessionCookie, p.Token())
}

// SignOut forgets the session of a tab, as if it had ended elsewhere.
func (tab *Tab) SignOut() {
	tab.t.Helper()
	tab.DropCookie(sessionCookie)
}
