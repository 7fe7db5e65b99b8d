package rig

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// hang is how long anything may take before a test fails. It decides nothing else: whoever waits goes on at once.
const hang = 60 * time.Second

// Tab is a tab with a profile of its own: no cookies, nothing stored, Vietnamese, light, 1366×768. Its methods fail the
// test at once when something cannot be done.
type Tab struct {
	t      testing.TB
	ctx    context.Context
	at     string // of the server, "http://127.0.0.1:4711"
	faults faults
	touch  bool // a phone
	width  int  // of the window
	height int
	mute   bool // without scripts
	lang   string
	zoom   page.ScriptIdentifier // makes letters larger; "" for nothing
}

// In lets a part of a test use the tab: what goes wrong until that part ends is its fault.
func (tab *Tab) In(t testing.TB) {
	whole, expected := tab.t, len(tab.faults.expected)
	tab.t = t
	t.Cleanup(func() {
		tab.Clean()
		tab.t, tab.faults.expected = whole, tab.faults.expected[:expected]
	})
}

// NewTab opens a tab for a server. It is closed when the test ends, and what went wrong in it fails the test.
func NewTab(t testing.TB, server string) *Tab {
	t.Helper()
	tab := &Tab{t: t, at: strings.TrimSuffix(server, "/"), lang: "vi"}
	ctx, cancel := chromedp.NewContext(browser(t), chromedp.WithNewBrowserContext(), chromedp.WithListener(tab.faults.listen))
	tab.ctx = ctx
	t.Cleanup(func() {
		tab.settle()
		cancel()
	})
	tab.do(
		call(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watch}),
		call(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}),
	)
	tab.Language("vi")
	tab.Size(1366, 768)
	return tab
}

// call is a command of the protocol as a step.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, params)
		return err
	})
}

func (tab *Tab) do(steps ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	ctx := tab.ctx
	if chromedp.FromContext(ctx).Target != nil { // the first steps bind the life of the tab to their context
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, hang)
		defer cancel()
	}
	if err := chromedp.Do(ctx, steps...); err != nil {
		tab.t.Fatalf("the browser: %v", err)
	}
}

// Open goes to a path of the server, or to a whole address, and waits until the page is there.
func (tab *Tab) Open(path string) {
	tab.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = tab.at + path
	}
	tab.do(chromedp.Navigate(path))
	tab.ready()
}

// Reload loads the page again.
func (tab *Tab) Reload() {
	tab.t.Helper()
	tab.do(chromedp.Reload())
	tab.ready()
}

// Back goes back in the history.
func (tab *Tab) Back() {
	tab.t.Helper()
	tab.do(chromedp.NavigateBack())
	tab.ready()
}

// ready waits until all that a page loads at once is there and its modules ran.
func (tab *Tab) ready() {
	tab.t.Helper()
	tab.Wait(`document.readyState === 'complete'`)
}

// Path is the path and query of the page that is shown.
func (tab *Tab) Path() string {
	tab.t.Helper()
	return Eval[string](tab, `location.pathname + location.search`)
}

// Title is that of the window.
func (tab *Tab) Title() string {
	tab.t.Helper()
	return Eval[string](tab, `document.title`)
}

// Eval is the value of a JS expression, awaited.
func Eval[T any](tab *Tab, expression string) T {
	tab.t.Helper()
	value, err := try[T](tab, expression)
	if err != nil {
		tab.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// Run runs a JS expression for what it does.
func (tab *Tab) Run(expression string) {
	tab.t.Helper()
	Eval[chromedp.Void](tab, expression)
}

func try[T any](tab *Tab, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(tab.ctx, hang)
	defer cancel()
	if tab.mute { // nothing is awaited where no script runs
		return chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	}
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// pause is between two looks at a page.
const pause = 10 * time.Millisecond

// Wait waits until a JS expression is true; it may be a promise.
func (tab *Tab) Wait(expression string) {
	tab.t.Helper()
	truth := "(async () => !!(await (" + expression + ")))()"
	if tab.mute {
		truth = "!!(" + expression + ")"
	}
	var last error
	tab.until(expression, func() bool {
		var ok bool
		ok, last = try[bool](tab, truth) // fails while a page gives way to another
		return last == nil && ok
	}, &last)
}

func (tab *Tab) until(what string, ok func() bool, last *error) {
	tab.t.Helper()
	for end := time.Now().Add(hang); !ok(); time.Sleep(pause) {
		if time.Now().After(end) || tab.ctx.Err() != nil {
			tab.t.Fatalf("waited for %s in vain; the page is %s (%v)", what, tab.brief(), *last)
		}
	}
}

// brief tells what a page shows, for whoever reads why a test failed.
func (tab *Tab) brief() string {
	text, err := try[string](tab, `location.href + ' «' + document.title + '» ' + (document.querySelector('main') ?? document.body).innerText.slice(0, 600)`)
	if err != nil {
		return err.Error()
	}
	return text
}

// Text is what somebody reads in the first element of a selector.
func (tab *Tab) Text(css string) string {
	tab.t.Helper()
	tab.Wait(`document.querySelector(` + Quote(css) + `)`)
	return Eval[string](tab, `document.querySelector(`+Quote(css)+`).innerText.trim()`)
}

// Texts is what somebody reads in all elements of a selector.
func (tab *Tab) Texts(css string) []string {
	tab.t.Helper()
	return Eval[[]string](tab, `[...document.querySelectorAll(`+Quote(css)+`)].map(e => e.innerText.trim())`)
}

// Count counts the elements of a selector.
func (tab *Tab) Count(css string) int {
	tab.t.Helper()
	return Eval[int](tab, `document.querySelectorAll(`+Quote(css)+`).length`)
}

// Value is what a field holds.
func (tab *Tab) Value(css string) string {
	tab.t.Helper()
	tab.Wait(`document.querySelector(` + Quote(css) + `)`)
	return Eval[string](tab, `document.querySelector(`+Quote(css)+`).value`)
}

// WaitText waits until an element holds a text.
func (tab *Tab) WaitText(css, text string) {
	tab.t.Helper()
	tab.Wait(`[...document.querySelectorAll(` + Quote(css) + `)].some(e => e.innerText.includes(` + Quote(text) + `))`)
}

// SetCookie gives the tab a cookie of the server.
func (tab *Tab) SetCookie(name, value string) {
	tab.t.Helper()
	tab.do(call(network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: tab.at + "/", HTTPOnly: new(true), SameSite: network.CookieSameSiteLax}))
}

// DropCookie takes a cookie away.
func (tab *Tab) DropCookie(name string) {
	tab.t.Helper()
	tab.do(call(network.DeleteCookies, network.DeleteCookiesParams{Name: name, URL: tab.at + "/"}))
}

// Context is that of the tab, for what has no method here.
func (tab *Tab) Context() context.Context { return tab.ctx }

// Quote writes a text as scripts do.
func Quote(text string) string {
	data, err := json.Marshal(text)
	if err != nil {
		panic(errors.Join(errors.New("quote"), err))
	}
	return string(data)
}
