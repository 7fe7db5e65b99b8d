package app_test

import (
	"context"
	"os"
	"os/signal"
	"testing"

	"lantoa/server/internal/app"
)

// TestMain lets the test binary be what the demo starts and kills: a phone and a server in processes of their own.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == "demo-phone" || os.Args[1] == "demo-server") {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
		os.Exit(app.Run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}
