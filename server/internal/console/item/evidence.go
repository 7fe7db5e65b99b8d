package item

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/desk"
	"lantoa/server/internal/upload"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile"
)

// Uploads takes in the bytes of files (upload.Service).
type Uploads interface {
	Create(ctx context.Context, device *storage.Device, c upload.Creation, chunk *upload.Chunk) (*upload.Status, error)
}

// maxEvidence bounds a form with a photo of a paper or a recording: it is read into memory.
const maxEvidence page.Limit = 16 << 20

// attach keeps a file as evidence under a consent: a record that announces it, and then its bytes, as a phone sends them.
// act is the identity of the form, so that a form sent again attaches nothing twice.
func (a *area) attach(ctx context.Context, r *page.Request, act, consent syncproto.ID) error {
	data := r.File("evidence")
	if len(data) == 0 {
		return nil
	}
	kind, err := mediafile.Sniff(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	announced := syncproto.Media{
		MediaFile: syncproto.MediaFile{SHA256: hex.EncodeToString(sum[:]), Size: int64(len(data))}, Type: string(kind),
	}
	record := derived(act, "evidence of "+string(consent))
	done, err := a.opt.Desk.Act(ctx, r.Desk(), []desk.Act{{
		ID: derived(act, "evidence"), Record: record, Kind: syncproto.KindPhoto, Set: syncproto.Fields{
			"parent": syncproto.Text(string(consent)), syncproto.MediaField: announced.Value(),
		},
	}})
	if err != nil {
		return err
	}
	if refused := firstRefused(done); refused != nil {
		return errorOf(refused)
	}
	device := &storage.Device{ID: r.Desk().Device, Person: r.Desk().Person}
	_, err = a.opt.Uploads.Create(ctx, device, upload.Creation{Record: record, Lane: syncproto.LaneOriginal, Size: announced.Size},
		&upload.Chunk{Length: announced.Size, Size: -1, Body: whole{bytes.NewReader(data)}})
	return err
}

// whole is a body that is in memory already, so that nothing cuts it.
type whole struct{ *bytes.Reader }

// Cut does nothing: all of it has reached the machine.
func (whole) Cut(time.Time) {}

// prove adds evidence to a consent that was recorded before.
func (a *area) prove(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	consent, err := r.PathID("consent")
	if err != nil {
		return nil, err
	}
	act := actOf(r)
	if len(r.File("evidence")) == 0 {
		r.Wrong("evidence")
	}
	if err = r.Err(); err == nil {
		err = a.attach(ctx, r, act, consent)
	}
	if err != nil {
		return a.again(ctx, r, id, err)
	}
	return page.Redirect{To: r.Back(pathOf(id, "")), Flash: &page.Flash{Key: "item.told_evidence"}}, nil
}
