package e2e

import (
	"bytes"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"testing"
	"time"
)

// A way in which a network ends a connection.
type cut string

const (
	cutFIN   cut = "fin"   // the phone's side closes it
	cutRST   cut = "rst"   // something in between resets it, and what it still held is gone
	cutStall cut = "stall" // nothing passes any more, in either direction, and nobody is told
)

// cutBuffer bounds what the network in between holds of a connection. Without that, loopback holds megabytes, and a
// reset would lose more than any network has in flight.
const cutBuffer = 64 << 10

// cutter is a network that breaks: a TCP proxy that ends the connection which carries the byte that is one too many. How
// many pass is drawn anew after each cut, exponentially, from a seed.
type cutter struct {
	t  testing.TB
	ln net.Listener
	to string
	// patience is how long a stalled connection is left to its phone, before its own network tells it.
	patience time.Duration
	// came counts the bytes of files that the server has taken. With it, a request that brings some is cut no earlier than
	// the server has begun with it. Where the phone is back before, the server lets the newer request in, and what the
	// older one brought is lost: how often is a matter of disk and processor, and no test can have a budget for it.
	came    func() int64
	serving sync.WaitGroup
	ended   chan struct{}

	mu    sync.Mutex
	conns map[net.Conn]struct{} // nil once it is closed
	rng   *rand.Rand            // nil: nothing is cut
	ways  []cut
	next  []cut // what the next cuts are: each way comes as often as the others
	mean  float64
	left  int64
	dies  bool // after the next cut nothing passes any more
	dead  bool

	cuts  map[cut]int
	taken int64 // bytes that came from phones since it was armed
	lost  int64 // of those, what the kernel held at the moment of a reset
}

func newCutter(t testing.TB, to string, patience time.Duration) *cutter {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{t: t, ln: ln, to: to, patience: patience, ended: make(chan struct{}), conns: map[net.Conn]struct{}{}, cuts: map[cut]int{}}
	c.serving.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			c.serving.Go(func() { c.serve(conn) })
		}
	})
	t.Cleanup(c.close)
	return c
}

func (c *cutter) url() string { return "http://" + c.ln.Addr().String() }

func (c *cutter) close() {
	c.ln.Close()
	close(c.ended)
	c.mu.Lock()
	for conn := range c.conns {
		conn.Close()
	}
	c.conns = nil
	c.mu.Unlock()
	c.serving.Wait()
}

// arm begins to cut, every mean bytes; with no ways it ends that.
func (c *cutter) arm(seed uint64, mean float64, ways ...cut) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rng, c.ways, c.next, c.mean, c.dies, c.dead = nil, ways, nil, mean, false, false
	if len(ways) == 0 {
		return
	}
	c.rng, c.cuts, c.taken, c.lost = rand.New(rand.NewPCG(seed, 0)), map[cut]int{}, 0, 0
	c.left = c.distance()
}

// die lets so many bytes through, and then nothing until arm.
func (c *cutter) die(after int64) {
	c.arm(0, 1, cutFIN)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left, c.dies = after, true
}

func (c *cutter) distance() int64 { return 1 + int64(c.rng.ExpFloat64()*c.mean) }

// keep notes a connection, so that it ends with the network.
func (c *cutter) keep(conn net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conns == nil || c.dead {
		conn.Close()
		return false
	}
	c.conns[conn] = struct{}{}
	return true
}

// drop closes a connection that is kept.
func (c *cutter) drop(conn net.Conn) {
	conn.Close()
	c.mu.Lock()
	delete(c.conns, conn)
	c.mu.Unlock()
}

// room is how much may be read at once: nothing behind a cut is taken from the phone.
func (c *cutter) room() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rng == nil {
		return cutBuffer
	}
	return min(max(c.left, 1), cutBuffer)
}

// spend counts bytes and says whether the connection that carried them ends with them.
func (c *cutter) spend(n int64) (way cut, ends bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.taken += n
	if c.rng == nil {
		return "", false
	}
	if c.left -= n; c.left > 0 {
		return "", false
	}
	if len(c.next) == 0 {
		c.next = slices.Clone(c.ways)
		c.rng.Shuffle(len(c.next), func(i, j int) { c.next[i], c.next[j] = c.next[j], c.next[i] })
	}
	way, c.next = c.next[0], c.next[1:]
	c.cuts[way]++
	c.left, c.dead = c.distance(), c.dies
	return way, true
}

// serve carries one connection.
func (c *cutter) serve(phone net.Conn) {
	if !c.keep(phone) {
		return
	}
	defer c.drop(phone)
	server, err := net.Dial("tcp", c.to)
	if err != nil || !c.keep(server) {
		return
	}
	_ = phone.(*net.TCPConn).SetReadBuffer(cutBuffer)
	_ = server.(*net.TCPConn).SetWriteBuffer(cutBuffer)
	silent := make(chan struct{}) // closed by a stall
	down := make(chan struct{})
	go func() {
		defer close(down)
		defer c.drop(server)
		c.down(phone, server, silent)
	}()
	if c.up(phone, server.(*net.TCPConn)) {
		close(silent)
		timer := time.NewTimer(c.patience)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-c.ended:
		}
		return // the server hears nothing: its side stays until it gives up
	}
	phone.Close()
	<-down
}

// up carries what the phone sends until it ends or is cut, and reports whether it stalled.
func (c *cutter) up(phone net.Conn, server *net.TCPConn) (stalled bool) {
	buf := make([]byte, cutBuffer)
	var r request
	for {
		n, err := phone.Read(buf[:c.room()])
		if n > 0 {
			c.follow(&r, buf[:n])
			way, ends := c.spend(int64(n))
			if _, err := server.Write(buf[:n]); err != nil {
				return false
			}
			if ends {
				c.begun(&r)
				return c.cut(way, phone, server)
			}
		}
		if err != nil {
			_ = server.CloseWrite()
			return false
		}
	}
}

// request is the one that a connection carries.
type request struct {
	brings bool  // bytes of a file
	passed int   // of it, its head included
	before int64 // bytes of files that the server had when it began
}

// follow notes what passes. A phone asks for nothing before it has its answer, so a request begins where a read does.
func (c *cutter) follow(r *request, b []byte) {
	if at := bytes.Index(b, []byte(" /v1/")); c.came != nil && at > 0 && at < len("OPTIONS ") {
		if *r = (request{brings: bytes.HasPrefix(b, []byte("PATCH "))}); r.brings {
			r.before = c.came()
		}
	}
	r.passed += len(b)
}

// begun waits until the server has begun with a request that brings bytes.
func (c *cutter) begun(r *request) {
	if r.brings && r.passed > headOf && !waitFor(time.Minute, func() bool { return c.came() > r.before }) {
		c.t.Error("the server takes nothing of a request")
	}
}

func (c *cutter) cut(way cut, phone net.Conn, server *net.TCPConn) (stalled bool) {
	switch way {
	case cutStall:
		return true
	case cutRST:
		held := queued(server)
		_ = server.SetLinger(0)
		server.Close()
		_ = phone.(*net.TCPConn).SetLinger(0)
		c.mu.Lock()
		c.lost += held
		c.mu.Unlock()
	case cutFIN:
		_ = server.CloseWrite()
	}
	phone.Close()
	return false
}

// down carries the server's answers.
func (c *cutter) down(phone, server net.Conn, silent <-chan struct{}) {
	buf := make([]byte, cutBuffer)
	for {
		n, err := server.Read(buf)
		select {
		case <-silent:
		default:
			if n > 0 {
				_, _ = phone.Write(buf[:n]) // a phone that is gone: the server's side is read on to its end
			}
			if err != nil {
				phone.Close()
			}
		}
		if err != nil {
			return
		}
	}
}

// tally is what a cutter did since it was armed.
type tally struct {
	cuts        map[cut]int
	all         int
	taken, lost int64
}

func (c *cutter) tally() tally {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := tally{cuts: c.cuts, taken: c.taken, lost: c.lost}
	for _, n := range c.cuts {
		t.all += n
	}
	return t
}
