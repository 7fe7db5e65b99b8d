package press

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"lantoa/server/internal/desk"
	"lantoa/server/internal/media"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Acts of the audit log: a kit of a submission, and each photo that was in it. The detail begins with the use.
const (
	ActKit   = "press.kit"
	ActPhoto = "press.photo"
)

// Uses are the uses for which something is handed out, in the order in which they are offered.
func Uses() []string {
	return []string{syncproto.UsePress, syncproto.UsePublish, syncproto.UseSocial, syncproto.UsePrint}
}

// Service makes renditions and kits. It is safe for concurrent use.
type Service struct {
	store storage.Store
	desk  *desk.Service
	media *media.Service
	now   func() time.Time
}

// New makes one. now may be nil for time.Now.
func New(store storage.Store, desk *desk.Service, media *media.Service, now func() time.Time) *Service {
	if now == nil {
		now = time.Now
	}
	return &Service{store: store, desk: desk, media: media, now: now}
}

// Sheet is everything about handing out a submission.
type Sheet struct {
	Piece
	Ready   bool                        // it is approved, published or corrected
	Naming  []string                    // where the text names a child whom a consent names: In…
	Blocked map[string][]syncproto.Code // by use: why not even the text may be given
	Handed  []Handing                   // the kits that were made of it, newest first

	grant syncproto.ID
}

// Handing is one time that a kit was made.
type Handing struct {
	At        int64
	Person    syncproto.ID
	Name      string
	Use       string
	Photos    int
	Originals int
}

// Ready reports whether what is in a state may be handed out.
func Ready(state syncproto.State) bool {
	return state == syncproto.StateApproved || state == syncproto.StatePublished || state == syncproto.StateCorrected
}

// Look returns the sheet of a submission; id may be that of anything that hangs under it. Errors: not_found.
func (s *Service) Look(ctx context.Context, by syncer.Actor, id syncproto.ID) (*Sheet, error) {
	story, err := s.desk.Show(ctx, by, id)
	if err != nil {
		return nil, err
	}
	uses, err := s.desk.Uses(ctx, by, id, Uses()...)
	if err != nil {
		return nil, err
	}
	piece, children, err := pieceOf(story, uses)
	if err != nil {
		return nil, err
	}
	sheet := &Sheet{Piece: *piece, Ready: Ready(piece.State), Blocked: uses.Text, grant: uses.Grant}
	sheet.Naming = piece.naming(children)
	sheet.Handed, err = s.handed(ctx, piece.ID)
	return sheet, err
}

// maxHanded bounds how many kits are told of, and maxAudits how far the log of a submission is read for them.
const (
	maxHanded = 50
	maxAudits = 2000
)

// handed finds the kits that were made of a submission.
func (s *Service) handed(ctx context.Context, id syncproto.ID) (list []Handing, err error) {
	const page = 200
	err = s.store.View(ctx, func(r storage.Reader) error {
		list = nil
		for above, looked := int64(0), 0; looked < maxAudits; looked += page {
			audits, err := r.Audits(id, above, page)
			if err != nil {
				return err
			}
			for i := range audits {
				if above = audits[i].Number; audits[i].Act == ActKit {
					list = append(list, handingOf(&audits[i]))
				}
			}
			if len(audits) < page {
				break
			}
		}
		slices.Reverse(list)
		list = list[:min(len(list), maxHanded)]
		for i := range list {
			person, err := r.Person(list[i].Person)
			if err != nil && syncproto.CodeOf(err) != syncproto.CodeNotFound {
				return err
			}
			if err == nil {
				list[i].Name = person.Name
			}
		}
		return nil
	})
	return list, err
}

func detail(use string, photos, originals int) string {
	return use + " photos=" + strconv.Itoa(photos) + " originals=" + strconv.Itoa(originals)
}

func handingOf(a *storage.Audit) Handing {
	h := Handing{At: a.At, Person: a.Person}
	for i, word := range strings.Fields(a.Detail) {
		name, value, _ := strings.Cut(word, "=")
		n, _ := strconv.Atoi(value)
		switch {
		case i == 0:
			h.Use = word
		case name == "photos":
			h.Photos = n
		case name == "originals":
			h.Originals = n
		}
	}
	return h
}
