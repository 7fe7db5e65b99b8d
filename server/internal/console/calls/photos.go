package calls

import (
	"context"
	"encoding/json"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/desk"
	"lantoa/syncproto"
)

// picture is a photo of a published story that a call can show.
type picture struct {
	ID             syncproto.ID
	Caption, Story string
	On             bool
}

// mostStories bounds how many stories one search shows photos of.
const mostStories = 8

// pictures looks for photos of published stories at the desks of whoever asks.
func (o *office) pictures(ctx context.Context, r *page.Request, text string) (out []picture, err error) {
	found, err := o.Desk.Queue(ctx, r.Desk(), &desk.Ask{
		View: desk.ViewAll, States: []syncproto.State{syncproto.StatePublished, syncproto.StateCorrected}, Text: text, Limit: mostStories,
	})
	if syncproto.KindOf(err) == syncproto.Forbidden { // who has no desk finds none
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for i := range found.Rows {
		row := &found.Rows[i]
		if row.Photos == 0 {
			continue
		}
		story, err := o.Desk.Show(ctx, r.Desk(), row.Record)
		if syncproto.KindOf(err) == syncproto.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, part := range story.Parts {
			if p, ok := pictureOf(part.Record); ok {
				p.Story = row.Title
				out = append(out, p)
			}
		}
	}
	return out, nil
}

// pictureOf reads a part of a story; false for what is no photo that is shown.
func pictureOf(record json.RawMessage) (p picture, ok bool) {
	var in struct {
		ID      syncproto.ID   `json:"id"`
		Kind    syncproto.Kind `json:"kind"`
		Deleted bool           `json:"deleted"`
		Fields  map[string]any `json:"fields"`
	}
	if json.Unmarshal(record, &in) != nil || in.Kind != syncproto.KindPhoto || in.Deleted {
		return p, false
	}
	caption, _ := in.Fields["caption"].(string)
	return picture{ID: in.ID, Caption: caption}, true
}
