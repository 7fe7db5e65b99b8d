package walk_test

import (
	"slices"

	"lantoa/server/internal/console/rig"
)

// screens are all screens of the console: each page at least once, and the states of it that look different. Of a town
// without anything in it the addresses are those of nothing.
func screens(w *town) []screen {
	return slices.Concat(w.frameScreens(), w.entryScreens())
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
