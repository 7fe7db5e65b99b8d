package app_test

import (
	"context"
	"os"
	"os/signal"
	"testing"

	"lantoa/server/internal/app"
)

// TestMain lets the test binary be what the demo starts and kills: a phone in a process of its own.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "demo-phone" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
		os.Exit(app.Run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}
