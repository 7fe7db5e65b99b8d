package find

import (
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// MaxLimit is the longest page.
const MaxLimit = 200

// Plan is a query that was checked.
type Plan struct {
	storage.Query
	Search *Search // nil without text
	Mark   *Key    // nil for the first page
	Never  bool    // no row can fit
}

// Check checks a query; query_invalid for an order, a page mark or a limit that is none. Without an order a search comes
// best first, and everything else as it waits.
func Check(q *storage.Query) (*Plan, error) {
	p := &Plan{Query: *q, Search: Parse(q.Text)}
	if p.Order == "" {
		p.Order = storage.OrderWaiting
		if p.Search != nil {
			p.Order = storage.OrderBest
		}
	}
	switch p.Order {
	case storage.OrderWaiting, storage.OrderNewest:
	case storage.OrderBest:
		if q.Text == "" {
			return nil, invalid("order")
		}
	default:
		return nil, invalid("order")
	}
	if p.Limit < 1 || p.Limit > MaxLimit {
		return nil, invalid("limit")
	}
	if p.From != "" {
		mark, ok := decode(p.From, p.Order)
		if !ok {
			return nil, invalid("from")
		}
		p.Mark = &mark
	}
	p.narrow()
	return p, nil
}

func invalid(part string) error {
	return &syncproto.Error{Code: syncproto.CodeQueryInvalid, Op: "find submissions", Detail: part}
}

// narrow drops what no row can have.
func (p *Plan) narrow() {
	if p.Units != nil {
		p.Units = Units(p.Units)
		p.Never = len(p.Units) == 0
	}
	wrong := func(id syncproto.ID) bool { return id != "" && !id.Valid() }
	p.Never = p.Never || wrong(p.Author) || p.Free == 0 && wrong(p.Claimer) || p.All&p.None != 0
	p.Never = p.Never || p.Text != "" && p.Search == nil
	if wrong(p.NotBy) {
		p.NotBy = ""
	}
}

// Fits reports whether a row is asked for, its text aside.
func (p *Plan) Fits(s *storage.Submission) bool {
	switch {
	case p.Never,
		p.Units != nil && !slices.Contains(p.Units, s.Unit),
		len(p.States) > 0 && !slices.Contains(p.States, s.State),
		len(p.Kinds) > 0 && !slices.Contains(p.Kinds, s.Kind),
		s.Flags&p.All != p.All, s.Flags&p.None != 0,
		p.Author != "" && s.Author != p.Author,
		p.NotBy != "" && s.Author == p.NotBy,
		p.Free == 0 && p.Claimer != "" && s.Claimer != p.Claimer,
		p.Free != 0 && s.Claimer != "" && s.Until > p.Free && s.Claimer != p.Claimer,
		p.Before != 0 && s.Since >= p.Before,
		p.After != 0 && s.Since < p.After:
		return false
	}
	return true
}

// Units returns those units that are any, each once and in order.
func Units(units []syncproto.ID) []syncproto.ID {
	units = slices.DeleteFunc(slices.Clone(units), func(id syncproto.ID) bool { return id != "" && !id.Valid() })
	slices.Sort(units)
	return slices.Compact(units)
}
