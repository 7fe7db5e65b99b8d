package loadtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"lantoa/server/internal/enroll"
	"lantoa/server/internal/httpapi"
	"lantoa/server/internal/live"
	"lantoa/server/internal/metrics"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
)

// ServeParts serves the real handlers over a store until the context ends, without the program around them. It is for
// tests, for profiles, and for measuring what one backend costs against another.
func ServeParts(ctx context.Context, store storage.Store, ln net.Listener, ready io.Writer) error {
	hub := live.New(store, live.Config{})
	service := syncer.New(store, syncer.Options{Notifier: hub})
	api := httpapi.New(httpapi.Config{
		Sync: service, Enroll: enroll.New(store, nil), Live: hub, Metrics: metrics.New("fieldday"),
		Ready: func(context.Context) error { return nil }, Version: "fieldday",
	})
	parts, stop := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	errs := make([]error, 4)
	running.Go(func() { errs[0] = hub.Run(parts) })
	running.Go(func() { errs[1] = service.Run(parts) })
	running.Go(func() { errs[2] = api.Serve(ln) })
	fmt.Fprintf(ready, "listening %s\n", ln.Addr())
	<-ctx.Done()
	limit, cancel := context.WithTimeout(parts, 10*time.Second)
	defer cancel()
	errs[3] = api.Shutdown(limit)
	stop()
	running.Wait()
	return errors.Join(errs...)
}
