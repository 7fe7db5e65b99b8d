package rig

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// filled is how many rows one transaction of Fill writes. What a statement would take back is kept in memory, and freed in
// a time that grows with the transaction, so many small ones take less.
const filled = 250

// Fill writes n submissions straight into the database, as years of use leave them: a hundred units below the province,
// three hundred authors, and most of it long settled. Lists read the rows of submissions alone, so only what is still under
// way has its record besides: three of a hundred.
func (w *World) Fill(n int) {
	w.t.Helper()
	f := &filling{random: rand.New(rand.NewPCG(6, 2)), now: w.Now().UnixMilli(), units: []syncproto.ID{w.Commune, w.Other}, claimer: w.Second.ID}
	for i := range 100 {
		f.units = append(f.units, w.Unit(fmt.Sprintf("Xã số %d", i+1), "Xã", w.Province))
	}
	w.write(func(tx storage.Tx) error {
		for i := range 300 {
			p := &storage.Person{ID: syncproto.NewID(), Name: fmt.Sprintf("Tình nguyện viên %d", i+1), Created: 1}
			if err := tx.PutPerson(p); err != nil {
				return err
			}
			f.authors = append(f.authors, p.ID)
		}
		return nil
	})
	for from := 0; from < n; from += filled {
		w.write(func(tx storage.Tx) error {
			for i := from; i < min(n, from+filled); i++ {
				if err := f.put(tx, i); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

func (w *World) write(fn func(tx storage.Tx) error) {
	w.t.Helper()
	if err := w.Server.Store().Update(background, fn); err != nil {
		w.t.Fatal(err)
	}
}

// filling makes up submissions.
type filling struct {
	random         *rand.Rand
	now            int64
	units, authors []syncproto.ID
	claimer        syncproto.ID
}

// states are what submissions are in, of a thousand.
var states = []struct {
	share int
	state syncproto.State
}{
	{12, syncproto.StateSubmitted},
	{3, syncproto.StateResubmitted},
	{2, syncproto.StateInReview},
	{8, syncproto.StateNeedsChanges},
	{5, syncproto.StateApproved},
	{60, syncproto.StateDeclined},
	{20, syncproto.StateWithdrawn},
	{10, syncproto.StateTakenDown},
	{20, syncproto.StateCorrected},
	{860, syncproto.StatePublished},
}

func (f *filling) state() syncproto.State {
	p := f.random.IntN(1000)
	for _, s := range states {
		if p -= s.share; p < 0 {
			return s.state
		}
	}
	return syncproto.StatePublished
}

func (f *filling) put(tx storage.Tx, n int) error {
	r, row := f.submission(n)
	if underWay := !slices.Contains(settled, r.State); underWay {
		if err := tx.PutRecord(r, syncproto.Placement(r, nil)); err != nil {
			return err
		}
	}
	return tx.PutSubmission(row, 0)
}

var settled = []syncproto.State{
	syncproto.StatePublished, syncproto.StateCorrected, syncproto.StateTakenDown, syncproto.StateDeclined, syncproto.StateWithdrawn,
}

// submission makes one up. What is under way came in the last nine days, everything else in the last five years.
func (f *filling) submission(n int) (*syncproto.Record, *storage.Submission) {
	state := f.state()
	hours := 5 * 365 * 24
	if !slices.Contains(settled, state) {
		hours = 9 * 24
	}
	at := f.now - f.random.Int64N(int64(hours)*time.Hour.Milliseconds())
	title := fmt.Sprintf("Chuyện thứ %d ở xóm %d", n+1, f.random.IntN(40)+1)
	r := &syncproto.Record{
		ID: syncproto.NewID(), Kind: syncproto.KindStory, Unit: f.units[f.random.IntN(len(f.units))],
		Author: f.authors[f.random.IntN(len(f.authors))], Revision: 3, State: state, Received: at, Changed: at,
		Fields: syncproto.Fields{"title": syncproto.Text(title), "body": syncproto.Text(strings.Repeat(paragraph, 1+f.random.IntN(8)))},
	}
	row := &storage.Submission{
		Record: r.ID, Kind: r.Kind, Unit: r.Unit, Author: r.Author, State: state, Flags: f.flags(state, f.now-at), Sent: at, Since: at,
		Changed: at, Title: title, Text: title + "\n" + paragraph,
	}
	if state == syncproto.StateInReview {
		until := f.now + time.Hour.Milliseconds()
		r.Claim = &syncproto.Claim{Person: f.claimer, Until: until}
		row.Claimer, row.Until = f.claimer, until
	}
	return r, row
}

const paragraph = "Sáng nay bà con cùng nhau dọn kênh, chiều đến thăm các cụ già neo đơn và tặng gạo cho những nhà khó khăn.\n"

// shares say how many of a hundred submissions have a flag.
var shares = []struct {
	flag     storage.Flag
	underWay int
	settled  int
}{
	{storage.FlagChild, 5, 5},
	{storage.FlagLocation, 50, 50},
	{storage.FlagFirst, 3, 3},
	{storage.FlagConflict, 1, 0},
	{storage.FlagConsent, 10, 2},
	{storage.FlagNotes, 8, 1},
}

// flags makes up what an editor looks for. The desk above was told of what waits longer than a day.
func (f *filling) flags(state syncproto.State, age int64) (flags storage.Flag) {
	ended := slices.Contains(settled, state)
	for _, s := range shares {
		share := s.underWay
		if ended {
			share = s.settled
		}
		if f.random.IntN(100) < share {
			flags |= s.flag
		}
	}
	if !ended && age > 24*time.Hour.Milliseconds() {
		flags |= storage.FlagAlarmed
	}
	return flags
}
