package httpapi

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// lobby is a listener that knows which of its connections have not brought a request yet. The library counts those as
// busy: at a shutdown one silent connection, such as a browser opens in advance, would be waited for until its header
// timed out.
type lobby struct {
	net.Listener

	mu      sync.Mutex
	waiting map[*guest]struct{}
}

// guest is a connection of a lobby.
type guest struct {
	net.Conn
	lobby   *lobby
	served  atomic.Bool
	lingers atomic.Bool // its sender is not done sending, and is to see the answer all the same
}

func newLobby(ln net.Listener) *lobby {
	return &lobby{Listener: ln, waiting: map[*guest]struct{}{}}
}

// Pauses of a listener whose system is out of something, such as open files: it asks again, at first soon.
const (
	firstPause = 5 * time.Millisecond
	lastPause  = time.Second
)

// arrive waits for a connection. The library ends the whole server over any error but a time-out; so anybody who opens
// connections until the files run out would stop it for good, where waiting is all it takes.
func (l *lobby) arrive() (net.Conn, error) {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		conn, err := l.Listener.Accept()
		var passing interface{ Temporary() bool }
		if err == nil || !errors.As(err, &passing) || !passing.Temporary() {
			return conn, err
		}
		time.Sleep(pause)
	}
}

// Accept implements net.Listener.
func (l *lobby) Accept() (net.Conn, error) {
	conn, err := l.arrive()
	if err != nil {
		return nil, err
	}
	g := &guest{Conn: conn, lobby: l}
	l.mu.Lock()
	l.waiting[g] = struct{}{}
	l.mu.Unlock()
	return g, nil
}

// clear turns away everybody who has not brought a request.
func (l *lobby) clear() {
	l.mu.Lock()
	waiting := l.waiting
	l.waiting = map[*guest]struct{}{}
	l.mu.Unlock()
	for g := range waiting {
		g.Conn.Close()
	}
}

// enter marks the connection of a request as one that brought one.
func enter(conn net.Conn) {
	if g, ok := conn.(*guest); ok && !g.served.Load() {
		g.leave()
	}
}

func (g *guest) leave() {
	g.served.Store(true)
	g.lobby.mu.Lock()
	delete(g.lobby.waiting, g)
	g.lobby.mu.Unlock()
}

// Write implements net.Conn. Whoever was answered, if only with "100 Continue", is waited for.
func (g *guest) Write(b []byte) (int, error) {
	enter(g)
	return g.Conn.Write(b)
}

// lingerTime is how long a connection is read away whose sender is still sending behind an answer. Closed at once, the
// kernel would answer those bytes with a reset, which overtakes the refusal that says why.
const lingerTime = 2 * time.Second

// linger has a connection closed in a way that its sender sees the answer.
func linger(conn net.Conn) {
	if g, ok := conn.(*guest); ok {
		g.lingers.Store(true)
	}
}

// Close implements net.Conn.
func (g *guest) Close() error {
	g.leave()
	half, ok := g.Conn.(interface{ CloseWrite() error })
	if !ok || !g.lingers.Swap(false) || half.CloseWrite() != nil {
		return g.Conn.Close()
	}
	go func() {
		defer g.Conn.Close()
		if g.Conn.SetReadDeadline(time.Now().Add(lingerTime)) == nil {
			_, _ = io.Copy(io.Discard, g.Conn) // it ends with the sender, or the time
		}
	}()
	return nil
}
