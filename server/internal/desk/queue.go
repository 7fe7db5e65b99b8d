package desk

import (
	"context"

	"lantoa/server/internal/review"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Row is one submission of the queue. Times are server time, Unix ms.
type Row struct {
	Record  syncproto.ID    `json:"record"`
	Kind    syncproto.Kind  `json:"kind"`
	Title   string          `json:"title"`
	State   syncproto.State `json:"state"`
	Flags   []string        `json:"flags"`
	Unit    Ref             `json:"unit"`
	Author  *Ref            `json:"author,omitempty"`
	Own     bool            `json:"own,omitempty"` // of the person who asks
	Photos  int             `json:"photos"`
	Arrived int             `json:"arrived"` // of the photos, with all their files
	Sent    int64           `json:"sent"`
	Since   int64           `json:"since"` // since when it waits as it does
	Changed int64           `json:"changed"`
	Claimer *Ref            `json:"claimer,omitempty"` // of a claim that runs
	Until   int64           `json:"until,omitempty"`
}

// Queue is one page.
type Queue struct {
	Rows []Row  `json:"rows"`
	Next string `json:"next,omitempty"`
	Now  int64  `json:"now"` // the server's clock, against which ages are told
	// Total counts what all pages have, as far as MaxPage; nil if Ask.Count did not ask for it.
	Total *Count `json:"-"`
}

// Queue returns a page of the queue of somebody's desks. Without an order a search comes best first (but for the view mine)
// and everything else as it waits: urgent first, then the oldest.
//
// Errors: forbidden for somebody without a desk, not_found for a unit that is not theirs, query_invalid.
func (s *Service) Queue(ctx context.Context, by syncer.Actor, a *Ask) (*Queue, error) {
	limit := a.Limit
	if limit == 0 {
		limit = defaultPage
	}
	if limit < 0 || limit > MaxPage {
		return nil, invalid("read queue", "limit")
	}
	var out *Queue
	err := s.look(ctx, by, func(v *sight) error {
		queries, err := a.queries(v)
		if err != nil {
			return err
		}
		rows, next, err := v.find(queries, a.From, limit)
		if err != nil {
			return err
		}
		out = &Queue{Rows: make([]Row, len(rows)), Next: next, Now: v.now}
		if a.Count {
			if out.Total, err = v.total(queries, a.From, len(rows), next); err != nil {
				return err
			}
		}
		for i := range rows {
			if out.Rows[i], err = v.row(&rows[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// total counts what all pages of queries have; a page that is the only one says so itself.
func (v *sight) total(queries []storage.Query, from string, rows int, next string) (*Count, error) {
	if from == "" && next == "" {
		return &Count{Count: rows}, nil
	}
	all, err := v.count(queries)
	return &all, err
}

// row says of a submission what an officer needs to choose it.
func (v *sight) row(s *storage.Submission) (row Row, err error) {
	row = Row{
		Record: s.Record, Kind: s.Kind, Title: s.Title, State: s.State, Flags: namesOf(s.Flags), Unit: v.unit(s.Unit),
		Own: s.Author == v.by.Person, Photos: s.Photos, Arrived: s.Photos, Sent: s.Sent, Since: s.Since, Changed: s.Changed,
	}
	if s.Flags&storage.FlagMedia != 0 {
		if row.Arrived, err = v.arrived(s); err != nil {
			return row, err
		}
	}
	if row.Author, err = v.person(s.Author); err != nil {
		return row, err
	}
	if s.Claimer != "" && v.now < s.Until {
		row.Until = s.Until
		row.Claimer, err = v.person(s.Claimer)
	}
	return row, err
}

// arrived counts the photos of a submission of which no file is awaited.
func (v *sight) arrived(s *storage.Submission) (int, error) {
	children, err := v.r.Children(s.Record, maxFamily)
	if err != nil {
		return 0, err
	}
	awaited := 0
	for _, id := range append(children, s.Record) {
		stored, err := v.record(id)
		if err != nil {
			return 0, err
		}
		if stored != nil && stored.Record.Kind == syncproto.KindPhoto && !stored.Record.Deleted && review.Awaited(stored.Record) {
			awaited++
		}
	}
	return max(0, s.Photos-awaited), nil
}
