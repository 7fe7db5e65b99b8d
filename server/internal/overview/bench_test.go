package overview_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"lantoa/server/internal/overview"
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

var (
	benchSubmissions = flag.Int("submissions", 200_000, "how many submissions the benchmark of reports begins with")
	benchCommunes    = flag.Int("communes", 100, "in how many units")
)

// BenchmarkReport is a report over a province, at 200,000 submissions of three years with some ten counters each.
func BenchmarkReport(b *testing.B) {
	s, province, communes := benchStore(b)
	end := day(2026, 1, 1)
	now := end - 10*24*hour
	svc := overview.New(s, overview.Options{Now: func() time.Time { return time.UnixMilli(now) }})
	base := 0.0
	for _, c := range []struct {
		name string
		ask  overview.Ask
	}{
		{"month by day", overview.Ask{Unit: province, From: day(2025, 12, 1), Until: end, Step: overview.StepDay}},
		{"quarter by week", overview.Ask{Unit: province, From: day(2025, 10, 1), Until: end, Step: overview.StepWeek}},
		{"year by month", overview.Ask{Unit: province, From: day(2025, 1, 1), Until: end, Step: overview.StepMonth}},
		{"three years by month", overview.Ask{Unit: province, From: day(2023, 1, 1), Until: end, Step: overview.StepMonth}},
		{"a year of days, by week", overview.Ask{Unit: province, From: day(2025, 1, 1), Until: end, Step: overview.StepWeek}},
		{"one commune, a month", overview.Ask{Unit: communes[3], From: day(2025, 12, 1), Until: end, Step: overview.StepDay}},
	} {
		b.Run(c.name, func(b *testing.B) {
			var times []time.Duration
			for b.Loop() {
				start := time.Now()
				if _, err := svc.Report(b.Context(), people.Actor{Person: benchBoss}, c.ask); err != nil {
					b.Fatal(err)
				}
				times = append(times, time.Since(start))
			}
			slices.Sort(times)
			p50, p95 := ms(times[len(times)/2]), ms(times[len(times)*95/100])
			if base == 0 {
				base = p50
			}
			b.ReportMetric(p50, "p50-ms")
			b.ReportMetric(p95, "p95-ms")
			b.ReportMetric(p50/base, "of-a-month")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

var benchBoss = syncproto.NewID()

// benchStore is a province with submissions, and counters as if all of them had gone their way.
func benchStore(b *testing.B) (s *sqlite.Store, province syncproto.ID, communes []syncproto.ID) {
	b.Helper()
	s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "lantoa.db"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	r := rand.New(rand.NewPCG(1, 5))
	province = syncproto.NewID()
	for range *benchCommunes {
		communes = append(communes, syncproto.NewID())
	}
	update := func(fn func(tx storage.Tx) error) {
		if err := s.Update(b.Context(), fn); err != nil {
			b.Fatal(err)
		}
	}
	update(func(tx storage.Tx) error {
		err := tx.PutUnit(&syncproto.Unit{ID: province, Name: "Đắk Lắk"})
		for i, id := range communes {
			if err == nil {
				err = tx.PutUnit(&syncproto.Unit{ID: id, Name: fmt.Sprint("Xã ", i), Parent: province})
			}
		}
		if err == nil {
			err = tx.PutPerson(&storage.Person{ID: benchBoss, Name: "Nam"})
		}
		if err == nil {
			err = tx.PutGrant(&syncproto.Grant{ID: syncproto.NewID(), Person: benchBoss, Unit: province, Role: syncproto.RoleAdmin})
		}
		return err
	})
	authors := make([]syncproto.ID, 6000)
	for i := range authors {
		authors[i] = syncproto.NewID()
	}
	begin, mark := day(2023, 1, 1), int64(0)
	states := []syncproto.State{syncproto.StatePublished, syncproto.StatePublished, syncproto.StateDeclined, syncproto.StateTakenDown, syncproto.StateApproved}
	const batch = 2000
	for done := 0; done < *benchSubmissions; done += batch {
		update(func(tx storage.Tx) error {
			add := map[[2]any]map[string]int64{}
			for i := range batch {
				at := begin + int64(done+i)*(day(2026, 1, 1)-begin)/int64(*benchSubmissions)
				author := r.IntN(len(authors))
				unit := communes[author%len(communes)]
				row := &storage.Submission{
					Record: syncproto.NewID(), Kind: syncproto.KindStory, Unit: unit, Author: authors[author], State: states[r.IntN(len(states))],
					Sent: at, Since: at, Changed: at, Title: "Mang gạo đến thôn Hạ",
				}
				if *benchSubmissions-done < 3000 {
					row.State = syncproto.StateSubmitted
				}
				if err := tx.PutSubmission(row, 0); err != nil {
					return err
				}
				days := time.UnixMilli(at).In(overview.Zone)
				for _, layout := range []string{"20060102", "200601"} {
					span, _ := strconv.ParseInt(days.Format(layout), 10, 64)
					key := [2]any{span, unit}
					if add[key] == nil {
						add[key] = map[string]int64{}
					}
					for _, name := range []string{
						"came/story/" + []string{"relief", "blood", "care"}[r.IntN(3)], "claim/" + strconv.Itoa(r.IntN(40)),
						"decide/" + strconv.Itoa(20+r.IntN(30)), "approved", "published", []string{"returned", "declined"}[r.IntN(2)],
					} {
						add[key][name]++
					}
				}
			}
			var list []storage.Counters
			for key, counts := range add {
				list = append(list, storage.Counters{Span: key[0].(int64), Unit: key[1].(syncproto.ID), Counts: counts})
			}
			mark++
			return tx.Count(mark-1, mark, list)
		})
	}
	return s, province, communes
}
