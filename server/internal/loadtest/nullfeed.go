package loadtest

import (
	"bufio"
	"net"
	"sync"
	"time"

	"github.com/valyala/fasthttp"

	"lantoa/syncproto"
)

// nullFeed is a scope in memory: every record at the place of its last change.
type nullFeed struct {
	mu      sync.RWMutex
	entries []nullEntry
	at      map[syncproto.ID]int
}

type nullEntry struct {
	record *syncproto.Record // nil where a record has moved on
	wire   []byte
}

func (f *nullFeed) get(id syncproto.ID) *syncproto.Record {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if i, ok := f.at[id]; ok {
		return f.entries[i].record
	}
	return nil
}

func (f *nullFeed) put(r *syncproto.Record) {
	wire := syncproto.AppendRecord(nil, r)
	f.mu.Lock()
	defer f.mu.Unlock()
	if i, ok := f.at[r.ID]; ok {
		f.entries[i] = nullEntry{}
	}
	f.at[r.ID] = len(f.entries)
	f.entries = append(f.entries, nullEntry{r, wire})
}

// page fills a page from a position on, as far as the budget reaches, and returns the new position, what is left of
// the budget, and whether that was all. One record always fits.
func (f *nullFeed) page(p *syncproto.Page, from, budget int) (to, left int, all bool) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	for to = from; to < len(f.entries); to++ {
		e := &f.entries[to]
		if e.record == nil {
			continue
		}
		if p.Changes == nil {
			p.Changes = make([]syncproto.Change, 0, 1+min(len(f.entries)-to, budget/1024))
		}
		if budget -= len(e.wire); budget < 0 && len(p.Changes) > 0 {
			return to, 0, false
		}
		p.Changes = append(p.Changes, syncproto.Change{ID: e.record.ID, Wire: e.wire})
	}
	p.Sum = syncproto.MakeSum(int64(len(f.at)), [16]byte{})
	return to, max(budget, 0), true
}

// bell pokes the live phones of a scope.
type bell struct {
	mu     sync.Mutex
	phones map[chan struct{}]bool
}

func (n *nullServer) bell(s syncproto.Scope) *bell {
	b, _ := n.bells.LoadOrStore(s, &bell{phones: map[chan struct{}]bool{}})
	return b.(*bell)
}

func (n *nullServer) ring(s syncproto.Scope) {
	b := n.bell(s)
	b.mu.Lock()
	defer b.mu.Unlock()
	for poke := range b.phones {
		select {
		case poke <- struct{}{}:
		default: // one is waiting already
		}
	}
}

func (n *nullServer) closeBells() {
	n.bells.Range(func(_, b any) bool {
		b.(*bell).mu.Lock()
		defer b.(*bell).mu.Unlock()
		for poke := range b.(*bell).phones {
			close(poke)
		}
		clear(b.(*bell).phones)
		return true
	})
}

const (
	liveHead  = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n: ok\n\n"
	livePoke  = "event: poke\ndata: {}\n\n"
	liveWrite = 10 * time.Second
)

// live hands the connection to two goroutines: one that notices at once when the phone is gone, and one that writes.
func (n *nullServer) live(c *fasthttp.RequestCtx, phone *nullPhone) {
	b, poke := n.bell(phone.scopes[1]), make(chan struct{}, 1)
	c.HijackSetNoResponse(true)
	c.Hijack(func(conn net.Conn) {
		defer conn.Close()
		b.mu.Lock()
		b.phones[poke] = true
		b.mu.Unlock()
		defer func() {
			b.mu.Lock()
			delete(b.phones, poke)
			b.mu.Unlock()
		}()
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			_, _ = bufio.NewReaderSize(conn, 16).ReadByte()
		}()
		for text := liveHead; ; text = livePoke {
			_ = conn.SetWriteDeadline(time.Now().Add(liveWrite))
			if _, err := conn.Write([]byte(text)); err != nil {
				return
			}
			select {
			case <-gone:
				return
			case _, open := <-poke:
				if !open {
					return
				}
			}
		}
	})
}
