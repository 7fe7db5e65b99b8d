package httpapi

import (
	"encoding/json"
	"log/slog"
	"testing"

	"github.com/valyala/fasthttp"

	"lantoa/server/internal/metrics"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// TestAFullServerDoesNotSendVolunteersToCleanTheirPhones keeps code and status for operators and apps, and the sentence
// for the person who reads it.
func TestAFullServerDoesNotSendVolunteersToCleanTheirPhones(t *testing.T) {
	a := &API{cfg: Config{Metrics: metrics.New("test"), Log: slog.New(slog.DiscardHandler)}}
	var ctx fasthttp.RequestCtx
	a.problem(&ctx, syncproto.E(syncproto.CodeStoreFull, "commit", nil))
	var p Problem
	if err := json.Unmarshal(ctx.Response.Body(), &p); err != nil {
		t.Fatal(err)
	}
	if p.Status != fasthttp.StatusInsufficientStorage || p.Code != syncproto.CodeStoreFull {
		t.Errorf("got %d %s", p.Status, p.Code)
	}
	if p.Title != catalogue.Sentence(catalogue.Vietnamese, syncproto.CodeUnavailable) {
		t.Errorf("a phone is told %q", p.Title)
	}
}
