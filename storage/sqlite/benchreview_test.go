package sqlite_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lantoa/storage"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

var deskSize = flag.Int("desk", 200_000, "how many submissions the benchmarks of the desk begin with")

const (
	deskUnits = 100
	deskBatch = 500
)

// deskWords are the words of stories, the frequent ones first.
var deskWords = strings.Split(`và|của|người|các|cho|bà con|được|trong|những|đã|Hội Chữ thập đỏ|có|xã|với|không|một|là|ngày|giúp|nhà|đến|tình nguyện viên|
đoàn viên|gia đình|hỗ trợ|tổ chức|hoạt động|chương trình|cùng|này|trao tặng|suất quà|khó khăn|công đoàn cơ sở|chị|anh|ông|bà|cháu|học sinh|năm|
hiến máu|đơn vị máu|thôn|bản|lũ lụt|bão|nước|đường|trường|lớp học|xây dựng|vận động|quyên góp|nhân đạo|sức khỏe|khám bệnh|phát thuốc|cứu trợ|
sơ cấp cứu|tập huấn|thanh niên|phụ nữ|người cao tuổi|trẻ mồ côi|tấm lòng|nghĩa tình|sáng sớm|chiều muộn|đêm|mưa|nắng|thuyền|sạt lở|cây cầu|giếng nước|
áo ấm|chăn màn|gạo|mì tôm|xe lăn|bò giống|cây giống|sinh kế|nhà tình thương|Hòa Bình|Lệ Thủy|Quảng Trạch|Mường Khương|Tân Lập|Đồng Tâm|Trà Bồng|Ea Súp|Ninh Hải|
Vĩnh Châu|Thạnh Phú|Ba Tri|Gò Công|Tháp Mười|Tri Tôn|Nguyễn Văn An|Trần Thị Hòa|Lê Hải|Phạm Thủy|Đỗ Quý|Hoàng Sơn|Vàng A Ly|Giàng Thị Mai|Bùi Đạt|
Lý Thị Hạ|Ngô Dung|khuyến học|kỹ năng|phòng chống|thiên tai|đuối nước|an toàn giao thông|môi trường|rừng phòng hộ|tuyên truyền|báo cáo|nhiệm kỳ|
khen thưởng|bằng khen|gương người tốt|quỹ|bếp ăn|bệnh viện|bệnh nhân nghèo|mổ tim|đục thủy tinh thể|nạn nhân|da cam|khuyết tật|mồ côi|neo đơn|quặn lòng`, "|")

// deskRow makes a row whose words are spread as words of a language are. Two of a hundred still wait.
func deskRow(r *rand.Rand, words *rand.Zipf, n uint64, units []syncproto.ID) *storage.Submission {
	var b strings.Builder
	for b.Len() < 1000 {
		b.WriteString(deskWords[words.Uint64()])
		b.WriteByte(' ')
	}
	fmt.Fprintf(&b, "số %d", n)
	at := 1_700_000_000_000 + int64(n)*1000
	s := &storage.Submission{
		Record: benchID(n), Kind: syncproto.KindStory, Unit: units[r.IntN(len(units))], Author: benchID(1e9 + uint64(r.IntN(3000))),
		State: syncproto.StatePublished, Sent: at, Since: at, Changed: at + r.Int64N(1e7), Photos: r.IntN(5), Title: b.String()[:60], Text: b.String(),
	}
	s.Title = strings.ToValidUTF8(s.Title, "")
	switch p := r.IntN(100); {
	case p < 2:
		open := []syncproto.State{syncproto.StateSubmitted, syncproto.StateInReview, syncproto.StateResubmitted, syncproto.StateNeedsChanges}
		s.State = open[r.IntN(len(open))]
	case p < 10:
		s.State = syncproto.StateDeclined
	}
	for flag, share := range map[storage.Flag]int{
		storage.FlagUrgent: 2, storage.FlagChild: 5, storage.FlagLocation: 50, storage.FlagFirst: 1, storage.FlagConflict: 1,
	} {
		if r.IntN(100) < share {
			s.Flags |= flag
		}
	}
	return s
}

// desk fills a store with the submissions of a province's years.
func desk(b *testing.B) (s *sqlite.Store, r *rand.Rand, words *rand.Zipf, units []syncproto.ID) {
	s = open(b, filepath.Join(b.TempDir(), "lantoa.db"))
	r = rand.New(rand.NewPCG(4, 1))
	words = rand.NewZipf(r, 1.1, 8, uint64(len(deskWords)-1))
	for i := range deskUnits {
		units = append(units, benchID(2e9+uint64(i)))
	}
	start := time.Now()
	for n := uint64(0); n < uint64(*deskSize); n += deskBatch {
		err := s.Update(b.Context(), func(tx storage.Tx) error {
			for i := range uint64(deskBatch) {
				if err := tx.PutSubmission(deskRow(r, words, n+i, units), 0); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.Logf("seed 4: %d rows in %v", *deskSize, time.Since(start).Round(time.Second))
	return s, r, words, units
}

// during calls fn while a writer puts new rows and claims old ones, and says how many it put.
func during(b *testing.B, s *sqlite.Store, r *rand.Rand, words *rand.Zipf, units []syncproto.ID, from *uint64, fn func()) {
	ctx, stop := context.WithCancel(b.Context())
	var wg sync.WaitGroup
	rows := 0
	start := time.Now()
	wg.Go(func() {
		for ctx.Err() == nil {
			_ = s.Update(ctx, func(tx storage.Tx) error {
				*from++
				old, err := tx.Submission(benchID(uint64(r.IntN(*deskSize))))
				if err != nil {
					return err
				}
				old.Flags ^= storage.FlagNotes
				if err := tx.PutSubmission(old, 0); err != nil {
					return err
				}
				return tx.PutSubmission(deskRow(r, words, uint64(*deskSize)+*from, units), 0)
			})
			rows += 2
		}
	})
	fn()
	elapsed := time.Since(start)
	stop()
	wg.Wait()
	b.ReportMetric(float64(rows)/elapsed.Seconds(), "puts/s")
}

// BenchmarkDesk is the pages that editors open, at 200,000 submissions, while others write.
func BenchmarkDesk(b *testing.B) {
	s, r, words, units := desk(b)
	var put uint64
	waiting := []syncproto.State{syncproto.StateSubmitted, syncproto.StateResubmitted, syncproto.StateInReview, syncproto.StateUnclaimed}
	declined := []syncproto.State{syncproto.StateDeclined}
	old := 1_700_000_000_000 + int64(*deskSize)*500
	for _, c := range []struct {
		name  string
		query storage.Query
	}{
		{"queue/all units", storage.Query{States: waiting}},
		{"queue/one unit", storage.Query{States: waiting, Units: units[:1]}},
		{"queue/30 units", storage.Query{States: waiting, Units: units[:30]}},
		{"queue/mine", storage.Query{States: waiting, Units: units[:30], NotBy: benchID(1e9), Claimer: benchID(5e9), Free: 1}},
		{"queue/flag", storage.Query{States: waiting, All: storage.FlagChild}},
		{"queue/age", storage.Query{States: waiting, Before: old}},
		{"all/newest", storage.Query{Order: storage.OrderNewest}},
		{"all/newest of one unit", storage.Query{Order: storage.OrderNewest, Units: units[:1]}},
		{"all/newest of 3 units", storage.Query{Order: storage.OrderNewest, Units: units[:3]}},
		{"all/declined", storage.Query{Order: storage.OrderNewest, States: declined}},
		{"all/author", storage.Query{Order: storage.OrderNewest, Author: benchID(1e9 + 7)}},
		{"all/flags that none has", storage.Query{Order: storage.OrderNewest, All: storage.FlagAlarmed}},
		{"all/waiting", storage.Query{Order: storage.OrderWaiting}},
		{"search/1 word", storage.Query{Text: "hoi "}},
		{"search/1 rare word", storage.Query{Text: "quặn "}},
		{"search/2 words", storage.Query{Text: "hien mau "}},
		{"search/3 words", storage.Query{Text: "chu thap do "}},
		{"search/3 words exact", storage.Query{Text: "chữ thập đỏ "}},
		{"search/exact, none", storage.Query{Text: "người quạn "}},
		{"search/start", storage.Query{Text: "tinh ngu"}},
		{"search/start of all", storage.Query{Text: "nguo"}},
		{"search/start exact", storage.Query{Text: "hỗ trợ ngườ"}},
		{"search/phrase that none has", storage.Query{Text: `"nguoi cua hoi"`}},
		{"search/words that never stand so", storage.Query{Text: "nguoi cua va cac "}},
		{"search/one unit", storage.Query{Text: "chu thap do", Units: units[:1]}},
		{"search/waiting", storage.Query{Text: "nguoi", States: waiting, Order: storage.OrderWaiting}},
		{"search/newest", storage.Query{Text: "nguoi va", Order: storage.OrderNewest}},
		{"search/flag", storage.Query{Text: "nguoi va", All: storage.FlagConflict}},
	} {
		c.query.Limit = 50
		b.Run(c.name, func(b *testing.B) {
			during(b, s, r, words, units, &put, func() {
				quantiles(b, func(r storage.Reader) error { _, err := r.Find(&c.query); return err }, s)
			})
		})
	}
	for name, change := range map[string]func(*storage.Submission){
		"put/same":  func(*storage.Submission) {},
		"put/claim": func(s *storage.Submission) { s.Flags ^= storage.FlagNotes; s.Changed++; s.Claimer = benchID(1) },
		"put/state": func(s *storage.Submission) { s.State, s.Changed = syncproto.StateApproved, s.Changed+1 },
		"put/words": func(s *storage.Submission) { s.Text += " thêm " + deskWords[r.IntN(len(deskWords))] },
		"put/new":   func(s *storage.Submission) { put++; s.Record = benchID(uint64(*deskSize)*2 + put) },
	} {
		b.Run(name, func(b *testing.B) { puts(b, s, r, change) })
	}
	b.Run("counters/all units", func(b *testing.B) {
		during(b, s, r, words, units, &put, func() {
			quantiles(b, func(r storage.Reader) error { _, err := r.Tallies(nil); return err }, s)
		})
	})
	b.Run("counters/one unit", func(b *testing.B) {
		during(b, s, r, words, units, &put, func() {
			quantiles(b, func(r storage.Reader) error { _, err := r.Tallies(units[:1]); return err }, s)
		})
	})
}

// puts measures what the writer does for one row, commits aside: a hundred rows share one.
func puts(b *testing.B, s *sqlite.Store, r *rand.Rand, change func(*storage.Submission)) {
	used := cpu()
	rows := 0
	for b.Loop() {
		err := s.Update(b.Context(), func(tx storage.Tx) error {
			for range 100 {
				row, err := tx.Submission(benchID(uint64(r.IntN(*deskSize))))
				if err != nil {
					return err
				}
				change(row)
				if err := tx.PutSubmission(row, 0); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		rows += 100
	}
	b.ReportMetric(float64((cpu()-used).Microseconds())/float64(rows), "cpu-µs/row")
	b.ReportMetric(0, "ns/op")
}

// quantiles asks b.N times and reports the median and the 95th percentile.
func quantiles(b *testing.B, ask func(storage.Reader) error, s *sqlite.Store) {
	times := make([]time.Duration, 0, b.N)
	for b.Loop() {
		start := time.Now()
		if err := s.View(b.Context(), ask); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(times[len(times)*95/100].Microseconds())/1000, "p95-ms")
	b.ReportMetric(0, "ns/op")
}
