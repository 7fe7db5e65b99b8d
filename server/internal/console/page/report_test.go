package page_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/console/page"
)

// TestAReportTellsNothingOfPeople: an extension of a browser wants to write into the page of a one-time link. What comes of it
// in the log is which page and what, and neither the secret, nor what somebody searched for, nor a piece of what they read.
func TestAReportTellsNothingOfPeople(t *testing.T) {
	var log strings.Builder
	now := time.Date(2026, 6, 1, 3, 0, 0, 0, time.UTC)
	site := page.New(page.Options{Now: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(&log, nil))})
	site.Handle("GET /console/link/{token}", page.Open, func(context.Context, *page.Request) (page.Answer, error) { return page.Done{}, nil })
	send := func(body string) {
		w := httptest.NewRecorder()
		site.ServeHTTP(w, httptest.NewRequest("POST", "/console/csp", strings.NewReader(body)))
		if w.Code != 204 {
			t.Errorf("status %d", w.Code)
		}
	}
	send(`{"csp-report":{"document-uri":"https://lantoa.example.vn/console/link/KHOA-BI-MAT?q=Nguy%E1%BB%85n","referrer":"","effective-directive":"script-src-elem",
		"blocked-uri":"chrome-extension://KHOA-BI-MAT/x.js","script-sample":"Chị Lan"}}`)
	got := log.String()
	for _, want := range []string{"script-src-elem", "chrome-extension", "GET /console/link/{token}"} {
		if !strings.Contains(got, want) {
			t.Errorf("nobody learns of %q: %s", want, got)
		}
	}
	log.Reset()
	for range 100 {
		send(`{"csp-report":{"document-uri":"https://h/console/Nguyễn Thị Lan","violated-directive":"KHOA-BI-MAT 'self'","blocked-uri":"Chị Lan"}}`)
		send(`KHOA-BI-MAT`)
	}
	if more := log.String(); strings.Count(more, "\n") > 10 || strings.Contains(more, "Lan") {
		t.Errorf("anybody fills the log: %d lines, %.300s", strings.Count(more, "\n"), more)
	} else {
		got += more
	}
	for _, secret := range []string{"KHOA", "Nguy", "Chị"} {
		if strings.Contains(got, secret) {
			t.Errorf("%q is in the log: %s", secret, got)
		}
	}
}
