package page

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// perMinute bounds how many reports are logged in a minute: anybody may send them.
const perMinute = 10

// reports counts those of a minute.
type reports struct {
	minute, count atomic.Int64
}

func (c *reports) take(now time.Time) bool {
	if minute := now.Unix() / 60; c.minute.Swap(minute) != minute {
		c.count.Store(0)
	}
	return c.count.Add(1) <= perMinute
}

// report takes what a browser says that a page wanted to do and may not. It is logged as a fault of ours, by what it was and
// on which page: the address itself may hold the secret of a link or what somebody searched for, and the rest what they read.
func (s *Site) report(w http.ResponseWriter, hr *http.Request) {
	w.WriteHeader(http.StatusNoContent)
	var said struct {
		Report struct {
			Page      string `json:"document-uri"`
			Directive string `json:"effective-directive"`
			Violated  string `json:"violated-directive"`
			Blocked   string `json:"blocked-uri"`
		} `json:"csp-report"`
	}
	if json.Unmarshal([]byte(readAll(hr.Body, 16<<10)), &said) != nil || !s.reports.take(s.opt.Now()) {
		return
	}
	directive, _, _ := strings.Cut(said.Report.Directive, " ")
	if directive == "" {
		directive, _, _ = strings.Cut(said.Report.Violated, " ")
	}
	s.opt.Log.Error("content security policy violated", "directive", word(directive), "blocked", blocked(said.Report.Blocked), "page", s.patternOf(said.Report.Page))
}

// patternOf is the pattern of the page that an address leads to, "" for none.
func (s *Site) patternOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(u.Path, "/") {
		return ""
	}
	_, pattern := s.mux.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: u.Path}})
	return pattern
}

// blocked is what was kept out: a word such as inline, or the scheme of an address.
func blocked(said string) string {
	if scheme, _, ok := strings.Cut(said, ":"); ok {
		return word(scheme)
	}
	return word(said)
}

// word is a word of a browser; "other" for what is none.
func word(said string) string {
	const most = 40
	if said == "" || len(said) > most || strings.Trim(said, "abcdefghijklmnopqrstuvwxyz-") != "" {
		return "other"
	}
	return said
}
