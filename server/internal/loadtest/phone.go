package loadtest

import (
	"bytes"
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
	raw     []byte         // the next request
	body    []byte         // the same, packed
	coded   string         // its encoding
	acked   int64
	answers kept
}

// kept are answers that are read whole after the clock has stopped.
type kept struct {
	wanted bool
	bodies [][]byte
}

func (k *kept) keep(body []byte) {
	if k.wanted {
		k.bodies = append(k.bodies, bytes.Clone(body))
	}
}

// check reads the kept answers with the decoder and drops them.
func (k *kept) check() error {
	for _, body := range k.bodies {
		if _, err := read(body, true); err != nil {
			return err
		}
	}
	k.bodies = nil
	return nil
}

// chunk is a batch of a long outbox, ready to be sent: the packed end of its request, and the number of its last mutation.
type chunk struct {
	end  []byte
	last int64
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
	p.raw = syncproto.AppendSyncRequest(p.raw[:0], p.request(cfg, mutations))
	p.body, p.coded = pack(p.body[:0], p.raw)
}

func (p *phone) request(cfg Config, mutations []syncproto.PushedMutation) *syncproto.SyncRequest {
	now := time.Now().UnixMilli()
	return &syncproto.SyncRequest{
		Protocol: syncproto.ProtocolVersion, App: "fieldday/1", Cursor: p.cursor, MaxBytes: cfg.PageBytes, Acknowledged: p.acked,
		Clock: &syncproto.Clock{Wall: now, Boot: bootID, Uptime: now - firstDay}, Refer: len(mutations) > 0, Mutations: mutations,
	}
}

// fromMutations and afterMutations are where the members of a request end that stand before its mutations, with them
// and without. The cursor, which the answer before brings, is one of those.
var fromMutations, afterMutations = []byte(`"mutations":[`), []byte(`"protocol":`)

// chunk packs a batch for a request to come.
func (p *phone) chunk(cfg Config, mutations []syncproto.PushedMutation) chunk {
	body := syncproto.AppendSyncRequest(nil, p.request(cfg, mutations))
	end, _ := pack(nil, body[bytes.Index(body, fromMutations):])
	return chunk{end, p.number}
}

// prepareChunk makes a packed batch the next request. Its body is two frames, which zstd reads as one text (RFC 8878,
// 3.1): what a phone compresses on a processor of its own must not be compressed on the server's while the clock runs.
func (p *phone) prepareChunk(cfg Config, c chunk) {
	q := p.request(cfg, nil)
	q.Refer = true
	p.raw = syncproto.AppendSyncRequest(p.raw[:0], q)
	p.body = packer.EncodeAll(p.raw[:bytes.Index(p.raw, afterMutations)], p.body[:0])
	p.body, p.coded = append(p.body, c.end...), "zstd"
	p.number = c.last
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
	p.answers.keep(body)
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
