package entry

import (
	"context"
	"strings"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/staff"
	"lantoa/syncproto"
)

// accountPage is what somebody sees of themselves.
type accountPage struct {
	*staff.Me
	Sessions []sessionRow
	Others   int // sessions besides this one
	Phones   []phoneRow
	Keys     []staff.PasskeyView
	Keyed    bool // there can be passkeys at this address
	Keyboard bool // single keys act
	Look     string
	Welcome  bool // offers what a new server needs
}

type sessionRow struct {
	staff.SessionView
	Browser, System string
}

type phoneRow struct {
	staff.DeviceView
	UnitName string
}

func (a *area) addAccount() {
	site := a.site
	site.Handle("GET "+accountPath, page.Own, a.account)
	site.Handle("POST "+accountPath+"/sessions/end", page.Staff, a.endSessions)
	site.Handle("GET "+accountPath+"/phones/{id}/revoke", page.Staff, a.askRevoke)
	site.Handle("POST "+accountPath+"/phones/{id}/revoke", page.Staff, a.revoke)
	site.Handle("GET "+accountPath+"/passkeys/{key}/remove", page.Staff, a.askRemove)
	site.Handle("POST "+accountPath+"/passkeys/{key}/remove", page.Staff, a.remove)
	site.Handle("GET "+accountPath+"/password", page.Staff, a.passwordForm)
	site.Handle("POST "+accountPath+"/password", page.Staff, a.setPassword)
	site.Handle("GET "+accountPath+"/codes", page.Staff, a.codesForm)
	site.Handle("POST "+accountPath+"/codes", page.Staff, a.newCodes)
	site.Handle("GET "+accountPath+"/renew", page.Own, a.renewForm)
	site.Handle("POST "+accountPath+"/renew", page.Own, a.renew)
}

func (a *area) account(ctx context.Context, r *page.Request) (page.Answer, error) {
	if r.Me().Settings.Must {
		return page.Redirect{To: accountPath + "/renew"}, nil
	}
	data := &accountPage{Me: r.Me(), Keyed: a.Staff.Keyed(r.Door().Visit()), Keyboard: r.Look().Keys, Look: r.Look().Theme, Welcome: mayWelcome(r)}
	sessions, err := a.Staff.Sessions(ctx, r.Who)
	if err != nil {
		return nil, err
	}
	for _, s := range sessions {
		browser, system := agent(s.Agent)
		data.Sessions = append(data.Sessions, sessionRow{s, browser, system})
	}
	data.Others = len(sessions) - 1
	if data.Phones, err = a.phones(ctx, r); err != nil {
		return nil, err
	}
	if data.Keys, err = a.Staff.Passkeys(ctx, r.Who); err != nil {
		return nil, err
	}
	return page.View{Name: "entry/account", Title: r.T("entry.account"), Area: "account", Data: data}, nil
}

// phones lists somebody's phones with the names of their units.
func (a *area) phones(ctx context.Context, r *page.Request) ([]phoneRow, error) {
	devices, err := a.Staff.Devices(ctx, r.Who)
	if err != nil || len(devices) == 0 {
		return nil, err
	}
	units, err := a.People.Units(ctx)
	if err != nil {
		return nil, err
	}
	names := make(map[syncproto.ID]string, len(units))
	for i := range units {
		names[units[i].ID] = units[i].Name
	}
	rows := make([]phoneRow, 0, len(devices))
	for _, d := range devices {
		rows = append(rows, phoneRow{d, names[d.Unit]})
	}
	return rows, nil
}

// terminal is what agent calls the command line, which has a word in each language.
const terminal = "terminal"

// agent makes names of people's browsers and systems of what browsers say.
func agent(said string) (browser, system string) {
	find := func(pairs ...string) string {
		for i := 0; i+1 < len(pairs); i += 2 {
			if strings.Contains(said, pairs[i]) {
				return pairs[i+1]
			}
		}
		return ""
	}
	browser = find("coc_coc", "Cốc Cốc", "Edg", "Edge", "OPR/", "Opera", "SamsungBrowser", "Samsung Internet", "Firefox", "Firefox",
		"Zalo", "Zalo", "Chrome", "Chrome", "Safari", "Safari")
	if browser == "" && (said == "terminal" || strings.HasPrefix(said, "Go-http-client")) {
		return terminal, ""
	}
	system = find("Android", "Android", "iPhone", "iPhone", "iPad", "iPad", "Windows", "Windows", "Mac OS", "macOS", "CrOS", "ChromeOS", "Linux", "Linux")
	return browser, system
}

// endSessions ends one session, or all but this one.
func (a *area) endSessions(ctx context.Context, r *page.Request) (page.Answer, error) {
	id := r.ID("session")
	if err := r.Err(); err != nil {
		return nil, err
	}
	if id != "" {
		if err := a.Staff.EndSession(ctx, r.Who, id); err != nil {
			return nil, err
		}
		return page.Redirect{To: accountPath, Flash: &page.Flash{Key: "entry.session_over"}}, nil
	}
	sessions, err := a.Staff.Sessions(ctx, r.Who)
	if err != nil {
		return nil, err
	}
	for _, s := range sessions {
		if s.Current {
			continue
		}
		if err := a.Staff.EndSession(ctx, r.Who, s.ID); err != nil && syncproto.CodeOf(err) != syncproto.CodeNotFound {
			return nil, err
		}
	}
	return page.Redirect{To: accountPath, Flash: &page.Flash{Key: "entry.sessions_over"}}, nil
}

// askPage asks before something that cannot be taken back.
type askPage struct {
	Title, Text, Button string
	Post, Back          string
}

func ask(r *page.Request, about string, args ...any) page.View {
	title := r.T("entry."+about+"_title", args...)
	return page.View{Name: "entry/ask", Title: title, Area: "account", Data: &askPage{
		Title: title, Text: r.T("entry."+about+"_text", args...), Button: r.T("entry." + about), Post: r.URL.Path, Back: accountPath,
	}}
}

func (a *area) askRevoke(_ context.Context, r *page.Request) (page.Answer, error) {
	if _, err := r.PathID("id"); err != nil {
		return nil, err
	}
	return ask(r, "revoke"), nil
}

func (a *area) revoke(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err == nil {
		err = a.Staff.RevokeDevice(ctx, r.Who, id)
	}
	if err != nil {
		return nil, err
	}
	return page.Redirect{To: accountPath, Flash: &page.Flash{Key: "entry.revoked"}}, nil
}
