package syncproto

import (
	"strconv"
	"strings"
	"testing"
)

// oneKB is about 1 KB of Vietnamese as people type it.
var oneKB = strings.Repeat("Sáng nay cả xóm cùng nấu cháo cho bà con vùng lũ; thuyền của anh Hùng chở được ba chuyến. ", 8)

// pushOf is a request of n mutations with 1 KB of text each.
func pushOf(n int) []byte {
	r := &SyncRequest{Protocol: ProtocolVersion, App: "phone/1.0", Cursor: strings.Repeat("A", 120), Clock: &Clock{Wall: 1763786752000, Boot: "b1", Uptime: 5}}
	for i := range n {
		m := &Mutation{
			Number: int64(i + 1), ID: MakeID(int64(i), [10]byte{1}), Record: MakeID(int64(i), [10]byte{2}), Kind: KindStory, Unit: idA,
			Set: Fields{
				"title": Text("Bếp ăn 0 đồng số " + strconv.Itoa(i)), "body": Text(oneKB), "type": Text("cuu_tro"),
				"happened_at": Int(1763786752000), "place": Object(Fields{"text": Text("Thôn 3"), "lat": "16.4637", "lon": "107.5909"}),
			},
			Captured: CaptureClock{Device: 1763786752000, Boot: "b1", Uptime: 7},
		}
		r.Mutations = append(r.Mutations, PushedMutation{Mutation: *m, Wire: AppendMutation(nil, m)})
	}
	return AppendSyncRequest(nil, r)
}

func recordOf(i int) *Record {
	return &Record{
		ID: MakeID(int64(i), [10]byte{3, byte(i)}), Kind: KindStory, Unit: idA, Author: idB, Revision: 3, State: StatePublished,
		Fields:   Fields{"title": Text("Bếp ăn 0 đồng số " + strconv.Itoa(i)), "body": Text(oneKB), "type": Text("cuu_tro"), "tags": List(Text("bão"), Text("lũ"))},
		Marks:    map[string]int64{"title": 2, "body": 3},
		Captured: &Captured{Device: 1, Estimate: 2, Uncertainty: 3}, Received: 1763786752000, Changed: 1763786762000,
	}
}

func pageOf(n int) *SyncResponse {
	p := Page{Scope: ScopePublic, CaughtUp: true}
	for i := range n {
		r := recordOf(i)
		wire := AppendRecord(nil, r)
		p.Changes = append(p.Changes, Change{ID: r.ID, Wire: wire})
		p.Sum.Add(HashRecord(wire))
	}
	return &SyncResponse{ServerTime: 1, Epoch: "0123456789abcdef", Accepted: 4, Cursor: "AQID", Pages: []Page{p}}
}

func BenchmarkDecodePush10(b *testing.B) {
	data := pushOf(10)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := DecodeSyncRequest(data)
		if err != nil || r.Mutations[9].Err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHashMutation(b *testing.B) {
	r, err := DecodeSyncRequest(pushOf(1))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		HashMutation(&r.Mutations[0].Mutation)
	}
}

func BenchmarkAppendPage200(b *testing.B) {
	r := pageOf(200)
	buf := AppendSyncResponse(nil, r)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendSyncResponse(buf[:0], r)
	}
}

func BenchmarkDecodePage200(b *testing.B) {
	data := AppendSyncResponse(nil, pageOf(200))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeSyncResponse(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeRecord(b *testing.B) {
	data := AppendRecord(nil, recordOf(1))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeRecord(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendRecord(b *testing.B) {
	r := recordOf(1)
	buf := AppendRecord(nil, r)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendRecord(buf[:0], r)
	}
}
