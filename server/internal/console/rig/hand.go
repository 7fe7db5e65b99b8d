package rig

import (
	"strconv"
	"strings"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// spot is where a pointer meets an element.
type spot struct {
	X, Y float64
	Why  string // it cannot be pressed yet
}

// Click presses the first element of a selector that is shown, as a mouse does, or a finger on a phone. It waits until it
// is there, enabled, and not covered.
func (tab *Tab) Click(css string) {
	tab.t.Helper()
	var at spot
	var last error
	tab.until("something to press at "+css, func() bool {
		at, last = try[spot](tab, `(`+find+`)(`+Quote(css)+`)`)
		return last == nil && at.Why == ""
	}, &last)
	if tab.touch {
		tab.do(chromedp.TapXY(at.X, at.Y))
		return
	}
	tab.do(chromedp.MouseEvent(chromedp.MouseMoved, at.X, at.Y), chromedp.MouseClickXY(at.X, at.Y))
}

// find looks where an element can be pressed. What stands beside the way, such as a header that sticks, is scrolled out
// of it.
const find = `(css) => {
  const all = [...document.querySelectorAll(css)];
  const el = all.find(e => e.getClientRects().length && getComputedStyle(e).visibility === 'visible');
  if (!el) return { X: 0, Y: 0, Why: all.length ? 'hidden' : 'absent' };
  if (el.disabled) return { X: 0, Y: 0, Why: 'disabled' };
  el.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
  const r = el.getClientRects()[0];
  const x = r.left + r.width / 2, y = r.top + r.height / 2;
  const hit = document.elementFromPoint(x, y);
  const label = el.labels && [...el.labels].some(l => l.contains(hit));
  if (!hit || !(el.contains(hit) || hit.contains(el) && hit.tagName === 'LABEL' || label)) return { X: x, Y: y, Why: 'covered by ' + (hit && hit.outerHTML.slice(0, 80)) };
  return { X: x, Y: y, Why: '' };
}`

// Follow presses what leads to another page, or sends a form, and waits until the page is there.
func (tab *Tab) Follow(css string) {
	tab.t.Helper()
	tab.Leave(func() { tab.Click(css) })
}

// Leave waits until another page is there after something that leads to it.
func (tab *Tab) Leave(act func()) {
	tab.t.Helper()
	tab.Run(`void (window.rigStays = true)`)
	act()
	tab.Wait(`!window.rigStays && document.readyState === 'complete'`)
}

// Fill puts a text into a field, instead of what was there, or chooses an option by its value.
func (tab *Tab) Fill(css, text string) {
	tab.t.Helper()
	tab.Wait(`document.querySelector(` + Quote(css) + `)`)
	if typed := Eval[bool](tab, `(`+focus+`)(`+Quote(css)+`, `+Quote(text)+`)`); !typed {
		return
	}
	if text == "" {
		tab.Press("Delete")
		return
	}
	tab.do(call(input.InsertText, input.InsertTextParams{Text: text}))
}

// focus goes into a field and selects what it holds; it sets what is not typed by letters itself.
const focus = `(css, text) => {
  const el = document.querySelector(css);
  el.focus();
  if (el.tagName === 'SELECT' || /^(date|time|datetime-local|month|week|color|range|number)$/.test(el.type)) {
    el.value = text;
    if (el.tagName === 'SELECT' && el.value !== text) throw new Error('no option ' + text + ' in ' + css);
    el.dispatchEvent(new Event('input', { bubbles: true }));
    el.dispatchEvent(new Event('change', { bubbles: true }));
    return false;
  }
  el.select();
  return true;
}`

// Type types a text key by key, into whatever has the focus.
func (tab *Tab) Type(text string) {
	tab.t.Helper()
	tab.do(chromedp.KeyEvent(text))
}

// keys are those that have a name instead of a letter.
var keys = map[string]string{
	"Enter": kb.Enter, "Tab": kb.Tab, "Escape": kb.Escape, "Backspace": kb.Backspace, "Delete": kb.Delete, "Space": " ",
	"ArrowUp": kb.ArrowUp, "ArrowDown": kb.ArrowDown, "ArrowLeft": kb.ArrowLeft, "ArrowRight": kb.ArrowRight,
	"Home": kb.Home, "End": kb.End, "PageUp": kb.PageUp, "PageDown": kb.PageDown,
}

var modifiers = map[string]chromedp.Modifier{
	"Shift": chromedp.ModifierShift, "Control": chromedp.ModifierCtrl, "Alt": chromedp.ModifierAlt, "Meta": chromedp.ModifierMeta,
}

// Press presses a key, "j", "?", "Enter", "Shift+Tab", "Control+Enter".
func (tab *Tab) Press(key string) {
	tab.t.Helper()
	var held []chromedp.Modifier
	parts := strings.Split(key, "+")
	for _, name := range parts[:len(parts)-1] {
		m, ok := modifiers[name]
		if !ok {
			tab.t.Fatalf("no key %q", name)
		}
		held = append(held, m)
	}
	last := parts[len(parts)-1]
	text, ok := keys[last]
	if !ok {
		text = last
	}
	if len([]rune(text)) != 1 {
		tab.t.Fatalf("no key %q", last)
	}
	tab.do(chromedp.KeyEvent(text, chromedp.KeyModifiers(held...)))
}

// TabTo presses Tab until the focus is on an element of a selector, as somebody without a mouse does.
func (tab *Tab) TabTo(css string) {
	tab.t.Helper()
	const most = 200
	for range most {
		if Eval[bool](tab, `document.activeElement?.matches(`+Quote(css)+`) ?? false`) {
			return
		}
		tab.Press("Tab")
	}
	tab.t.Fatalf("%s is not reached by %s Tabs; the page is %s", css, strconv.Itoa(most), tab.brief())
}

// Upload gives files to a file field.
func (tab *Tab) Upload(css string, paths ...string) {
	tab.t.Helper()
	tab.do(chromedp.SetUploadFiles(chromedp.CSS(css), paths))
}
