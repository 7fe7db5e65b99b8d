package storagetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

func testSearch(t *testing.T, s storage.Store) {
	w := newWorld(t, 94)
	for _, row := range [][2]string{
		{"red", "Hội Chữ thập đỏ xã Hoà Bình"},
		{"short", "Hội CTĐ xã Ea Kao"},
		{"scattered", "Đỏ như tháp, chữ ở chùa"},
		{"plain", "chu thap do tren ao"},
		{"nfd", norm.NFD.String("Bà Thuỷ quí trẻ, họp tại Hòa Hải")},
		{"union", "Liên đoàn Lao động tỉnh, tình nguyện viên"},
		{"quote", `anh "Ba" nói: folded OR exact* NOT (NEAR) 50%`},
	} {
		r := w.submission(row[1])
		r.Title = row[0]
		putSubmission(t, s, r)
	}
	for typed, want := range map[string]string{
		"chu thap do":               "plain short red scattered",
		"CHU THAP DO":               "plain short red scattered",
		"Chữ thập đỏ":               "short red plain scattered",
		"chữ đỏ":                    "scattered red plain",
		"đỏ chữ":                    "scattered red plain",
		`"chu thap do"`:             "plain short red",
		`"chữ thập đỏ"`:             "short red plain",
		`“chữ thập”`:                "red plain",
		`"hội chữ thập đỏ xã"`:      "short red",
		`"thập đỏ`:                  "red plain",
		"ctđ":                       "short red plain",
		"CTĐ xã":                    "short red",
		"ctd xa":                    "short red",
		"LĐLĐ tỉnh":                 "union",
		"TNV":                       "union",
		"tnv ":                      "union",
		"hoa binh":                  "red",
		"hòa bình":                  "red",
		"hoà bình":                  "red",
		"hoá bình":                  "red",
		"thủy quý":                  "nfd",
		norm.NFD.String("thuỷ quí"): "nfd",
		"bin":                       "red",
		"bin ":                      "",
		"bi":                        "",
		"hoi xa ea ka":              "",
		"hoi xa ea kao":             "short",
		"xã Hải":                    "",
		`folded OR exact* NOT (`:    "quote",
		`50%`:                       "quote",
		`"`:                         "",
		`" "`:                       "",
		`""chu""`:                   "plain scattered red",
		`'; DROP TABLE x --`:        "",
		"folded : chu":              "",
		"chu*":                      "plain scattered red",
		"^hoi + chu":                "red",
		"không có":                  "",
	} {
		t.Run(typed, func(t *testing.T) {
			wantFound(t, s, storage.Query{Text: typed}, strings.Fields(want)...)
		})
	}
	wantFound(t, s, storage.Query{Text: "chu thap do", Author: w.id()})
	wantFound(t, s, storage.Query{Text: strings.Repeat("chu thap do ", 300)}, "plain", "scattered", "short", "red")
	wantFound(t, s, storage.Query{Text: strings.Repeat(`"ctd" `, 3000)}, "plain", "short", "red")
	wantFound(t, s, storage.Query{Text: strings.Repeat("x", 100_000)})
}

func testTallies(t *testing.T, s storage.Store) {
	w := newWorld(t, 95)
	units := []syncproto.ID{w.unit, w.id(), ""}
	a, b, c := w.submission("a"), w.submission("b"), w.submission("c")
	a.Flags, c.Unit, c.Flags = storage.FlagUrgent|storage.FlagAlarmed, units[1], storage.FlagUrgent
	expect := func(units []syncproto.ID, want ...storage.Tally) {
		t.Helper()
		view(t, s, func(r storage.Reader) error {
			got, err := r.Tallies(units)
			sortTallies(want)
			if !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
			return err
		})
	}
	expect(nil)
	putSubmission(t, s, a, b, c)
	state := syncproto.StateSubmitted
	tally := func(unit syncproto.ID, state syncproto.State, flag storage.Flag, count int) storage.Tally {
		return storage.Tally{Unit: unit, State: state, Flag: flag, Count: count}
	}
	ofA := []storage.Tally{
		tally(units[0], state, 0, 2), tally(units[0], state, storage.FlagUrgent, 1), tally(units[0], state, storage.FlagAlarmed, 1),
	}
	ofC := []storage.Tally{tally(units[1], state, 0, 1), tally(units[1], state, storage.FlagUrgent, 1)}
	expect(nil, slices.Concat(ofA, ofC)...)
	expect(units, slices.Concat(ofA, ofC)...)
	expect([]syncproto.ID{units[1], units[1], "not an id"}, ofC...)
	expect([]syncproto.ID{})
	c.Unit, c.State, c.Flags = "", syncproto.StateDeclined, 0
	putSubmission(t, s, c)
	update(t, s, func(tx storage.Tx) error { return tx.DropSubmission(a.Record) })
	expect(nil, tally(units[0], state, 0, 1), tally("", syncproto.StateDeclined, 0, 1))
}

func sortTallies(list []storage.Tally) {
	slices.SortFunc(list, func(a, b storage.Tally) int {
		if a.Unit != b.Unit {
			return strings.Compare(string(a.Unit), string(b.Unit))
		}
		if a.State != b.State {
			return strings.Compare(string(a.State), string(b.State))
		}
		return int(a.Flag) - int(b.Flag)
	})
}

// syllables are few, so that random texts have many in common; some differ in accents alone.
var syllables = strings.Fields(`chữ thập đỏ chu thap do CTĐ ctd tháp đó hòa hoà hoàn hoàng hoa thủy thuỷ quý quí quyt quýt bình binh hội hoi xã
	tình nguyện viên TNV tinh liên đoàn lao động LĐLĐ công cơ sở ab abc abcd 日本 é 50`)

func randomText(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(syllables[r.IntN(len(syllables))])
		b.WriteString([]string{" ", ", ", ".\n", "-"}[r.IntN(4)])
	}
	return b.String()
}

// testSubmissionsRandom compares a store with the one that reads everything, through puts, drops and queries.
func testSubmissionsRandom(t *testing.T, s storage.Store) {
	w := newWorld(t, 96)
	model := memory.New()
	defer model.Close()
	ids := make([]syncproto.ID, 60)
	for i := range ids {
		ids[i] = w.id()
	}
	pool := []syncproto.ID{w.id(), w.id(), w.id(), ""}
	rounds := 12
	if testing.Short() {
		rounds = 3
	}
	for round := range rounds {
		seed := w.Uint64()
		change := func(tx storage.Tx) error {
			r := rand.New(rand.NewPCG(seed, 2))
			for range 30 {
				if err := randomChange(tx, r, ids, pool); err != nil {
					return err
				}
			}
			return nil
		}
		update(t, s, change)
		update(t, model, change)
		for range 60 {
			q := randomQuery(w.Rand, pool)
			compareFound(t, s, model, q)
		}
		compareTallies(t, s, model, pool[round%3:])
	}
}

func randomChange(tx storage.Tx, r *rand.Rand, ids, pool []syncproto.ID) error {
	id := ids[r.IntN(len(ids))]
	pick := func() syncproto.ID { return pool[r.IntN(len(pool))] }
	row, err := tx.Submission(id)
	if err != nil {
		row = &storage.Submission{Record: id, Kind: syncproto.KindStory, Author: pick(), Unit: pick(), Text: randomText(r, 1+r.IntN(12))}
	}
	states := []syncproto.State{syncproto.StateSubmitted, syncproto.StateInReview, syncproto.StatePublished, syncproto.StateDeclined}
	switch r.IntN(8) {
	case 0:
		return tx.DropSubmission(id)
	case 1:
		row.Text = randomText(r, 1+r.IntN(12))
	case 2:
		row.Unit = pick()
	case 3:
		return tx.Savepoint(func() error {
			row.Text = "never"
			_ = tx.PutSubmission(row, 1)
			return nil
		})
	case 4:
		_ = tx.Savepoint(func() error {
			row.Text, row.Flags = "undone", 511
			_ = tx.PutSubmission(row, 1)
			return errWanted
		})
		return nil
	}
	row.State, row.Flags = states[r.IntN(len(states))], storage.Flag(r.IntN(512))
	row.Flags &= storage.Flag(r.IntN(512))
	row.Since, row.Changed, row.Title = int64(r.IntN(20)), int64(r.IntN(20)), fmt.Sprint(r.IntN(1000))
	row.Claimer, row.Until = pick(), int64(r.IntN(20))
	return tx.PutSubmission(row, int64(r.IntN(2)))
}

func randomQuery(r *rand.Rand, pool []syncproto.ID) storage.Query {
	q := storage.Query{Limit: 1 + r.IntN(20)}
	sometimes := func(fn func()) {
		if r.IntN(4) == 0 {
			fn()
		}
	}
	pick := func() syncproto.ID { return pool[r.IntN(len(pool))] }
	q.Order = []storage.Order{"", storage.OrderWaiting, storage.OrderNewest}[r.IntN(3)]
	sometimes(func() { q.Units = []syncproto.ID{pick()} })
	sometimes(func() { q.Units = []syncproto.ID{pick(), pick(), "not an id"} })
	sometimes(func() { q.States = []syncproto.State{syncproto.StateSubmitted, syncproto.StateInReview} })
	sometimes(func() { q.States = []syncproto.State{syncproto.StatePublished} })
	sometimes(func() { q.All = 1 << r.IntN(9) })
	sometimes(func() { q.None = 1 << r.IntN(9) })
	sometimes(func() { q.Author = pick() })
	sometimes(func() { q.NotBy = pick() })
	sometimes(func() { q.Claimer = pick() })
	sometimes(func() { q.Free = int64(r.IntN(20)) })
	sometimes(func() { q.Before = int64(r.IntN(20)) })
	sometimes(func() { q.After = int64(r.IntN(20)) })
	if r.IntN(3) > 0 {
		q.Text = strings.TrimRight(randomText(r, 1+r.IntN(4)), " ,.\n-")
		sometimes(func() { q.Text = `"` + q.Text + `"` })
		sometimes(func() { q.Text += " " })
		sometimes(func() { q.Order = storage.OrderBest })
	}
	return q
}

// compareFound compares all pages of a query. A mark belongs to the store that made it.
func compareFound(t *testing.T, s, model storage.Store, q storage.Query) {
	t.Helper()
	var marks [2]string
	for {
		var pages [2]*storage.Found
		for i, one := range []storage.Store{s, model} {
			view(t, one, func(r storage.Reader) (err error) {
				q.From = marks[i]
				pages[i], err = r.Find(&q)
				return err
			})
			marks[i] = pages[i].Next
		}
		if !slices.Equal(pages[0].Rows, pages[1].Rows) || (marks[0] == "") != (marks[1] == "") {
			t.Fatalf("%+v\ngot  %+v\nwant %+v", q, pages[0], pages[1])
		}
		if marks[0] == "" {
			return
		}
	}
}

func compareTallies(t *testing.T, s, model storage.Store, units []syncproto.ID) {
	t.Helper()
	for _, units := range [][]syncproto.ID{nil, units} {
		var lists [2][]storage.Tally
		for i, one := range []storage.Store{s, model} {
			view(t, one, func(r storage.Reader) (err error) {
				lists[i], err = r.Tallies(units)
				return err
			})
		}
		if !slices.Equal(lists[0], lists[1]) {
			t.Fatalf("got %v\nwant %v", lists[0], lists[1])
		}
	}
}
