package walk_test

import (
	"slices"

	"lantoa/server/internal/console/rig"
	"lantoa/syncproto"
)

// screens are all screens of the console: each page at least once, and the states of it that look different. Of a town
// without anything in it the addresses are those of nothing.
func screens(w *town) []screen {
	return slices.Concat(w.frameScreens(), w.entryScreens(), w.queueScreens(), w.itemScreens(), w.pressScreens(), w.callScreens(), w.rosterScreens(), w.officeScreens(), w.overviewScreens())
}

func (w *town) frameScreens() []screen {
	return []screen{
		{name: "frame/missing", path: "/console/no-such-page", who: w.Editor, fault: "answer 404"},
		{name: "frame/stranger", path: "/console/no-such-page", fault: "answer 404"},
	}
}

func (w *town) entryScreens() []screen {
	return []screen{
		{name: "entry/sign-in", path: "/console/sign-in"},
		{name: "entry/refused", path: "/console/sign-in", fault: "answer 4", do: func(tab *rig.Tab) {
			tab.Fill("[name=login]", "khong.ai")
			tab.Fill("[name=password]", "sai rồi, mật khẩu này")
			tab.Follow("main form button.main")
		}},
		{name: "entry/recovery", path: "/console/sign-in/recovery"},
		{name: "entry/link", path: "/console/link/" + w.link},
		{name: "entry/link-unknown", path: "/console/link/khong-co", fault: "answer 4"},
		{name: "entry/account", path: "/console/account", who: w.Editor},
		{name: "entry/password", path: "/console/account/password", who: w.Editor},
		{name: "entry/password-refused", path: "/console/account/password", who: w.Editor, fault: "answer 4", do: func(tab *rig.Tab) {
			tab.Fill("main [type=password]", "ngắn")
			tab.Follow("main form button.main")
		}},
		{name: "entry/codes", path: "/console/account/codes", who: w.Editor},
		{name: "entry/renew", path: "/console/account/renew", who: w.Second},
		{name: "entry/revoke", path: "/console/account/phones/" + string(w.handset) + "/revoke", who: w.Editor},
		{name: "entry/welcome", path: "/console/welcome", who: w.Admin},
		{name: "entry/again", path: "/console/account/codes", who: w.Deputy, fault: "answer 4", do: func(tab *rig.Tab) {
			tab.SignOut()
			tab.Follow("main form button.main")
		}},
		{name: "entry/again-alone", path: "/console/again"},
		{name: "entry/session-ended", path: "/console/account", fault: "answer 4"},
	}
}

func (w *town) queueScreens() []screen {
	queue := func(name, query string) screen {
		return screen{name: "queue/" + name, path: "/console/queue" + query, who: w.Editor}
	}
	return []screen{
		queue("mine", ""),
		queue("open", "?view=open"),
		queue("all", "?view=all"),
		queue("found-nothing", "?view=all&q=khongcogica"),
		queue("filtered", "?view=all&state=published&flag=&order="),
		queue("beside", "/"+string(w.fresh)+"?view=open"),
		queue("wild", "/"+string(w.odd)+"?view=open"),
		queue("partial", "/"+string(w.partial)+"?view=all"),
		queue("taken", "/"+string(w.claimed)+"?view=all"),
		queue("conflicts", "/conflicts"),
		{name: "queue/keys", path: "/console/queue?view=open", who: w.Editor, do: func(tab *rig.Tab) { tab.Press("?") }},
		{name: "queue/bulk", path: "/console/queue?view=open", who: w.Editor, do: func(tab *rig.Tab) {
			tab.Click(".queue-row:nth-child(2) .queue-tick input")
			tab.Click(".queue-row:nth-child(3) .queue-tick input")
			tab.Fill("#queue-command", "approve")
			tab.Follow(".queue-bar button:not([name])")
		}},
	}
}

func (w *town) itemScreens() []screen {
	item := func(name string, id syncproto.ID, more string) screen {
		return screen{name: "item/" + name, path: "/console/items/" + string(id) + more, who: w.Editor}
	}
	return []screen{
		item("fresh", w.fresh, ""), item("wild", w.odd, ""), item("partial", w.partial, ""), item("taken", w.claimed, ""),
		item("returned", w.returned, ""), item("approved", w.approved, ""), item("published", w.published, ""), item("corrected", w.corrected, ""),
		item("taken-down", w.takenDown, ""), item("declined", w.declined, ""), item("event", w.event, ""), item("conflict", w.conflict, ""),
		item("return", w.fresh, "/do/return"), item("decline", w.fresh, "/do/decline"),
		{name: "item/hand-over", path: "/console/items/" + string(w.claimed) + "/do/hand_over", who: w.Second},
		item("correct", w.published, "/do/correct"), item("take-down", w.published, "/do/take_down"),
		item("hide-photo", w.fresh, "/parts/"+string(w.photo)+"/do/take_down"),
		item("edit", w.fresh, "/edit"), item("edit-event", w.fresh, "/parts/"+string(w.activity)+"/edit"), item("edit-wild", w.odd, "/edit"),
		item("photo", w.fresh, "/photos/"+string(w.photo)),
		item("consents", w.fresh, "/consents"), item("withdraw", w.fresh, "/consents/"+string(w.consent)+"/withdraw"),
		item("card", w.conflict, "/conflicts/"+string(w.card)),
		item("compare", w.corrected, "/compare?from=2&to=6"), item("compare-wild", w.odd, "/compare"),
		item("history", w.corrected, "/history"),
	}
}

func (w *town) pressScreens() []screen {
	return []screen{
		{name: "press/published", path: "/console/items/" + string(w.published) + "/press", who: w.Editor},
		{name: "press/corrected", path: "/console/items/" + string(w.corrected) + "/press", who: w.Editor},
		{name: "press/event", path: "/console/items/" + string(w.event) + "/press", who: w.Editor},
	}
}

func (w *town) callScreens() []screen {
	call := func(name string, id syncproto.ID, more string) screen {
		return screen{name: "calls/" + name, path: "/console/calls/" + string(id) + more, who: w.Officer}
	}
	return []screen{
		{name: "calls/list", path: "/console/calls", who: w.Officer},
		{name: "calls/new", path: "/console/calls/new", who: w.Officer},
		{name: "calls/frequency", path: "/console/calls/frequency", who: w.Officer},
		{name: "calls/campaigns", path: "/console/campaigns", who: w.Officer},
		{name: "calls/new-campaign", path: "/console/campaigns/new", who: w.Officer},
		{name: "calls/campaign", path: "/console/campaigns/" + string(w.campaign), who: w.Officer},
		{name: "calls/end-campaign", path: "/console/campaigns/" + string(w.campaign) + "/close", who: w.Officer},
		call("draft", w.draft, ""), call("proposed", w.proposed, ""), call("sent", w.sent, ""), call("closed", w.closed, ""),
		call("edit", w.draft, "/edit"), call("send", w.draft, "/send"), call("cancel", w.draft, "/cancel"), call("close", w.sent, "/close"),
		call("reach", w.sent, "/reach"), call("answers", w.sent, "/answers"), call("unreached", w.sent, "/unreached"),
	}
}

func (w *town) officeScreens() []screen {
	office := func(name, path string) screen {
		return screen{name: "office/" + name, path: "/console" + path, who: w.Admin}
	}
	return []screen{
		office("cases", "/cases"), office("new-case", "/cases/new"), office("new-withdrawal", "/cases/new?kind=withdrawal"),
		office("case", "/cases/"+string(w.open)), office("erase", "/cases/"+string(w.open)+"/erase"), office("export", "/cases/"+string(w.open)+"/export"),
		office("audit", "/audit"),
		{name: "office/server", path: "/console/server", who: w.Operator},
		{name: "office/cases-of-editor", path: "/console/cases", who: w.Editor},
	}
}

func (w *town) overviewScreens() []screen {
	return []screen{
		{name: "overview/editor", path: "/console/overview", who: w.Editor},
		{name: "overview/officer", path: "/console/overview", who: w.Officer},
		{name: "overview/operator", path: "/console/overview", who: w.Operator},
		{name: "overview/year", path: "/console/overview?period=year", who: w.Admin},
		{name: "overview/commune", path: "/console/overview?period=7d&unit=" + string(w.Commune), who: w.Admin},
		{name: "overview/before-all", path: "/console/overview?period=last_month", who: w.Admin},
		{name: "overview/print", path: "/console/overview?period=month&print=1", who: w.Admin},
		{name: "overview/wrong", path: "/console/overview?period=custom&from=2020-01-01&until=2026-01-01&step=day", who: w.Admin, fault: "answer 400"},
	}
}
