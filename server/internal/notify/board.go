package notify

import (
	"context"
	"time"

	"lantoa/server/internal/people"
	"lantoa/server/internal/push"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// Engine is what a Board needs of *push.Engine.
type Engine interface {
	Status() push.Status
	Resume(ctx context.Context, intent int64) error
}

// Board shows operators how pushes go. It holds figures and codes, and no target, text or person.
type Board struct {
	store  storage.Store
	access *people.Cache
	engine Engine
	now    func() time.Time
}

// NewBoard makes one. now may be nil for time.Now.
func NewBoard(store storage.Store, access *people.Cache, engine Engine, now func() time.Time) *Board {
	if now == nil {
		now = time.Now
	}
	return &Board{store: store, access: access, engine: engine, now: now}
}

// Picture is how pushes stand at a moment. Times are Unix ms, 0 for none.
type Picture struct {
	At            int64                     `json:"at"`
	Services      []ServicePicture          `json:"services"`
	Quiet         bool                      `json:"quiet"`     // only urgent calls ring now
	InFlight      int                       `json:"in_flight"` // messages under way
	Waiting       map[string]WaitingPicture `json:"waiting"`   // what is due, by class
	Paused        []PausedPicture           `json:"paused"`    // too many of their messages were refused
	Interrupted   int64                     `json:"interrupted"`
	Trouble       syncproto.Code            `json:"trouble,omitempty"` // why results are not written down
	Registrations map[string]int64          `json:"registrations"`     // by service and platform; retired ones by code
}

// ServicePicture is one service, or with a Platform one that it alone has trouble with.
type ServicePicture struct {
	Service  string           `json:"service"`
	Platform string           `json:"platform,omitempty"`
	Ready    bool             `json:"ready"`          // the server has credentials for it
	Breaker  string           `json:"breaker"`        // closed, open, probing
	Code     string           `json:"code,omitempty"` // why it is not closed
	Step     string           `json:"step,omitempty"` // what to do about it, in the language that was asked for
	Since    int64            `json:"since,omitempty"`
	Retry    int64            `json:"retry,omitempty"`  // when it is tried next
	Paused   int64            `json:"paused,omitempty"` // until when a quota keeps it at rest
	Rate     float64          `json:"rate"`             // messages a second that may leave now
	Full     float64          `json:"full"`             // and at most
	Results  map[string]int64 `json:"results"`          // of attempts, in the last 24 hours of the process
}

// WaitingPicture says how many deliveries of a class are due, and since when the oldest is.
type WaitingPicture struct {
	Count  int64 `json:"count"`
	Oldest int64 `json:"oldest,omitempty"`
}

// PausedPicture is a call or notice that waits for somebody to look why its messages are refused.
type PausedPicture struct {
	Intent int64        `json:"intent"`
	Kind   string       `json:"kind"`
	Record syncproto.ID `json:"record,omitempty"`
}

// Look returns the picture for an operator; forbidden for everybody else.
func (b *Board) Look(ctx context.Context, by people.Actor, lang catalogue.Language) (*Picture, error) {
	now := b.now().UnixMilli()
	var registrations map[string]int64
	err := b.store.View(ctx, func(r storage.Reader) error {
		_, err := b.operator(r, by, now)
		if err == nil {
			registrations, err = r.RegistrationCounts()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	p := picture(b.engine.Status(), lang)
	p.At, p.Registrations = now, registrations
	return p, nil
}

// operator returns the grant by which somebody runs the server; forbidden for everybody else.
func (b *Board) operator(r storage.Reader, by people.Actor, now int64) (syncproto.ID, error) {
	access, err := b.access.Read(r)
	if err != nil {
		return "", err
	}
	rights, err := access.Of(r, by.Person)
	if err != nil {
		return "", err
	}
	grant, ok := rights.Operator(now)
	if !ok {
		return "", syncproto.E(syncproto.CodeForbidden, "look at pushes", nil)
	}
	return grant, nil
}

// auditResume is the act of Resume in the audit log.
const auditResume = "push_resumed"

// Resume lets what was paused because too many of its messages were refused go on; one that is not paused stays as it is. It
// is for operators, and stands in the audit log. Errors: forbidden, not_found.
func (b *Board) Resume(ctx context.Context, by people.Actor, intent int64) error {
	now := b.now().UnixMilli()
	var grant syncproto.ID
	var about *storage.Intent
	err := b.store.View(ctx, func(r storage.Reader) (err error) {
		if grant, err = b.operator(r, by, now); err == nil {
			about, err = r.Intent(intent)
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := b.engine.Resume(ctx, intent); err != nil {
		return err
	}
	return b.store.Update(ctx, func(tx storage.Tx) error {
		return tx.AddAudit(by.Note(auditResume, grant, about.Unit, about.Record, now))
	})
}

// picture writes the engine's status as it is shown.
func picture(s push.Status, lang catalogue.Language) *Picture {
	p := &Picture{
		Services: []ServicePicture{}, Quiet: s.Quiet, InFlight: s.InFlight, Waiting: map[string]WaitingPicture{},
		Paused: []PausedPicture{}, Interrupted: s.Found, Trouble: s.Trouble,
	}
	for i := range s.Services {
		one := &s.Services[i]
		shown := ServicePicture{
			Service: string(one.Service), Ready: one.Ready, Breaker: string(one.Breaker), Code: one.Code,
			Step: NextStep(lang, one.Code), Since: millisOf(one.Since), Retry: millisOf(one.Retry), Paused: millisOf(one.Paused),
			Rate: one.Rate, Full: one.Full, Results: map[string]int64{},
		}
		for result, n := range one.Results {
			shown.Results[string(result)] = n
		}
		p.Services = append(p.Services, shown)
		for _, lane := range one.Lanes {
			p.Services = append(p.Services, ServicePicture{
				Service: string(one.Service), Platform: string(lane.Platform), Ready: one.Ready, Breaker: string(lane.Breaker),
				Code: lane.Code, Step: NextStep(lang, lane.Code), Since: millisOf(lane.Since), Retry: millisOf(lane.Retry),
				Results: map[string]int64{},
			})
		}
	}
	for class, w := range s.Waiting {
		p.Waiting[string(class)] = WaitingPicture{Count: w.Count, Oldest: millisOf(w.Oldest)}
	}
	for _, i := range s.Paused {
		p.Paused = append(p.Paused, PausedPicture{Intent: i.Number, Kind: i.Kind, Record: i.Record})
	}
	return p
}

func millisOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
