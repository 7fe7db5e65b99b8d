package people_test

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lantoa/server/internal/enroll"
	"lantoa/server/internal/people"
	"lantoa/server/internal/syncer"
	"lantoa/server/internal/wire"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

// country is the units of the whole country on SQLite, some thousand people, and phones that sync without a pause.
type country struct {
	*people.Service
	b         testing.TB
	sync      *syncer.Service
	enroll    *enroll.Service
	provinces []syncproto.ID
	communes  []syncproto.ID
}

const (
	benchProvinces = 34
	benchCommunes  = 3321
	benchPeople    = 5000
	benchPhones    = 64
)

func newCountry(b testing.TB) *country {
	b.Helper()
	store, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "lantoa.db"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { store.Close() })
	c := &country{Service: people.New(store), b: b, sync: syncer.New(store, syncer.Options{}), enroll: enroll.New(store, nil)}
	root := syncproto.NewID()
	changes := []people.UnitChange{{Act: people.ActCreate, Unit: root, Name: "Trung ương", At: 1}}
	for i := range benchProvinces {
		c.provinces = append(c.provinces, syncproto.NewID())
		changes = append(changes, people.UnitChange{Act: people.ActCreate, Unit: c.provinces[i], Name: fmt.Sprint("Tỉnh ", i), Parent: root, At: 1})
	}
	for i := range benchCommunes {
		c.communes = append(c.communes, syncproto.NewID())
		changes = append(changes, people.UnitChange{
			Act: people.ActCreate, Unit: c.communes[i], Name: fmt.Sprint("Xã ", i), Parent: c.provinces[i%benchProvinces], At: 1,
		})
	}
	if _, err := c.Reorganise(b.Context(), people.Console(), changes, false); err != nil {
		b.Fatal(err)
	}
	var list strings.Builder
	list.WriteString("họ tên,đơn vị\n")
	for i := range benchPeople {
		fmt.Fprintf(&list, "Người %d,%s\n", i, c.communes[i%100])
	}
	if _, err := c.ImportPeople(b.Context(), people.Console(), []byte(list.String()), false); err != nil {
		b.Fatal(err)
	}
	return c
}

// syncing runs phones until stop is closed, and returns the time that each round took, in the order of their ends.
func (c *country) syncing(ctx context.Context, rounds chan<- time.Duration) *sync.WaitGroup {
	var running sync.WaitGroup
	for i := range benchPhones {
		unit := c.communes[i%len(c.communes)]
		issued, err := c.enroll.Issue(ctx, enroll.Invitation{Unit: unit, Role: syncproto.RoleVolunteer})
		if err != nil {
			c.b.Fatal(err)
		}
		resp, err := c.enroll.Redeem(ctx, &syncproto.EnrollRequest{Code: issued.Code, Device: syncproto.NewID(), Nonce: strings.Repeat("n", 22)})
		if err != nil {
			c.b.Fatal(err)
		}
		running.Go(func() { c.phone(ctx, resp.Token, unit, rounds) })
	}
	return &running
}

// phone sends a draft a round until ctx ends.
func (c *country) phone(ctx context.Context, token string, unit syncproto.ID, rounds chan<- time.Duration) {
	cursor := ""
	for n := int64(1); ctx.Err() == nil; n++ {
		m := syncproto.Mutation{
			ID: syncproto.NewID(), Number: n, Kind: syncproto.KindStory, Record: syncproto.NewID(), Unit: unit,
			Set: syncproto.Fields{"title": syncproto.Text("Hiến máu"), "body": syncproto.Text(strings.Repeat("Sáng nay, mọi người đến rất đông. ", 20))},
		}
		began := time.Now()
		device, err := c.sync.Authenticate(context.Background(), token)
		if err != nil {
			c.b.Error(err)
			return
		}
		reply, err := c.sync.Sync(context.Background(), device, &syncproto.SyncRequest{
			Protocol: syncproto.ProtocolVersion, App: "bench", Cursor: cursor,
			Mutations: []syncproto.PushedMutation{{Mutation: m, Wire: syncproto.AppendMutation(nil, &m)}},
		}, wire.Identity)
		if err != nil {
			c.b.Error(err)
			return
		}
		resp, err := syncproto.DecodeSyncResponse(reply.Body)
		if err != nil {
			c.b.Error(err)
			return
		}
		if resp.Cursor != "" {
			cursor = resp.Cursor
		}
		rounds <- time.Since(began)
	}
}

// BenchmarkReorganiseWhilePhonesSync merges a hundred communes into fifty new ones, with 64 phones that push a draft a round
// and a Run that follows. It reports the reorganisation, the rounds a second before and from its begin to the moment when
// every profile is written, and the longest round of that time.
func BenchmarkReorganiseWhilePhonesSync(b *testing.B) {
	c := newCountry(b)
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	rounds := make(chan time.Duration, 1<<20)
	running := c.syncing(ctx, rounds)
	time.Sleep(2 * time.Second)
	drain(rounds)
	time.Sleep(2 * time.Second)
	before := drain(rounds)
	var took, settled time.Duration
	var during []time.Duration
	next := 0
	for b.Loop() {
		changes := make([]people.UnitChange, 0, 50)
		for range 50 {
			pair := []syncproto.ID{c.communes[next%benchCommunes], c.communes[(next+benchProvinces)%benchCommunes]}
			changes = append(changes, people.UnitChange{
				Act: people.ActMerge, Name: fmt.Sprint("Xã mới ", next), Parent: c.provinces[next%benchProvinces], Units: pair,
			})
			if next++; next%benchProvinces == 0 {
				next += benchProvinces
			}
		}
		began := time.Now()
		if _, err := c.Reorganise(ctx, people.Console(), changes, false); err != nil {
			b.Fatal(err)
		}
		took += time.Since(began)
		if err := c.Settle(ctx); err != nil {
			b.Fatal(err)
		}
		settled += time.Since(began)
		during = append(during, drain(rounds)...)
	}
	stop()
	running.Wait()
	b.ReportMetric(float64(took.Milliseconds())/float64(b.N), "reorganise-ms")
	b.ReportMetric(float64(settled.Milliseconds())/float64(b.N), "settled-ms")
	b.ReportMetric(float64(len(before))/2, "rounds/s-before")
	b.ReportMetric(float64(len(during))/settled.Seconds(), "rounds/s-during")
	b.ReportMetric(float64(quantile(before, 0.99).Milliseconds()), "p99-before-ms")
	b.ReportMetric(float64(quantile(during, 1).Milliseconds()), "longest-during-ms")
}

func drain(rounds <-chan time.Duration) (list []time.Duration) {
	for {
		select {
		case d := <-rounds:
			list = append(list, d)
		default:
			return list
		}
	}
}

func quantile(list []time.Duration, q float64) time.Duration {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[min(int(math.Ceil(q*float64(len(list)))), len(list))-1]
}

// BenchmarkList is a page of 5,000 people, a search among them, and both after somebody changed something.
func BenchmarkList(b *testing.B) {
	c := newCountry(b)
	list := func(b *testing.B, query string) {
		b.Helper()
		if _, err := c.List(b.Context(), people.Console(), people.Listing{Unit: c.provinces[3], Query: query}); err != nil {
			b.Fatal(err)
		}
	}
	for name, query := range map[string]string{"page": "", "search": "nguoi 41"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				list(b, query)
			}
		})
	}
	b.Run("after a change", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := c.CreatePerson(b.Context(), "Lan", c.communes[0], syncproto.RoleVolunteer); err != nil {
				b.Fatal(err)
			}
			list(b, "")
		}
	})
}
