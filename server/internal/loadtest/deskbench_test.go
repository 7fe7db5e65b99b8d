package loadtest_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lantoa/server/internal/desk"
	"lantoa/server/internal/enroll"
	"lantoa/server/internal/httpapi"
	"lantoa/server/internal/live"
	"lantoa/server/internal/loadtest"
	"lantoa/server/internal/metrics"
	"lantoa/server/internal/review"
	"lantoa/server/internal/staff"
	"lantoa/server/internal/syncer"
	"lantoa/server/internal/wire"
	"lantoa/storage"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

// What BenchmarkDesk does: the phones sync as fast as they can, each officer asks something every second.
const (
	deskSubmissions = 200_000
	deskUnits       = 100
	deskPhones      = 64
	deskOfficers    = 8
	deskAuthors     = 3000
	deskEvery       = time.Second
	deskRounds      = 5
	deskWindow      = 6 * time.Second
	deskPushed      = 5 // stories in a request, each made and submitted
)

// bureau is a server's inside over a file with the submissions of some years: an office without a network.
type bureau struct {
	b        *testing.B
	store    *sqlite.Store
	rounds   *syncer.Service
	client   *http.Client
	units    []syncproto.ID
	phones   []*storage.Device
	officers []string // tokens of sessions
	authors  []syncproto.ID
	some     []syncproto.ID
	kept     bool // everything is in the file already
	made     int64
}

// BenchmarkDesk asks the queue, searches, counters and single submissions over HTTP handlers while 64 phones make and
// submit stories, at 200,000 submissions of 3,000 authors. It reports the 50th and 95th percentile of each question, how many mutations a
// second the phones get judged with and without the desk, and how much of the one the other is: asked are a p95 below
// 300 ms and a share above two thirds.
func BenchmarkDesk(b *testing.B) {
	o := newBureau(b)
	o.arrive()
	for range b.N {
		var alone, together, share []float64
		took := map[string][]time.Duration{}
		for range deskRounds {
			one := o.window(nil)
			two := o.window(took)
			alone, together, share = append(alone, one), append(together, two), append(share, two/one)
			b.Logf("%.0f mutations/s alone, %.0f with the desk: %.2f", one, two, two/one)
		}
		for name, list := range map[string][]float64{"sync/s": alone, "sync-with-desk/s": together, "share": share} {
			slices.Sort(list)
			b.ReportMetric(list[len(list)/2], name)
		}
		for _, name := range slices.Sorted(keys(took)) {
			list := took[name]
			slices.Sort(list)
			b.Logf("%-10s p50 %v p95 %v of %d", name, at(list, 50), at(list, 95), len(list))
			b.ReportMetric(float64(at(list, 95).Microseconds())/1000, strings.ReplaceAll(name, " ", "-")+"-p95-ms")
		}
	}
}

func keys(m map[string][]time.Duration) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func at(list []time.Duration, percent int) time.Duration {
	return list[min(len(list)-1, len(list)*percent/100)].Round(100 * time.Microsecond)
}

// deskFile keeps the filled file between runs: filling it takes minutes. Each run works on a copy.
var deskFile = flag.String("desk.file", "", "keep the file that BenchmarkDesk fills here")

func newBureau(b *testing.B) *bureau {
	name := filepath.Join(b.TempDir(), "lantoa.db")
	kept := *deskFile != "" && copyFile(*deskFile, name) == nil
	o := &bureau{b: b, kept: kept}
	o.open(name)
	o.hire()
	o.fill()
	if *deskFile != "" && !kept {
		if err := o.store.Close(); err != nil {
			b.Fatal(err)
		}
		if err := copyFile(name, *deskFile); err != nil {
			b.Fatal(err)
		}
		o.open(name)
	}
	o.serve()
	return o
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o600)
}

func (o *bureau) open(name string) {
	o.b.Helper()
	store, err := sqlite.Open(o.b.Context(), name, sqlite.Options{})
	if err != nil {
		o.b.Fatal(err)
	}
	o.b.Cleanup(func() { store.Close() })
	o.store = store
}

func (o *bureau) serve() {
	b, store := o.b, o.store
	o.rounds = syncer.New(store, syncer.Options{Reviewer: review.New(review.Options{}), Hold: time.Minute})
	service, err := staff.New(store, staff.Options{})
	if err != nil {
		b.Fatal(err)
	}
	hub := live.New(store, live.Config{})
	api := httpapi.New(httpapi.Config{
		Sync: o.rounds, Enroll: enroll.New(store, nil), Live: hub, Staff: service, Metrics: metrics.New("bench"), Version: "bench",
		Desk: desk.New(store, desk.Options{Actor: o.rounds}), Ready: func(context.Context) error { return nil },
	})
	o.client = &http.Client{Transport: api.Transport()}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = o.rounds.Run(ctx) })
	b.Cleanup(func() { cancel(); running.Wait() })
}

// id makes the same ids in the same order in each run.
func (o *bureau) id() syncproto.ID {
	o.made++
	return syncproto.MakeID(1_700_000_000_000+o.made, [10]byte{})
}

func (o *bureau) update(fn func(tx storage.Tx) error) {
	o.b.Helper()
	if o.kept {
		return
	}
	if err := o.store.Update(o.b.Context(), fn); err != nil {
		o.b.Fatal(err)
	}
}

// hire makes units, phones and officers. One officer in four answers for the province, the others for a commune.
func (o *bureau) hire() {
	now, names := time.Now().UnixMilli(), loadtest.NewWriter(1, 1)
	units := []syncproto.Unit{{ID: o.id(), Name: "Tỉnh", From: 1}}
	for i := range deskUnits {
		units = append(units, syncproto.Unit{ID: o.id(), Name: fmt.Sprint("Xã ", i), Parent: units[0].ID, From: 1})
	}
	for i := range units {
		o.units = append(o.units, units[i].ID)
		o.update(func(tx storage.Tx) error { return tx.PutUnit(&units[i]) })
	}
	for i := range deskPhones {
		o.phones = append(o.phones, o.member(names.Name(), o.units[1+i%deskUnits], syncproto.RoleVolunteer))
	}
	for range deskAuthors {
		o.authors = append(o.authors, o.id())
	}
	o.update(func(tx storage.Tx) error {
		writer := loadtest.NewWriter(2, 1)
		for _, id := range o.authors {
			if err := tx.PutPerson(&storage.Person{ID: id, Name: writer.Name(), Created: 1}); err != nil {
				return err
			}
		}
		return nil
	})
	for i := range deskOfficers {
		unit := o.units[1+i]
		if i%4 == 0 {
			unit = o.units[0]
		}
		d := o.member(names.Name(), unit, syncproto.RoleEditor)
		token, session := sha256.Sum256([]byte(d.ID)), o.id()
		o.officers = append(o.officers, base64.RawURLEncoding.EncodeToString(token[:]))
		o.update(func(tx storage.Tx) error {
			account := &storage.Account{Person: d.Person, Login: string(d.Person), Created: now, Handle: token[:], Device: d.ID}
			if err := tx.PutAccount(account); err != nil {
				return err
			}
			return tx.PutSession(&storage.Session{
				Hash: sha256.Sum256(token[:]), ID: session, Person: d.Person, Created: now, Proved: now, Seen: now,
				Expires: now + 24*3_600_000, Method: "password",
			})
		})
	}
}

func (o *bureau) member(name string, unit syncproto.ID, role syncproto.Role) *storage.Device {
	d := &storage.Device{ID: o.id(), Person: o.id(), Unit: unit, Created: 1}
	d.TokenHash = sha256.Sum256([]byte(d.ID))
	grant := &syncproto.Grant{ID: o.id(), Person: d.Person, Unit: unit, Role: role, From: 1}
	o.update(func(tx storage.Tx) error {
		if err := tx.PutPerson(&storage.Person{ID: d.Person, Name: name, Created: 1}); err != nil {
			return err
		}
		if err := tx.PutGrant(grant); err != nil {
			return err
		}
		return tx.PutDevice(d)
	})
	return d
}

// fill writes submissions as years of use would have left them: three of a hundred wait for an editor. The queue and its
// searches read the rows of submissions alone, so only one in a thousand has its record, to be shown: filling takes minutes
// as it is.
func (o *bureau) fill() {
	start, writer, random := time.Now(), loadtest.NewWriter(4, 1), rand.New(rand.NewPCG(4, 1))
	const batch = 1000
	for n := 0; n < deskSubmissions; n += batch {
		var records []*syncproto.Record
		for i := range batch {
			records = append(records, o.submission(n+i, writer, random))
		}
		o.update(func(tx storage.Tx) error {
			if err := tx.PutRecord(records[0], syncproto.Placement(records[0], nil)); err != nil {
				return err
			}
			for _, r := range records {
				if err := tx.PutSubmission(rowOf(r), 0); err != nil {
					return err
				}
			}
			return nil
		})
		o.some = append(o.some, records[0].ID)
	}
	o.b.Logf("seed 4: %d submissions in %v", deskSubmissions, time.Since(start).Round(time.Second))
}

func (o *bureau) submission(n int, writer *loadtest.Writer, random *rand.Rand) *syncproto.Record {
	received := 1_700_000_000_000 + int64(n)*1000
	r := &syncproto.Record{
		ID: o.id(), Kind: syncproto.KindStory, Unit: o.units[1+random.IntN(deskUnits)], Author: o.authors[random.IntN(deskAuthors)], Revision: 3,
		State: syncproto.StatePublished, Fields: writer.Story(), Received: received, Changed: received,
	}
	switch p := random.IntN(100); {
	case p < 3:
		r.State = syncproto.StateSubmitted
	case p < 6:
		r.State = syncproto.StateNeedsChanges
	case p < 12:
		r.State = syncproto.StateDeclined
	}
	return r
}

func rowOf(r *syncproto.Record) *storage.Submission {
	title, body := r.Fields["title"].TextOr(""), r.Fields["body"].TextOr("")
	return &storage.Submission{
		Record: r.ID, Kind: r.Kind, Unit: r.Unit, Author: r.Author, State: r.State, Sent: r.Received, Since: r.Received,
		Changed: r.Changed, Title: title, Text: title + "\n" + body,
	}
}

// window lets the phones sync for a while, with the desk if there is somewhere to write its times to, and returns the
// mutations that were judged in a second.
func (o *bureau) window(took map[string][]time.Duration) float64 {
	ctx, cancel := context.WithTimeout(o.b.Context(), deskWindow)
	defer cancel()
	var running sync.WaitGroup
	var judged atomic.Int64
	start := time.Now()
	for i, d := range o.phones {
		running.Go(func() { o.phone(ctx, d, uint64(i), &judged) })
	}
	if took != nil {
		var mu sync.Mutex
		for i, token := range o.officers {
			running.Go(func() {
				o.officer(ctx, token, uint64(i), func(name string, d time.Duration) {
					mu.Lock()
					defer mu.Unlock()
					took[name] = append(took[name], d)
				})
			})
		}
	}
	running.Wait()
	return float64(judged.Load()) / time.Since(start).Seconds()
}

// phone makes and submits stories until ctx ends.
func (o *bureau) phone(ctx context.Context, d *storage.Device, number uint64, judged *atomic.Int64) {
	writer, cursor := loadtest.NewWriter(uint64(time.Now().UnixNano()), number), ""
	var n int64
	err := o.store.View(ctx, func(r storage.Reader) error {
		stored, err := r.Device(d.ID)
		if err == nil {
			n = stored.Accepted
		}
		return err
	})
	if err != nil {
		return
	}
	for ctx.Err() == nil {
		req := &syncproto.SyncRequest{App: "bench", Cursor: cursor, MaxBytes: syncproto.MaxPageBytes}
		for range deskPushed {
			id := syncproto.NewID()
			n += 2
			req.Mutations = append(
				req.Mutations,
				syncproto.PushedMutation{Mutation: syncproto.Mutation{
					Number: n - 1, ID: syncproto.NewID(), Record: id, Kind: syncproto.KindStory, Unit: d.Unit, Set: writer.Story(),
				}},
				syncproto.PushedMutation{Mutation: syncproto.Mutation{
					Number: n, ID: syncproto.NewID(), Record: id, Kind: syncproto.KindStory, Command: syncproto.CommandSubmit, BaseRevision: 1,
				}},
			)
		}
		reply, err := o.rounds.Sync(context.WithoutCancel(ctx), d, req, wire.Identity)
		if err != nil {
			o.b.Errorf("sync: %v", err)
			return
		}
		if reply.Results.Rejected > 0 || reply.PushCode != "" {
			o.b.Errorf("not judged: %+v", reply)
			return
		}
		judged.Add(2 * deskPushed)
		cursor = cursorOf(reply.Body)
	}
}

// cursorOf finds the cursor without decoding the pages, which is the phone's work.
func cursorOf(body []byte) string {
	_, rest, _ := strings.Cut(string(body), `"cursor":"`)
	cursor, _, _ := strings.Cut(rest, `"`)
	return cursor
}

// arrive lets each officer ask once: the first use of a session in a minute is written, and waits for the phones' commit.
func (o *bureau) arrive() {
	for _, token := range o.officers {
		o.ask(context.Background(), token, "/v1/desk/queue")
	}
}

// officer asks one question after the other, in the pace of somebody who clicks and types.
func (o *bureau) officer(ctx context.Context, token string, number uint64, told func(name string, took time.Duration)) {
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), number))
	tick := time.NewTicker(deskEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		name, path := o.question(random)
		start := time.Now()
		o.ask(context.WithoutCancel(ctx), token, path)
		told(name, time.Since(start))
	}
}

func (o *bureau) ask(ctx context.Context, token, path string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://desk"+path, nil)
	if err != nil {
		o.b.Error(err)
		return
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := o.client.Do(req)
	if err != nil {
		o.b.Error(err)
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	// A commune's editor does not see what another commune has.
	if err != nil || resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusNotFound {
		o.b.Errorf("%s: %d %s, %v", path, resp.StatusCode, body, err)
	}
}

// searches are rare and frequent words, with and without accents, right and wrong tone marks, one and several.
var searches = []string{
	"chu thap do", "Chữ thập đỏ", "nguoi tot viec thien", "hoà bình", "hòa bình", "CTĐ", "Mường Khương suất quà", "giếng nước",
	"tinh nguyen vien", "Lê Thị Lan", "và", "không có từ này đâu",
}

func (o *bureau) question(random *rand.Rand) (name, path string) {
	switch random.IntN(8) {
	case 0, 1:
		return "mine", "/v1/desk/queue"
	case 2:
		return "newest", "/v1/desk/queue?view=open&order=newest"
	case 3:
		return "long page", "/v1/desk/queue?view=all&state=published,corrected&limit=200"
	case 4, 5:
		return "search", "/v1/desk/queue?view=all&q=" + url.QueryEscape(searches[random.IntN(len(searches))])
	case 6:
		return "counters", "/v1/desk/counters"
	}
	return "show", "/v1/desk/submissions/" + string(o.some[random.IntN(len(o.some))])
}
