package live

import (
	"math/rand/v2"
	"net"
	"time"

	"lantoa/syncproto"
)

// The bytes of the stream (S-140). A comment keeps proxies and the phone's radio bookkeeping from taking a quiet
// stream for a dead one.
var (
	pokeEvent = []byte("event: poke\ndata: {}\n\n")
	heartbeat = []byte(":\n\n")
)

// Phone is one connected device.
type Phone struct {
	hub     *Hub
	device  syncproto.ID  // what it is known by: that of a phone, or one drawn for a watcher
	sees    syncproto.ID  // the device whose rights it has
	poke    chan struct{} // size 1: pokes coalesce while the phone is slow
	leave   chan struct{} // closed by the hub when the phone must go
	access  uint64        // under which topics was computed; guarded by hub.mu
	topics  []*topic      // guarded by hub.mu
	removed bool          // guarded by hub.mu
}

// watches reports whether this is a window of a browser.
func (p *Phone) watches() bool { return p.sees != p.device }

// Leave takes part no more. It is for a phone whose connection never came to Serve.
func (p *Phone) Leave() {
	p.hub.mu.Lock()
	p.hub.remove(p)
	p.hub.mu.Unlock()
	p.hub.left.Done()
}

// Serve writes head and then pokes to conn until the phone is gone, the hub turns it away, or it takes nothing for
// too long. It closes conn and leaves the hub before it returns.
//
// A second goroutine does nothing but read: that is what notices at once that a phone closed its side. Waiting for a
// write to fail takes up to three heartbeats.
func (p *Phone) Serve(conn net.Conn, head []byte) {
	defer p.Leave()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		var b [1]byte
		_, _ = conn.Read(b[:]) // nobody speaks on this stream: a byte ends it as an error does
	}()
	defer func() { conn.Close(); <-gone }()
	if !p.write(conn, head) {
		return
	}
	// The first beat comes after a random part of the interval, or 10,000 phones that came back together after a
	// restart would beat together for ever.
	every := p.hub.cfg.Heartbeat
	beat := time.NewTimer(every/2 + rand.N(every/2+1))
	defer beat.Stop()
	for {
		message := pokeEvent
		select {
		case <-gone:
			return
		case <-p.leave:
			return
		case <-p.poke:
		case <-beat.C:
			message = heartbeat
		}
		if !p.write(conn, message) {
			return
		}
		beat.Reset(every)
	}
}

func (p *Phone) write(conn net.Conn, b []byte) bool {
	if err := conn.SetWriteDeadline(time.Now().Add(p.hub.cfg.WriteTimeout)); err != nil {
		return false
	}
	_, err := conn.Write(b)
	return err == nil
}
