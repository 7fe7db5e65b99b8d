package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"lantoa/server/internal/desk"
	"lantoa/server/internal/review"
	"lantoa/storage"
	"lantoa/syncproto"
)

// A storm: so many phones, and so many submissions of them all.
const (
	stormPhones = 60
	stormSent   = 500
)

// storm is a commune under a province on such a day.
type storm struct {
	*office
	commune syncproto.ID
	lacking map[syncproto.ID]bool // do not say whom their photo shows
	urgent  map[syncproto.ID]bool
}

// TestStormDayQueue is AS-06 without pages: 500 submissions in three hours from 60 phones, and two editors, whose claims
// are what a phone's browser sends. How long a page of the queue takes is told, and bounded by the benchmarks.
func TestStormDayQueue(t *testing.T) {
	slow(t)
	s := &storm{office: newOffice(t), lacking: map[syncproto.ID]bool{}, urgent: map[syncproto.ID]bool{}}
	province := s.unit("Tỉnh Thanh Hoá", "Tỉnh", "")
	s.commune = s.unit("Xã Hoằng Lộc", "Xã", province)
	s.capture()
	an, binh := s.hire("Lê An", s.commune, syncproto.RoleEditor), s.hire("Vũ Bình", s.commune, syncproto.RoleEditor)
	dong := s.hire("Anh Đông", province, syncproto.RoleEditor)

	s.inOrder(an)
	taken := s.claimBoth(an, binh)
	mine := taken[an.person]
	s.approveForty(an, mine)
	s.alarm(dong, an)
	s.noFaults()
}

// capture has every phone write, then all of them send, three minutes of the server's clock apart.
func (s *storm) capture() {
	s.t.Helper()
	phones := make([]*handset, stormPhones)
	for i := range phones {
		phones[i] = s.phone(fmt.Sprintf("Tình nguyện %d", i), s.commune, syncproto.RoleVolunteer)
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	gate := make(chan struct{}, 4)
	for i, h := range phones {
		gate <- struct{}{}
		all.Go(func() {
			defer func() { <-gate }()
			for n := i; n < stormSent; n += stormPhones {
				s.capturedBy(h, n, &mu)
			}
		})
	}
	all.Wait()
	for _, h := range phones {
		h.sync()
		s.move(3 * time.Minute)
	}
}

// capturedBy captures one submission. Every eighth is urgent, every fifth has a photo that does not say whom it shows.
func (s *storm) capturedBy(h *handset, n int, mu *sync.Mutex) {
	set := syncproto.Fields{"title": syncproto.Text(fmt.Sprintf("Nhà tốc mái %d", n))}
	if n%8 == 0 {
		set["urgent"] = syncproto.Value("true")
	}
	id, err := h.Create(background, syncproto.KindStory, "", set)
	if err == nil && n%5 == 0 {
		_, err = h.Create(background, syncproto.KindPhoto, id, syncproto.Fields{"caption": syncproto.Text("mái nhà")})
	}
	if err == nil {
		err = h.Submit(background, id)
	}
	if err != nil {
		s.t.Errorf("submission %d: %v", n, err)
	}
	mu.Lock()
	defer mu.Unlock()
	s.urgent[id], s.lacking[id] = n%8 == 0, n%5 == 0
}

// inOrder reads the whole queue of an editor: everything once, urgent first, then the oldest.
func (s *storm) inOrder(editor *seat) {
	s.t.Helper()
	var rows []desk.Row
	var took []time.Duration
	for from := ""; ; {
		begun := time.Now()
		page := editor.queue("limit=50&from=" + from)
		took = append(took, time.Since(begun))
		rows = append(rows, page.Rows...)
		if from = page.Next; from == "" {
			break
		}
	}
	slices.Sort(took)
	s.t.Logf("a page of 50 of the queue: p50 %v, p95 %v of %d", took[len(took)/2], took[len(took)*95/100], len(took))
	seen := map[syncproto.ID]bool{}
	for i := range rows {
		row := &rows[i]
		seen[row.Record] = true
		if urgent := slices.Contains(row.Flags, "urgent"); urgent != s.urgent[row.Record] {
			s.t.Errorf("%s: flags %v", row.Title, row.Flags)
		}
		if i == 0 {
			continue
		}
		before := &rows[i-1]
		switch ahead, here := s.urgent[before.Record], s.urgent[row.Record]; {
		case !ahead && here:
			s.t.Errorf("%s is urgent and comes after %s", row.Title, before.Title)
		case ahead == here && before.Since > row.Since:
			s.t.Errorf("%s waits longer than %s and comes after it", row.Title, before.Title)
		}
	}
	if len(rows) != stormSent || len(seen) != stormSent {
		s.t.Errorf("the queue holds %d rows of %d submissions, want %d", len(rows), len(seen), stormSent)
	}
}

// claimBoth lets two editors take what stands at the top of the same queue at the same time, in handfuls of 20.
func (s *storm) claimBoth(editors ...*seat) map[syncproto.ID][]syncproto.ID {
	s.t.Helper()
	owner, refused := map[syncproto.ID]syncproto.ID{}, 0
	var mu sync.Mutex
	for range 5 {
		var begin, end sync.WaitGroup
		begin.Add(len(editors))
		for _, e := range editors {
			end.Go(func() {
				var steps []object
				for _, row := range e.queue("limit=200").Rows {
					if row.Claimer == nil && len(steps) < 20 {
						steps = append(steps, e.step(row.Record, syncproto.CommandClaim, ""))
					}
				}
				begin.Done()
				begin.Wait() // both have read
				done := e.acts(steps...)
				mu.Lock()
				defer mu.Unlock()
				for i := range done {
					switch {
					case done[i].Result != syncproto.Applied:
						refused++
						if done[i].Code != syncproto.CodeClaimed {
							s.t.Errorf("a claim: %+v", done[i])
						}
					case owner[done[i].Record] != "":
						s.t.Errorf("%s has two claims", done[i].Record)
					default:
						owner[done[i].Record] = e.person
					}
				}
			})
		}
		end.Wait()
	}
	if len(owner) != 100 || refused != 100 {
		s.t.Errorf("%d are claimed and %d refused, want 100 and 100: both asked for the same", len(owner), refused)
	}
	taken := map[syncproto.ID][]syncproto.ID{}
	for record, person := range owner {
		taken[person] = append(taken[person], record)
		if claim := s.record(record).Claim; claim == nil || claim.Person != person {
			s.t.Errorf("%s is claimed by %+v, want %s", record, claim, person)
		}
	}
	return taken
}

// approveForty approves 40 in one request, eight of which lack consent.
func (s *storm) approveForty(editor *seat, mine []syncproto.ID) {
	s.t.Helper()
	var more []object // the other editor may have been quicker every time
	for _, row := range editor.queue("limit=200").Rows {
		if row.Claimer == nil && len(more) < 60 {
			more = append(more, editor.step(row.Record, syncproto.CommandClaim, ""))
		}
	}
	for _, done := range editor.acts(more...) {
		if done.Result != syncproto.Applied {
			s.t.Errorf("a claim: %+v", done)
		}
		mine = append(mine, done.Record)
	}
	bad, good := []syncproto.ID{}, []syncproto.ID{}
	for _, id := range mine {
		if s.lacking[id] {
			bad = append(bad, id)
		} else {
			good = append(good, id)
		}
	}
	if len(bad) < 8 || len(good) < 32 {
		s.t.Fatalf("%d with and %d without consent missing", len(bad), len(good))
	}
	var bulk []object
	for _, id := range append(bad[:8:8], good[:32]...) {
		bulk = append(bulk, editor.step(id, syncproto.CommandApprove, ""))
	}
	for _, done := range editor.acts(bulk...) {
		if lacks := s.lacking[done.Record]; lacks != (done.Code == syncproto.CodeConsentMissing) || lacks == (done.Result == syncproto.Applied) {
			s.t.Errorf("lacking %v: %+v", lacks, done)
		}
	}
	var counts desk.Counters
	if editor.get("/v1/desk/counters", &counts); counts.States[syncproto.StateApproved] != 32 {
		s.t.Errorf("counters: %+v", counts.States)
	}
}

// alarm lets the first half of the queue wait longer than a day: of each of those, and of nothing else, the unit above is
// told, once.
func (s *storm) alarm(above, editor *seat) {
	s.t.Helper()
	rows := s.waiting()
	s.moveTo(time.UnixMilli(rows[len(rows)/2].Since).Add(24 * time.Hour))
	late := map[syncproto.ID]bool{}
	for i := range rows {
		if rows[i].Since < s.now().Add(-24*time.Hour).UnixMilli() {
			late[rows[i].Record] = true
		}
	}
	above, editor = above.signIn(), editor.signIn()
	until(s.t, 30*time.Second, "the unit above is told", func() bool { return len(s.overdue(above)) >= len(late) })
	told := s.overdue(above)
	for record, times := range told {
		if !late[record] || times != 1 {
			s.t.Errorf("of %s the unit above is told %d times, want %v", record, times, late[record])
		}
	}
	if len(told) != len(late) || len(late) < 200 {
		s.t.Errorf("told of %d, %d wait for longer than a day", len(told), len(late))
	}
	if own := s.overdue(editor); len(own) != 0 {
		s.t.Errorf("the desk itself is told of %d", len(own))
	}
}

// waiting returns what waits for an editor, the oldest first.
func (s *storm) waiting() (rows []storage.Submission) {
	s.t.Helper()
	s.view(func(r storage.Reader) error {
		q := storage.Query{
			States: []syncproto.State{syncproto.StateSubmitted, syncproto.StateInReview}, Order: storage.OrderWaiting, Limit: 200,
		}
		for {
			found, err := r.Find(&q)
			if err != nil {
				return err
			}
			rows = append(rows, found.Rows...)
			if q.From = found.Next; q.From == "" {
				return nil
			}
		}
	})
	slices.SortFunc(rows, func(a, b storage.Submission) int { return int(a.Since - b.Since) })
	return rows
}

// overdue counts for each submission how often somebody is told that it waits too long.
func (s *storm) overdue(who *seat) map[syncproto.ID]int {
	s.t.Helper()
	told := map[syncproto.ID]int{}
	for from := int64(0); ; {
		var page desk.Notices
		who.must(http.MethodGet, fmt.Sprintf("/v1/desk/notices?from=%d", from), nil, &page)
		for i := range page.Notices {
			if page.Notices[i].Kind == review.NoticeOverdue {
				told[page.Notices[i].Record]++
			}
		}
		if from = page.Next; !page.More {
			return told
		}
	}
}
