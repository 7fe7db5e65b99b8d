package loadtest

import (
	"context"
	"fmt"
	"io"
	"net"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/valyala/fasthttp"

	"lantoa/syncproto"
)

// nullEpoch is as good as any: the null server forgets everything when it ends.
const nullEpoch = "00000000000000aa"

// nullServer is the least that can answer the wire: it checks the token, decodes strictly, keeps records in maps and
// slices, and hands out pages by position. It merges nothing, checks no rights, adds up no sums and syncs nothing to
// disk. It uses the HTTP library of the real server.
type nullServer struct {
	phones map[string]*nullPhone // by token
	feeds  map[syncproto.Scope]*nullFeed
	bells  sync.Map // scope → *bell
	pack   *zstd.Encoder
	unpack *zstd.Decoder
	rooms  sync.Pool // of *nullRoom
}

// nullRoom is the memory of one request.
type nullRoom struct{ plain, body []byte }

type nullPhone struct {
	Member
	mu       sync.Mutex
	accepted int64
	scopes   []syncproto.Scope
}

// ServeNull serves the null server of a config's fleet on a listener until the context ends, and writes one line
// when it is ready.
func ServeNull(ctx context.Context, cfg Config, ln net.Listener, ready io.Writer) error {
	cfg = cfg.withDefaults()
	n := newNullServer(cfg, NewFleet(cfg))
	server := &fasthttp.Server{
		Handler: n.handle, MaxRequestBodySize: 2 << 20, NoDefaultServerHeader: true, NoDefaultDate: true,
		KeepHijackedConns: true, CloseOnShutdown: true,
	}
	debug.FreeOSMemory() // of making the fleet, so that what is measured is what is served
	done := make(chan error, 1)
	go func() { done <- server.Serve(ln) }()
	fmt.Fprintf(ready, "listening %s\n", ln.Addr())
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	n.closeBells()
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.ShutdownWithContext(stop); err != nil {
		return err
	}
	return <-done
}

func newNullServer(cfg Config, f *Fleet) *nullServer {
	n := &nullServer{phones: map[string]*nullPhone{}, feeds: map[syncproto.Scope]*nullFeed{}}
	n.pack, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(cores()))
	n.unpack, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(cores()), zstd.WithDecoderMaxMemory(2<<20))
	n.rooms.New = func() any { return &nullRoom{} }
	for m := range f.Members {
		own, unit := syncproto.PersonScope(m.Person), syncproto.UnitScope(m.Unit)
		n.feed(own)
		n.feed(unit)
		n.phones["Bearer "+m.Token] = &nullPhone{Member: *m, scopes: []syncproto.Scope{own, unit}}
	}
	for _, g := range []*Group{&f.Big, &f.Small} {
		feed := n.feed(syncproto.UnitScope(g.Unit))
		for r := range func(yield func(*syncproto.Record) bool) { g.EachRecord(cfg.Seed, yield) } {
			feed.put(r)
		}
	}
	return n
}

// feed makes a scope's feed; all are made before the first request, so that requests only read the map.
func (n *nullServer) feed(s syncproto.Scope) *nullFeed {
	if n.feeds[s] == nil {
		n.feeds[s] = &nullFeed{at: map[syncproto.ID]int{}}
	}
	return n.feeds[s]
}

func (n *nullServer) handle(c *fasthttp.RequestCtx) {
	phone := n.phones[string(c.Request.Header.Peek("Authorization"))]
	switch path := string(c.Path()); {
	case phone == nil:
		c.SetStatusCode(fasthttp.StatusUnauthorized)
	case path == "/v1/sync":
		n.sync(c, phone)
	case path == "/v1/live":
		n.live(c, phone)
	default:
		c.SetStatusCode(fasthttp.StatusNotFound)
	}
}

func (n *nullServer) sync(c *fasthttp.RequestCtx, phone *nullPhone) {
	room := n.rooms.Get().(*nullRoom)
	defer n.rooms.Put(room)
	body := c.Request.Body()
	if len(c.Request.Header.ContentEncoding()) > 0 {
		plain, err := n.unpack.DecodeAll(body, room.plain[:0])
		if room.plain = plain; err != nil {
			c.SetStatusCode(fasthttp.StatusBadRequest)
			return
		}
		body = plain
	}
	request, err := syncproto.DecodeSyncRequest(body)
	if err != nil {
		c.Error(err.Error(), fasthttp.StatusBadRequest)
		return
	}
	now := time.Now().UnixMilli()
	response := &syncproto.SyncResponse{ServerTime: now, Epoch: nullEpoch}
	n.push(phone, request, response, now)
	n.pull(phone, request, response)
	room.body = syncproto.AppendSyncResponse(room.body[:0], response)
	c.SetContentType("application/json")
	if len(room.body) < packMin {
		c.SetBody(room.body)
		return
	}
	c.Response.Header.Set("Content-Encoding", "zstd")
	c.Response.SetBodyRaw(n.pack.EncodeAll(room.body, nil))
}

// push keeps what a phone sent: a first edit as a new record in its author's feed, a command as a move to the unit's
// feed, a later edit as a new revision.
func (n *nullServer) push(phone *nullPhone, q *syncproto.SyncRequest, a *syncproto.SyncResponse, now int64) {
	phone.mu.Lock()
	defer phone.mu.Unlock()
	own, unit := n.feeds[phone.scopes[0]], n.feeds[phone.scopes[1]]
	for i := range q.Mutations {
		m := &q.Mutations[i]
		if m.Err != nil || m.Number != phone.accepted+1 {
			a.PushCode = syncproto.CodeOutOfOrder
			break
		}
		phone.accepted++
		r := own.get(m.Record)
		shared := r == nil || r.State != syncproto.StateDraft
		if r == nil {
			r = unit.get(m.Record)
		}
		if r == nil {
			shared = false
			r = &syncproto.Record{
				ID: m.Record, Kind: m.Kind, Unit: phone.Unit, Author: phone.Person, State: syncproto.StateDraft, Received: now,
				Captured: syncproto.EstimateCapture(m.Captured, q.Clock, now),
			}
		}
		next := *r
		next.Revision++
		next.Changed = now
		next.Fields = edited(r.Fields, m.Set)
		if m.Command != "" {
			next.State, shared = syncproto.StateSubmitted, true
		}
		if next.Author == phone.Person {
			own.put(&next)
		}
		if shared {
			unit.put(&next)
			n.ring(phone.scopes[1])
		}
		a.Outcomes = append(a.Outcomes, syncproto.Outcome{Number: m.Number, Result: syncproto.Applied, Revision: next.Revision})
	}
	a.Accepted = phone.accepted
}

func edited(old, set syncproto.Fields) syncproto.Fields {
	if len(old) == 0 {
		return set
	}
	if len(set) == 0 {
		return old
	}
	all := old.Clone()
	for name, value := range set {
		all[name] = value
	}
	return all
}

// nullRatio is how far these records compress; a real server cuts its pages by what they really come to.
const nullRatio = 3

func (n *nullServer) pull(phone *nullPhone, q *syncproto.SyncRequest, a *syncproto.SyncResponse) {
	var at [2]int
	own, unit, _ := strings.Cut(q.Cursor, ".")
	at[0], _ = strconv.Atoi(own)
	at[1], _ = strconv.Atoi(unit)
	budget := q.MaxBytes
	if budget == 0 {
		budget = 32 << 10
	}
	budget *= nullRatio
	moved := false
	for i, scope := range phone.scopes {
		page := syncproto.Page{Scope: scope, Fresh: at[i] == 0}
		before := at[i]
		at[i], budget, page.CaughtUp = n.feeds[scope].page(&page, at[i], budget)
		if at[i] != before {
			moved = true
			a.Pages = append(a.Pages, page)
		}
		if a.More = !page.CaughtUp; a.More {
			break
		}
	}
	if moved {
		a.Cursor = strconv.Itoa(at[0]) + "." + strconv.Itoa(at[1])
	}
}
