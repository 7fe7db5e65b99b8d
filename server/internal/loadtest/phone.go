package loadtest

import (
	"fmt"
	"time"

	"lantoa/syncproto"
)

// phone is one phone of the generator: what it must remember between two requests.
type phone struct {
	Member
	cursor  string
	number  int64 // of its newest mutation
	writer  *Writer
	ids     *identities
	records []syncproto.ID // of the stories it captured
	body    []byte         // the next request, packed
	coded   string         // its encoding
	acked   int64
}

// chunk is a batch of a long outbox, and the number of its last mutation.
type chunk struct {
	mutations []syncproto.PushedMutation
	last      int64
}

// bootID names the one boot that every phone of the load has had.
const bootID = "f1e1d0"

func newPhone(m Member, cfg Config, index int) *phone {
	ids := newIdentities(cfg.Seed)
	ids.next = uint64(index+1) << 20 // room for a million ids of its own
	return &phone{Member: m, writer: NewWriter(cfg.Seed, uint64(index)+1000), ids: ids}
}

func newPhones(members []Member, cfg Config, from int) []*phone {
	out := make([]*phone, len(members))
	for i := range members {
		out[i] = newPhone(members[i], cfg, from+i)
	}
	return out
}

// capture makes mutations that each create one story.
func (p *phone) capture(count int) []syncproto.PushedMutation {
	out := make([]syncproto.PushedMutation, count)
	for i := range out {
		id := p.ids.id()
		p.records = append(p.records, id)
		out[i] = p.mutation(syncproto.Mutation{Record: id, Kind: syncproto.KindStory, Unit: p.Unit, Set: p.writer.Story()})
	}
	return out
}

// submit makes mutations that hand the stories captured so far to the editors.
func (p *phone) submit(count int) []syncproto.PushedMutation {
	out := make([]syncproto.PushedMutation, 0, count)
	for _, id := range p.records[:min(count, len(p.records))] {
		out = append(out, p.mutation(syncproto.Mutation{
			Record: id, Kind: syncproto.KindStory, BaseRevision: 1, Command: syncproto.CommandSubmit,
		}))
	}
	p.records = p.records[len(out):]
	return out
}

// edit makes one mutation that gives a record another title.
func (p *phone) edit(id syncproto.ID, base int64) []syncproto.PushedMutation {
	title := syncproto.Text(p.writer.title(p.writer.of(words.place)))
	return []syncproto.PushedMutation{p.mutation(syncproto.Mutation{
		Record: id, Kind: syncproto.KindStory, BaseRevision: base, Set: syncproto.Fields{"title": title},
	})}
}

func (p *phone) mutation(m syncproto.Mutation) syncproto.PushedMutation {
	p.number++
	m.Number, m.ID = p.number, p.ids.id()
	now := time.Now().UnixMilli()
	m.Captured = syncproto.CaptureClock{Device: now, Boot: bootID, Uptime: now - firstDay}
	return syncproto.PushedMutation{Mutation: m, Wire: syncproto.AppendMutation(nil, &m)}
}

// prepare makes the next request ready to be sent, so that encoding and compressing it happen before the clock runs.
func (p *phone) prepare(cfg Config, mutations []syncproto.PushedMutation) {
	now := time.Now().UnixMilli()
	q := syncproto.SyncRequest{
		Protocol: syncproto.ProtocolVersion, App: "fieldday/1", Cursor: p.cursor, MaxBytes: cfg.PageBytes, Acknowledged: p.acked,
		Clock: &syncproto.Clock{Wall: now, Boot: bootID, Uptime: now - firstDay}, Refer: len(mutations) > 0, Mutations: mutations,
	}
	p.body, p.coded = pack(p.body[:0], syncproto.AppendSyncRequest(nil, &q))
}

// send does the prepared round and takes over the new cursor.
func (p *phone) send(l *link, whole bool) (answer, error) {
	status, body, err := l.post(p.Token, p.body, p.coded)
	if err != nil {
		return answer{}, err
	}
	if status != 200 {
		return answer{}, fmt.Errorf("sync: status %d: %.300s", status, body)
	}
	a, err := read(body, whole)
	if err != nil {
		return a, err
	}
	if a.pushCode != "" {
		return a, fmt.Errorf("sync: the push was not judged: %s", a.pushCode)
	}
	if a.outcomes != a.applied || a.accepted != p.number {
		return a, fmt.Errorf("sync: %d outcomes, %d applied, %d of %d mutations accepted: %.500s", a.outcomes, a.applied, a.accepted, p.number, body)
	}
	if a.cursor != "" {
		p.cursor = a.cursor
	}
	p.acked = a.accepted
	return a, nil
}
