package rig

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// watch tells the console of what a page wanted to do and may not.
const watch = `document.addEventListener('securitypolicyviolation', (e) => console.error('policy violated: ' + e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sample))`

// faults are what went wrong in a tab.
type faults struct {
	mu       sync.Mutex
	seen     []string
	expected []string
	urls     map[network.RequestID]string
}

// listen takes the events of the browser.
func (f *faults) listen(ev any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch e := ev.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "assert" || e.Type == "warning" {
			f.add("console." + string(e.Type) + ": " + arguments(e.Args))
		}
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		f.add(fmt.Sprintf("uncaught: %s (%s:%d)", text, e.ExceptionDetails.URL, e.ExceptionDetails.LineNumber+1))
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork { // those are told below
			f.add("log: " + e.Entry.Text + " (" + e.Entry.URL + ")")
		}
	case *network.EventRequestWillBeSent:
		if f.urls == nil {
			f.urls = map[network.RequestID]string{}
		}
		f.urls[e.RequestID] = e.Request.Method + " " + e.Request.URL
	case *network.EventResponseReceived:
		if e.Response.Status >= 400 {
			f.add(fmt.Sprintf("answer %d: %s", e.Response.Status, f.urls[e.RequestID]))
		}
	case *network.EventLoadingFailed:
		if !e.Canceled && e.ErrorText != "net::ERR_ABORTED" {
			f.add("request failed: " + e.ErrorText + " " + string(e.BlockedReason) + " " + f.urls[e.RequestID])
		}
	}
}

func (f *faults) add(text string) { f.seen = append(f.seen, text) }

func arguments(args []*runtime.RemoteObject) string {
	var out []string
	for _, a := range args {
		if a.Description != "" {
			out = append(out, a.Description)
		} else {
			out = append(out, strings.Trim(string(a.Value), `"`))
		}
	}
	return strings.Join(out, " ")
}

// Expect says that faults with a text in them belong to the test: "answer 409", "ERR_INTERNET_DISCONNECTED".
func (tab *Tab) Expect(text string) {
	tab.faults.mu.Lock()
	defer tab.faults.mu.Unlock()
	tab.faults.expected = append(tab.faults.expected, text)
}

// Faults are what went wrong in the tab so far and was not expected; they are forgotten then.
func (tab *Tab) Faults() []string {
	f := &tab.faults
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []string
	for _, seen := range f.seen {
		if !slices.ContainsFunc(f.expected, func(text string) bool { return strings.Contains(seen, text) }) {
			out = append(out, seen)
		}
	}
	f.seen = nil
	return out
}

// Clean fails the test for what went wrong in the tab so far.
func (tab *Tab) Clean() {
	tab.t.Helper()
	for _, fault := range tab.Faults() {
		tab.t.Errorf("%s", fault)
	}
}

// settle is Clean at the end of a test.
func (tab *Tab) settle() {
	if tab.t.Failed() {
		tab.Screenshot("failed/" + strings.NewReplacer("/", "-", " ", "_").Replace(tab.t.Name()))
	}
	tab.Clean()
}
