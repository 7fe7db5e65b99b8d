package loadtest

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

// ear is one live connection.
type ear struct {
	conn net.Conn
	text *bufio.Reader
}

// earRoom is enough for the head of the stream and its pokes; ten thousand ears share the generator's memory.
const earRoom = 512

// listen opens a live connection and returns when its head has arrived.
func listen(addr, token string) (*ear, error) {
	conn, err := net.DialTimeout("tcp", addr, exchangeTimeout)
	if err != nil {
		return nil, err
	}
	e := &ear{conn: conn, text: bufio.NewReaderSize(conn, earRoom)}
	_ = conn.SetReadDeadline(time.Now().Add(exchangeTimeout))
	if _, err = fmt.Fprintf(conn, "GET /v1/live HTTP/1.1\r\nHost: lantoa\r\nAuthorization: Bearer %s\r\nAccept: text/event-stream\r\n\r\n", token); err == nil {
		err = e.head()
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("listen: %w", err)
	}
	return e, nil
}

func (e *ear) head() error {
	line, err := e.text.ReadString('\n')
	if err != nil {
		return err
	}
	if !strings.Contains(line, " 200 ") {
		return fmt.Errorf("status %q", strings.TrimSpace(line))
	}
	for strings.TrimSpace(line) != "" {
		if line, err = e.text.ReadString('\n'); err != nil {
			return err
		}
	}
	return nil
}

// poke waits for the next poke.
func (e *ear) poke() error {
	_ = e.conn.SetReadDeadline(time.Now().Add(exchangeTimeout))
	for {
		line, err := e.text.ReadSlice('\n')
		if err != nil {
			return err
		}
		if strings.HasPrefix(string(line), "event: poke") {
			return nil
		}
	}
}

// heard: the phones of one unit listen; one of them changes a record, the others hear of it and pull it.
func (d *day) heard(ctx context.Context) error {
	var listeners []*phone
	for i, p := range d.phones {
		if i%d.cfg.Units == 0 {
			listeners = append(listeners, p)
		}
	}
	if _, err := measure(d.target, func(s *stage) error { return s.drain(ctx, d.cfg, listeners, len(listeners)) }); err != nil {
		return err
	}
	writer, listeners := listeners[0], listeners[1:]
	room := &hall{day: d, writer: writer, listeners: listeners}
	defer room.close()
	if err := room.open(ctx); err != nil {
		return err
	}
	var err error
	d.figures.Heard, err = measureTurns(d.target, room.rounds)
	d.figures.Poke = d.figures.Heard
	d.figures.Poke.P50, d.figures.Poke.P95 = middle(room.pokes)
	d.figures.Heard.P50, d.figures.Heard.P95 = middle(room.pulls)
	d.figures.Heard.Records, d.figures.Poke.Records = int64(len(room.pulls)), int64(len(room.pokes))
	return err
}

// hall is a unit in which one writes and the others listen.
type hall struct {
	*day
	writer       *phone
	listeners    []*phone
	ears         []*ear
	links        []*link
	count        traffic
	mu           sync.Mutex
	pokes, pulls []time.Duration
}

func (h *hall) open(context.Context) error {
	for _, p := range h.listeners {
		e, err := listen(h.target.addr, p.Token)
		if err != nil {
			return err
		}
		h.ears = append(h.ears, e)
	}
	for range len(h.listeners) + 1 {
		l, err := dial(h.target.addr, &h.count)
		if err != nil {
			return err
		}
		h.links = append(h.links, l)
	}
	return nil
}

func (h *hall) close() {
	for _, e := range h.ears {
		e.conn.Close()
	}
	for _, l := range h.links {
		l.close()
	}
}

// rounds: each round submits one story. The phone pulls after every poke until it has the change: a poke may be of
// something that it has already.
func (h *hall) rounds(s *stage) error {
	own := h.links[len(h.links)-1]
	for range h.cfg.Heard {
		// The draft is the writer's alone; nobody else hears of it.
		h.writer.prepare(h.cfg, h.writer.capture(1))
		if _, err := h.writer.send(own, h.cfg.Verify); err != nil {
			return err
		}
		h.writer.records = h.writer.records[len(h.writer.records)-1:]
		h.writer.prepare(h.cfg, h.writer.submit(1))
		start := time.Now()
		var all sync.WaitGroup
		errs := make([]error, len(h.listeners)+1)
		for i := range h.listeners {
			all.Go(func() { errs[i] = h.hear(i, start) })
		}
		_, errs[len(h.listeners)] = h.writer.send(own, h.cfg.Verify)
		all.Wait()
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
		s.took = append(s.took, time.Since(start))
	}
	return nil
}

func (h *hall) hear(i int, start time.Time) error {
	var poked time.Duration
	for changes := 0; changes == 0; {
		if err := h.ears[i].poke(); err != nil {
			return fmt.Errorf("hear: %w", err)
		}
		poked = time.Since(start) // of the last one: the first poke greets a phone that connects
		h.listeners[i].prepare(h.cfg, nil)
		a, err := h.listeners[i].send(h.links[i], h.cfg.Verify)
		if err != nil {
			return err
		}
		changes = a.changes
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pokes, h.pulls = append(h.pokes, poked), append(h.pulls, time.Since(start))
	return nil
}
