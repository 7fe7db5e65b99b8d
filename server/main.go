// Command server is Lantoa's server: one binary that takes in what volunteers captured and gives it on.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"lantoa/server/internal/app"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process at once: whoever presses Ctrl+C twice means it.
	context.AfterFunc(ctx, stop)
	code := app.Run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
