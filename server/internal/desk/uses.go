package desk

import (
	"context"

	"lantoa/server/internal/review"
	"lantoa/server/internal/syncer"
	"lantoa/syncproto"
)

// Uses is what a submission may be used for besides being published, by the consents of this moment.
type Uses struct {
	Grant  syncproto.ID                                 // by which whoever asks sees it at a desk
	Photos map[string]map[syncproto.ID][]syncproto.Code // by use: what a photo lacks for it
	Text   map[string][]syncproto.Code                  // by use: what those lack who are told of
}

// Uses returns what a submission lacks for each of some uses (S-180). Errors: not_found.
func (s *Service) Uses(ctx context.Context, by syncer.Actor, id syncproto.ID, uses ...string) (out *Uses, err error) {
	err = s.look(ctx, by, func(v *sight) error {
		top, err := v.whole(id)
		if err != nil {
			return err
		}
		out = &Uses{Photos: map[string]map[syncproto.ID][]syncproto.Code{}, Text: map[string][]syncproto.Code{}}
		out.Grant = v.rights.On(top.Record.Unit, v.now).Grant
		for _, use := range uses {
			lacks, err := review.LacksFor(v.r, v.access, top.Record, use, v.now)
			if err != nil {
				return err
			}
			out.Photos[use] = map[syncproto.ID][]syncproto.Code{}
			for _, l := range lacks {
				out.Photos[use][l.Record] = append(out.Photos[use][l.Record], l.What)
			}
			told, err := review.LacksTold(v.r, v.access, top.Record, use, v.now)
			if err != nil {
				return err
			}
			for _, l := range told {
				out.Text[use] = append(out.Text[use], l.What)
			}
		}
		return nil
	})
	return out, err
}
