package demo

import (
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// line is the way of one phone's files to the server: a TCP connection through something that breaks. What breaks it
// are the ends that a phone sees on the road: a proper end in the middle, a reset, silence, and an answer that is lost
// when the work was done.
type line struct {
	listener net.Listener
	server   string // host and port
	cuts     atomic.Int64

	mu     sync.Mutex
	random *rand.Rand
	sky    squall
	closed bool
	open   map[net.Conn]bool
}

// squall is what a weather does to connections with files.
type squall struct {
	percent int   // of connections that break
	mean    int64 // bytes that go up before
}

// ending is how a connection breaks.
type ending int

const (
	endNone ending = iota
	endFIN
	endRST
	endStall
	endDeaf // everything arrives, no answer comes back
)

// stalled is how long a line is silent before it goes: longer than a phone waits (phoneStall).
const stalled = 2500 * time.Millisecond

// lineBuffer keeps what is under way small, as on a radio: what a system buffers on one machine no mast would. Below two
// segments, of 64 KiB on a machine's own network, each would wait for a timer.
const lineBuffer = 128 << 10

func newLine(server string, seed uint64) (*line, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &line{listener: listener, server: server, random: rand.New(rand.NewPCG(seed, 78)), open: map[net.Conn]bool{}}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go l.carry(conn.(*net.TCPConn))
		}
	}()
	return l, nil
}

func (l *line) url() string { return "http://" + l.listener.Addr().String() }

func (l *line) setSky(s squall) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sky = s
}

// close ends the line with everything on it.
func (l *line) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.listener.Close()
	for conn := range l.open {
		conn.Close()
	}
}

// track notes a connection so that close reaches it, and reports whether the line is still open.
func (l *line) track(conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[conn] = true
	return !l.closed
}

func (l *line) drop(conn net.Conn) {
	conn.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, conn)
}

// fate draws how a connection ends and after how many bytes.
func (l *line) fate() (how ending, after int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.random.IntN(100) >= l.sky.percent {
		return endNone, 0
	}
	how = []ending{endFIN, endFIN, endFIN, endRST, endRST, endRST, endDeaf, endDeaf, endStall}[l.random.IntN(9)]
	return how, int64(l.random.ExpFloat64() * float64(l.sky.mean))
}

func (l *line) carry(phone *net.TCPConn) {
	defer l.drop(phone)
	if !l.track(phone) {
		return
	}
	dialed, err := net.Dial("tcp", l.server)
	if err != nil {
		return // the server is down
	}
	server := dialed.(*net.TCPConn)
	defer l.drop(server)
	if !l.track(server) {
		return
	}
	_ = phone.SetReadBuffer(lineBuffer)
	_ = server.SetWriteBuffer(lineBuffer)
	how, after := l.fate()
	go func() {
		if how == endDeaf {
			if n, _ := server.Read(make([]byte, 1)); n > 0 {
				l.cut(phone, server, endRST)
			}
			return
		}
		_, _ = io.Copy(phone, server)
		_ = phone.Close()
	}()
	if how == endNone || how == endDeaf {
		_, _ = io.Copy(server, phone)
		return
	}
	if n, _ := io.Copy(server, io.LimitReader(phone, after)); n == after {
		l.cut(phone, server, how)
	}
}

// cut breaks both halves of a connection.
func (l *line) cut(phone, server *net.TCPConn, how ending) {
	l.cuts.Add(1)
	if how == endStall {
		time.Sleep(stalled)
		how = endRST
	}
	if how == endRST {
		_ = phone.SetLinger(0)
		_ = server.SetLinger(0)
	}
	_ = phone.Close()
	_ = server.Close()
}
