package walk_test

import (
	"strconv"
	"strings"
	"testing"

	"lantoa/server/internal/console/rig"
	"lantoa/syncproto"
)

// TestStaleApproval: what the phone changed after the editor read it is not approved; the editor is told, and sees what
// changed.
func TestStaleApproval(t *testing.T) {
	for _, scripts := range []bool{true, false} {
		t.Run(map[bool]string{true: "with scripts", false: "without"}[scripts], func(t *testing.T) {
			w := rig.Start(t, undoable)
			lan := w.Phone("Nguyễn Thị Lan", w.Commune)
			id := lan.Story("Xuồng gạo", longText)
			tab := w.Tab(w.Editor)
			if !scripts {
				tab.NoScript()
			}
			tab.Open("/console/items/" + string(id))
			lan.Rewrite(id, "title", "Xuồng gạo về xóm ngập")
			lan.Send()
			tab.Expect("answer 409")
			tab.Follow("form[data-act=approve] button")
			tab.WaitText("main", "Xuồng gạo về xóm ngập")
			if state := w.Record(id).State; state == syncproto.StateApproved {
				t.Error("what nobody read is approved")
			}
			if tab.Count(".problem") == 0 {
				t.Error("the editor is told nothing")
			}
		})
	}
}

// TestSessionEndsInMidEdit: the typed text survives, and the edit is done once the editor signed in again.
func TestSessionEndsInMidEdit(t *testing.T) {
	for _, scripts := range []bool{true, false} {
		t.Run(map[bool]string{true: "with scripts", false: "without"}[scripts], func(t *testing.T) {
			w := rig.Start(t)
			lan := w.Phone("Nguyễn Thị Lan", w.Commune)
			id := lan.Story("Xuồng gạo", longText)
			w.Editor.Takes(id, "", syncproto.CommandClaim)
			tab := w.Tab(w.Editor)
			if !scripts {
				tab.NoScript()
			}
			tab.Open("/console/items/" + string(id) + "/edit")
			tab.Fill("[name=title]", "Xuồng gạo về xóm ngập")
			w.Editor.EndSessions()
			tab.Expect("answer 401")
			tab.Follow("form[action$='/edit'] .acts button")
			tab.Fill("#f-login", w.Editor.Login)
			tab.Fill("#f-password", rig.Password)
			tab.Follow("main form button.main")
			w.Until("the edit", func() bool {
				title, _ := w.Record(id).Fields["title"].AsText()
				return title == "Xuồng gạo về xóm ngập"
			})
			if strings.HasSuffix(tab.Path(), "/again") {
				t.Errorf("the editor is still asked at %s", tab.Path())
			}
		})
	}
}

// TestServerRestartsInMidEdit: what was typed while the server was away is there when it is back, and is sent then.
func TestServerRestartsInMidEdit(t *testing.T) {
	w := rig.Start(t)
	lan := w.Phone("Nguyễn Thị Lan", w.Commune)
	id := lan.Story("Xuồng gạo", longText)
	w.Editor.Takes(id, "", syncproto.CommandClaim)
	tab := w.Tab(w.Editor)
	tab.Expect("ERR_CONNECTION_REFUSED") // of a server that is away
	tab.Expect("ERR_INCOMPLETE_CHUNKED")
	tab.Expect("ERR_CONNECTION_RESET")
	tab.Expect("ERR_EMPTY_RESPONSE")
	tab.Open("/console/items/" + string(id) + "/edit")
	tab.Fill("[name=title]", "Xuồng gạo về")
	w.Stop()
	tab.Fill("[name=title]", "Xuồng gạo về xóm ngập")
	tab.Click("form[action$='/edit'] .acts button")
	tab.Wait(`location.protocol === 'chrome-error:' || document.querySelector('.toast, .problem')`)
	w.Run()
	tab.Open("/console/items/" + string(id) + "/edit")
	if got := tab.Value("[name=title]"); got != "Xuồng gạo về xóm ngập" {
		t.Fatalf("the title is %q", got)
	}
	tab.Follow("form[action$='/edit'] .acts button")
	w.Until("the edit", func() bool {
		title, _ := w.Record(id).Fields["title"].AsText()
		return title == "Xuồng gạo về xóm ngập"
	})
}

// TestNoNetworkKeepsText: without a network nothing that was typed is lost, the page says so, and nothing is sent twice
// when it is back.
func TestNoNetworkKeepsText(t *testing.T) {
	w := rig.Start(t)
	lan := w.Phone("Nguyễn Thị Lan", w.Commune)
	id := lan.Story("Xuồng gạo", longText)
	w.Editor.Takes(id, "", syncproto.CommandClaim)
	tab := w.Tab(w.Editor)
	tab.Open("/console/items/" + string(id) + "/edit")
	tab.Offline(true)
	tab.Wait(`!document.getElementById('offline').hidden`)
	tab.Axe()
	tab.Screenshot("frame/offline-1366")
	tab.Fill("[name=title]", "Xuồng gạo về xóm ngập")
	tab.Click("form[action$='/edit'] .acts button")
	tab.Wait(`document.querySelector('#toasts')?.innerText`)
	if got := tab.Value("[name=title]"); got != "Xuồng gạo về xóm ngập" {
		t.Errorf("the title is %q", got)
	}
	tab.Offline(false)
	tab.Wait(`document.getElementById('offline').hidden`)
	tab.Follow("form[action$='/edit'] .acts button")
	w.Until("the edit", func() bool {
		title, _ := w.Record(id).Fields["title"].AsText()
		return title == "Xuồng gạo về xóm ngập"
	})
}

// forms are pages with forms that take texts, and who fills them in.
func (w *town) forms() map[string]*rig.Person {
	item := "/console/items/" + string(w.fresh)
	return map[string]*rig.Person{
		item + "/edit": w.Editor, item + "/do/return": w.Editor, item + "/consents": w.Editor, item + "/photos/" + string(w.photo): w.Editor,
		"/console/people/new": w.Admin, "/console/people/" + string(w.person): w.Admin, "/console/units/" + string(w.Commune): w.Admin,
		"/console/units/change": w.Admin, "/console/invites": w.Admin, "/console/cases/new": w.Admin, "/console/cases/" + string(w.open): w.Admin,
		"/console/calls/new": w.Officer, "/console/calls/" + string(w.draft) + "/edit": w.Officer, "/console/campaigns/new": w.Officer,
		"/console/sign-in": nil, "/console/sign-in/recovery": nil, "/console/queue?view=all": w.Editor, "/console/people": w.Admin, "/console/audit": w.Admin,
	}
}

// fillAll puts a text into every field of every form that takes any, and sends the form of a number, whatever it asks for.
const fillAll = `(text, n) => {
  const forms = [...document.querySelectorAll('main form')].filter(f => f.querySelector('textarea, input:not([type]), input[type=text], input[type=search], input[type=tel], input[type=url], input[type=password]'));
  if (n >= forms.length) return false;
  for (const e of forms[n].querySelectorAll('textarea, input:not([type]), input[type=text], input[type=search], input[type=tel], input[type=url], input[type=password]')) e.value = text;
  forms[n].noValidate = true;
  forms[n].requestSubmit();
  return true;
}`

// TestEveryFieldTakesAnything: HTML, right-to-left text, emoji and ten thousand letters in every field are kept or refused
// with a sentence; nothing runs, nothing breaks, and pages keep their shape.
func TestEveryFieldTakesAnything(t *testing.T) {
	w := newTown(t)
	texts := map[string]string{"html": wild.html, "rtl": wild.rtl, "emoji": wild.emoji, "long": wild.long}
	order := []string{"html", "long", "rtl", "emoji"}
	tabs, turn := map[*rig.Person]*rig.Tab{}, 0
	for path, who := range w.forms() {
		tab := tabs[who]
		if tab == nil {
			tab = w.Stranger()
			if who != nil {
				tab.SignIn(who)
			}
			tabs[who] = tab
		}
		t.Run(path, func(t *testing.T) {
			tab.In(t)
			tab.Expect("answer 4") // a refusal is an answer
			for n := 0; n < 6; n++ {
				tab.Open(path)
				kind := order[turn%len(order)]
				turn++
				more := true
				tab.Leave(func() {
					if more = rig.Eval[bool](tab, `(`+fillAll+`)(`+rig.Quote(texts[kind])+`, `+strconv.Itoa(n)+`)`); !more {
						tab.Run(`location.reload()`)
					}
				})
				if !more {
					break
				}
				tab.NoHorizontalScroll()
				tab.Sound()
			}
		})
	}
}
