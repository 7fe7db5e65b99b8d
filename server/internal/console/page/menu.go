package page

import "lantoa/syncproto"

// Entry is one line of the menu.
type Entry struct {
	Area string
	To   string
	Icon string
	On   bool
}

// menu offers what somebody's roles are for. What they may do is decided by the services.
func menu(r *Request, area string) []Entry {
	if r.me == nil {
		return nil
	}
	var out []Entry
	offer := func(name, to, icon string, roles ...syncproto.Role) {
		if len(roles) == 0 || r.Has(roles...) {
			out = append(out, Entry{Area: name, To: Root + to, Icon: icon, On: name == area})
		}
	}
	offer("queue", "/queue", "inbox", syncproto.RoleEditor, syncproto.RoleAdmin)
	offer("calls", "/calls", "bell", syncproto.RoleOfficer, syncproto.RoleAdmin, syncproto.RoleOperator)
	offer("overview", "/overview", "chart", syncproto.RoleEditor, syncproto.RoleOfficer, syncproto.RoleAdmin, syncproto.RoleOperator)
	offer("units", "/units", "tree", syncproto.RoleAdmin, syncproto.RoleOperator)
	offer("people", "/people", "people", syncproto.RoleAdmin, syncproto.RoleOperator)
	offer("board", "/board", "phone", syncproto.RoleAdmin, syncproto.RoleOperator)
	offer("cases", "/cases", "shield", syncproto.RoleEditor, syncproto.RoleAdmin, syncproto.RoleOperator)
	offer("audit", "/audit", "list", syncproto.RoleAdmin, syncproto.RoleOperator)
	offer("server", "/server", "server", syncproto.RoleOperator)
	return out
}

// Home is the page on which somebody's work begins.
func (r *Request) Home() string {
	entries := menu(r, "")
	if r.Has(syncproto.RoleOperator) && !r.Has(syncproto.RoleEditor) {
		return Root + "/overview"
	}
	if len(entries) > 0 {
		return entries[0].To
	}
	return Root + "/account"
}
