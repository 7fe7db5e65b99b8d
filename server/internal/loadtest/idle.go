package loadtest

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// vanishing is which part of the idle connections vanish: one in this many.
const vanishing = 10

// freeLimit is longer than two heartbeats, after which a server has noticed even a phone that said nothing.
const freeLimit = 80 * time.Second

// idle: phones hold a live connection and say nothing; then some vanish.
func (d *day) idle(ctx context.Context) error {
	before, held := d.target.memory(), d.target.sockets()
	ears, err := listenAll(ctx, d.target.addr, d.fleet.Idle)
	defer func() {
		for _, e := range ears {
			if e != nil {
				e.conn.Close()
			}
		}
	}()
	if err != nil {
		return err
	}
	f := &d.figures.Live
	f.Connections, f.Bytes = len(ears), d.target.memory()-before
	f.Vanished = max(1, len(ears)/vanishing)
	for i := range f.Vanished {
		// A reset, not a farewell: what the network says for a phone that is gone.
		if tcp, ok := ears[i].conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		ears[i].conn.Close()
		ears[i] = nil
	}
	if held == 0 {
		return nil // nothing can be seen of a server that is not our child
	}
	start, left := time.Now(), held+f.Connections-f.Vanished
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for d.target.sockets() > left && time.Since(start) < freeLimit {
		select {
		case <-again.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	f.Freed, f.FreedAfter = min(f.Vanished, held+f.Connections-d.target.sockets()), time.Since(start)
	if f.Freed < f.Vanished {
		return fmt.Errorf("%d phones vanished, the server freed %d within %v", f.Vanished, f.Freed, freeLimit)
	}
	return nil
}

// listenAll opens the connections, a few at a time: a backlog of ten thousand is not what is measured.
func listenAll(ctx context.Context, addr string, members []Member) ([]*ear, error) {
	ears := make([]*ear, len(members))
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(16, len(members)) {
		workers.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(members) {
					return
				}
				e, err := listen(addr, members[i].Token)
				if err != nil {
					cancel(err)
					return
				}
				ears[i] = e
			}
		})
	}
	workers.Wait()
	return ears, context.Cause(ctx)
}
