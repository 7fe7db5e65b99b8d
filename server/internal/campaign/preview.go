package campaign

import (
	"context"

	"lantoa/server/internal/audience"
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Preview is what would come of sending a call now.
type Preview struct {
	// Audience is what package audience says of those whom it chooses; absent where there is none, or Lacks says why not.
	Audience *audience.Preview `json:"audience,omitempty"`
	// Lacks is what keeps the call from going out, the first thing first.
	Lacks []Lack `json:"lacks"`
	// Second says that it is urgent, and so needs a second officer. A call to very many does, too, which is found at the sending.
	Second bool  `json:"second"`
	Large  int64 `json:"large"` // above this number of recipients a second officer is needed
}

// Lack is one thing that keeps a call from going out.
type Lack struct {
	Code     syncproto.Code `json:"code"`
	At       string         `json:"at,omitempty"`
	Sentence string         `json:"sentence,omitempty"` // for whoever shows it
}

// Preview says what would come of sending a call now. Nothing is changed. Errors: not_found, forbidden, rate_limited, those of
// the store; what is wrong with the call is in Lacks.
func (s *Service) Preview(ctx context.Context, by people.Actor, id syncproto.ID) (*Preview, error) {
	var c *storage.Call
	out := &Preview{}
	err := s.store.View(ctx, func(r storage.Reader) error {
		v, err := s.sees(r, by)
		if err != nil {
			return err
		}
		if c, _, err = v.call(id, "preview call", true); err != nil {
			return err
		}
		*out = Preview{Lacks: []Lack{}, Second: c.Kind == syncproto.CallUrgent, Large: s.opt.Large}
		lacks, err := s.lacks(r, c, v.now)
		for _, e := range lacks {
			out.Lacks = append(out.Lacks, Lack{Code: e.Code, At: e.Detail})
		}
		return err
	})
	if err != nil || len(c.Audience) == 0 {
		return out, err
	}
	out.Audience, err = s.choose(ctx, by, c)
	if err == nil {
		return out, nil
	}
	switch syncproto.KindOf(err) {
	case syncproto.Unavailable, syncproto.Internal, syncproto.Exhausted:
		return nil, err
	}
	lack := Lack{Code: syncproto.CodeOf(err), At: "audience"}
	out.Audience, out.Lacks = nil, append(out.Lacks, lack)
	return out, nil
}

// choose previews the audience of a call.
func (s *Service) choose(ctx context.Context, by people.Actor, c *storage.Call) (*audience.Preview, error) {
	p, err := read(c.Audience)
	if err != nil {
		return nil, err
	}
	return s.opt.Audience.Preview(ctx, by, audience.Ask{Predicate: p, Kind: c.Kind, Call: c.ID})
}

// PreviewAudience says whom a predicate would choose for a call of a kind. Errors: audience_invalid, fact_unknown, forbidden,
// call_unknown, rate_limited, those of the store.
func (s *Service) PreviewAudience(ctx context.Context, by people.Actor, kind syncproto.CallKind, predicate []byte) (*audience.Preview, error) {
	return s.choose(ctx, by, &storage.Call{Kind: kind, Audience: predicate})
}
