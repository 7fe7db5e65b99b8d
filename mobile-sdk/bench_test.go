package mobilesdk_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"lantoa/mobile-sdk"
	"lantoa/mobile-sdk/internal/hook"
	"lantoa/syncproto"
)

// feeder is a server that only deals out records of one scope, as fast as they can be read.
type feeder struct {
	records, part, sent int
	device, person      syncproto.ID
	unit                syncproto.ID
	wires               [][]byte
}

func newFeeder(l *lab, records, part int) *feeder {
	f := &feeder{records: records, part: part, device: l.id(), person: l.id(), unit: l.id()}
	body := syncproto.Text(strings.Repeat("Sáng nay đoàn viên xã Hòa Bình giúp bà con dựng lại nhà sau bão. ", 6))
	for i := range records {
		f.wires = append(f.wires, syncproto.AppendRecord(nil, &syncproto.Record{
			ID: l.id(), Kind: syncproto.KindStory, Unit: f.unit, Author: f.person, Revision: 1, State: syncproto.StatePublished,
			Received: l.now + int64(i), Changed: l.now + int64(i), Captured: &syncproto.Captured{Device: l.now, Estimate: l.now, Uncertainty: 9},
			Fields: syncproto.Fields{"title": syncproto.Text(fmt.Sprint("Tin số ", i)), "body": body, "type": `"hoat_dong"`},
		}))
	}
	return f
}

func (f *feeder) Do(_ context.Context, r *mobilesdk.Request) (*mobilesdk.Response, error) {
	if r.Path == "/v1/enroll" {
		q, err := syncproto.DecodeEnrollRequest(r.Body)
		if err != nil {
			return nil, err
		}
		body := syncproto.AppendEnrollResponse(nil, &syncproto.EnrollResponse{
			Token: "t", Device: q.Device, Person: f.person, Unit: f.unit, Role: syncproto.RoleVolunteer, Epoch: "0000000000000001",
		})
		return &mobilesdk.Response{Status: 200, Body: body}, nil
	}
	answer := &syncproto.SyncResponse{ServerTime: 1_790_000_000_000, Epoch: "0000000000000001"}
	end := min(f.sent+f.part, f.records)
	page := syncproto.Page{Scope: syncproto.UnitScope(f.unit), Fresh: f.sent == 0}
	for _, wire := range f.wires[f.sent:end] {
		page.Changes = append(page.Changes, syncproto.Change{Wire: wire})
	}
	f.sent = end
	if page.CaughtUp = end == f.records; page.CaughtUp {
		for _, wire := range f.wires {
			page.Sum.Add(syncproto.HashRecord(wire))
		}
	}
	answer.More, answer.Cursor, answer.Pages = !page.CaughtUp, fmt.Sprint("c", end), []syncproto.Page{page}
	return &mobilesdk.Response{Status: 200, Body: syncproto.AppendSyncResponse(nil, answer)}, nil
}

func (f *feeder) Live(context.Context, *mobilesdk.Request, func()) error { return errDown }

func fill(b testing.TB, l *lab, f *feeder) *mobilesdk.Engine {
	b.Helper()
	e, err := mobilesdk.OpenWithHooks(context.Background(), mobilesdk.Config{
		Path: filepath.Join(b.TempDir(), "phone.db"), Transport: f, Random: l.random,
	}, hook.Hooks{})
	l.must(err)
	b.Cleanup(func() { e.Close() })
	l.must(e.Enroll(context.Background(), "http://lab", syncproto.NewEnrollCode()))
	_, err = e.Sync(context.Background())
	l.must(err)
	return e
}

// BenchmarkCapture10k captures a story with 10,000 records on the phone.
func BenchmarkCapture10k(b *testing.B) {
	l := newLab(b)
	e := fill(b, l, newFeeder(l, 10_000, 1000))
	set := syncproto.Fields{"title": syncproto.Text("Hiến máu"), "body": syncproto.Text(strings.Repeat("Sáng nay ở trạm xá. ", 40))}
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		_, err := e.Create(context.Background(), syncproto.KindStory, "", set)
		l.must(err)
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "median-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

// BenchmarkApplyPages takes a first sync of 100,000 records and compares it with inserting the same bytes into a bare
// table of the same driver, in transactions of the same size. The ratio is to be at least 0.5.
func BenchmarkApplyPages(b *testing.B) {
	const records, part = 100_000, 150 // about what 64 KiB hold, compressed
	for b.Loop() {
		l := newLab(b)
		f := newFeeder(l, records, part)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		began := time.Now()
		fill(b, l, f)
		ours := time.Since(began)
		runtime.GC()
		runtime.ReadMemStats(&after)
		bare := insertBare(b, f.wires, part)
		b.ReportMetric(records/ours.Seconds(), "records/s")
		b.ReportMetric(records/bare.Seconds(), "bare/s")
		b.ReportMetric(bare.Seconds()/ours.Seconds(), "ratio")
		b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/(1<<20), "MiB-left")
	}
}

func insertBare(b *testing.B, wires [][]byte, part int) time.Duration {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "bare.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("CREATE TABLE records (id BLOB PRIMARY KEY, wire BLOB)"); err != nil {
		b.Fatal(err)
	}
	insert, err := db.Prepare("INSERT INTO records VALUES ($1, $2)")
	if err != nil {
		b.Fatal(err)
	}
	ids := make([][16]byte, len(wires)) // a bare insert does not read what it stores
	for i, wire := range wires {
		r, err := syncproto.DecodeRecord(wire)
		if err != nil {
			b.Fatal(err)
		}
		ids[i], _ = r.ID.Bytes()
	}
	began, next := time.Now(), 0
	for part := range slices.Chunk(wires, part) {
		tx, err := db.Begin()
		if err != nil {
			b.Fatal(err)
		}
		stmt := tx.Stmt(insert)
		for _, wire := range part {
			if _, err := stmt.Exec(ids[next][:], wire); err != nil {
				b.Fatal(err)
			}
			next++
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(began)
}

// BenchmarkInbox reads the calls that a phone follows at most, each with its receipt and an answer.
func BenchmarkInbox(b *testing.B) {
	l, p := calledPhone(b)
	for b.Loop() {
		if in, err := p.Inbox(context.Background(), 0, ""); err != nil || len(in.Calls) != syncproto.MaxAudiences {
			l.t.Fatal(err)
		}
	}
}

// BenchmarkRing is what stands between a push and its being shown.
func BenchmarkRing(b *testing.B) {
	l, p := calledPhone(b)
	call := p.inbox().Calls[0].ID
	for i := 0; b.Loop(); i++ {
		_, err := p.Ring(context.Background(), strconv.Itoa(i), "call", call)
		l.must(err)
	}
}

func calledPhone(b *testing.B) (*lab, *phone) {
	l := newLab(b)
	p := l.phone("Lan", syncproto.RoleVolunteer)
	for range syncproto.MaxAudiences {
		l.call(nil, "Lan")
	}
	p.sync()
	for _, c := range p.inbox().Calls {
		p.says(c.ID, "yes")
	}
	p.sync()
	return l, p
}
