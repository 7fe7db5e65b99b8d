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
func (w *town) forms() []screen {
	item := "/console/items/" + string(w.fresh)
	return []screen{
		{path: item + "/edit", who: w.Editor},
		{path: item + "/do/return", who: w.Editor},
		{path: item + "/consents", who: w.Editor},
		{path: item + "/photos/" + string(w.photo), who: w.Editor},
		{path: "/console/queue?view=all", who: w.Editor},
		{path: "/console/people/new", who: w.Admin},
		{path: "/console/people/" + string(w.person), who: w.Admin},
		{path: "/console/people", who: w.Admin},
		{path: "/console/units/" + string(w.Commune), who: w.Admin},
		{path: "/console/units/change", who: w.Admin},
		{path: "/console/invites", who: w.Admin},
		{path: "/console/cases/new", who: w.Admin},
		{path: "/console/cases/" + string(w.open), who: w.Admin},
		{path: "/console/audit", who: w.Admin},
		{path: "/console/calls/new", who: w.Officer},
		{path: "/console/calls/" + string(w.draft) + "/edit", who: w.Officer},
		{path: "/console/campaigns/new", who: w.Officer},
		{path: "/console/sign-in"},
		{path: "/console/sign-in/recovery"},
	}
}

// fillAll puts a text into every field of the form of a number that takes any, and sends it, whatever it asks for. What
// goes into an address is cut, since no server reads one of ten thousand letters.
const fillAll = `(text, n) => {
  const forms = [...document.querySelectorAll('main form')].filter(f => f.querySelector('textarea, input:not([type]), input[type=text], input[type=search], input[type=tel], input[type=url], input[type=password]'));
  if (n >= forms.length) return false;
  for (const e of forms[n].querySelectorAll('textarea, input:not([type]), input[type=text], input[type=search], input[type=tel], input[type=url], input[type=password]')) e.value = forms[n].method === 'get' ? text.slice(0, 500) : text;
  forms[n].noValidate = true;
  forms[n].requestSubmit();
  return true;
}`

// TestEveryFieldTakesAnything: HTML, right-to-left text, emoji and ten thousand letters in every field are kept or refused
// with a sentence; nothing runs, nothing breaks, and pages keep their shape.
func TestEveryFieldTakesAnything(t *testing.T) {
	w := newTown(t)
	texts := []string{wild.html, wild.long, wild.rtl, wild.emoji}
	tabs, turn := map[*rig.Person]*rig.Tab{}, 0
	for _, s := range w.forms() {
		tab := tabs[s.who]
		if tab == nil {
			tab = w.Stranger()
			tabs[s.who] = tab
		}
		t.Run(strings.TrimPrefix(s.path, "/console/"), func(t *testing.T) {
			tab.In(t)
			tab.Expect("answer 4") // a refusal is an answer
			for n := 0; n < 6; n++ {
				s.open(tab)
				text := texts[turn%len(texts)]
				turn++
				more := true
				tab.Leave(func() {
					if more = rig.Eval[bool](tab, `(`+fillAll+`)(`+rig.Quote(text)+`, `+strconv.Itoa(n)+`)`); !more {
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
