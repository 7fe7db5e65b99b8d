package roster

import (
	"context"
	"net/url"
	"strings"

	"lantoa/server/internal/audience"
	"lantoa/server/internal/console/page"
	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

// cardPage is everything about one person.
type cardPage struct {
	*people.Card
	Held   []people.Held // that hold or are to come
	Past   []people.Held
	From   []option // units that the person may be moved from
	Units  []option
	Roles  []option
	Words  audience.Tagged
	Tagged bool // whoever asks may see the words
	Facts  bool // whoever asks may see what the person told
	Self   bool
	Staff  bool // a desk account makes sense for them
	Open   string
	Sent   url.Values // of the form that was refused
	Wrong  string
	Unsent int64
	Failed int64
	Phones int // that are in use
	Shown  []device
}

// device is a phone with the words of its line.
type device struct {
	people.CardDevice
	ForkNumber int // of the phone that it is a copy of, in this list; 0 for none
	Number     int
	Ends       int64 // until when one that was revoked may still bring what it holds
}

func (a *area) person(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	return a.drawCard(ctx, r, id, "", nil)
}

// drawCard draws a person, with the form open that was refused.
func (a *area) drawCard(ctx context.Context, r *page.Request, id syncproto.ID, open string, p *page.Problem) (page.Answer, error) {
	card, err := a.People.Look(ctx, r.People(), id)
	if err != nil {
		return nil, err
	}
	f, err := a.forest(ctx, r, 0)
	if err != nil {
		return nil, err
	}
	d := &cardPage{Card: card, Open: open, Units: f.options(mine), Roles: roleOptions(r), Self: r.Who.Person == id}
	if p != nil {
		d.Sent, d.Wrong = r.Values(), p.Field
	}
	d.sort(r.Now.UnixMilli())
	d.devices()
	if d.Words, err = a.Audience.TagsOf(ctx, r.People(), id); err == nil {
		d.Tagged, d.Facts = true, r.Has(syncproto.RoleOfficer, syncproto.RoleAdmin, syncproto.RoleOperator)
	} else if problem(r, err) == nil {
		return nil, err
	}
	return page.View{Name: "roster/person", Title: card.Name, Area: "people", Data: d, Problem: p}, nil
}

// sort parts the roles that are over from those that are not.
func (d *cardPage) sort(now int64) {
	seen := map[syncproto.ID]bool{}
	for _, g := range d.Grants {
		if g.Until != 0 && g.Until <= now {
			d.Past = append(d.Past, g)
			continue
		}
		d.Held = append(d.Held, g)
		d.Staff = d.Staff || g.Role != syncproto.RoleVolunteer
		if !seen[g.Unit] {
			seen[g.Unit] = true
			d.From = append(d.From, option{"value": g.Unit, "label": page.Clip(g.UnitName, maxName)})
		}
	}
}

func (d *cardPage) devices() {
	number := map[syncproto.ID]int{}
	for i := range d.Devices {
		number[d.Devices[i].ID] = i + 1
	}
	for i, c := range d.Devices {
		line := device{CardDevice: c, Number: i + 1, ForkNumber: number[c.ForkedFrom]}
		if c.Revoked != 0 {
			line.Ends = c.Revoked + people.EndedFor
		} else {
			d.Phones++
		}
		d.Unsent += c.Unsent
		d.Failed += c.Failed
		d.Shown = append(d.Shown, line)
	}
}

// Value is what a field of the refused form said, else what is given.
func (d *cardPage) Value(form, field, otherwise string) string {
	if d.Open == form && d.Sent.Has(field) {
		return d.Sent.Get(field)
	}
	return otherwise
}

// Tags and Skills are the words as a field shows them.
func (d *cardPage) Tags() string   { return strings.Join(d.Words.Tags, ", ") }
func (d *cardPage) Skills() string { return strings.Join(d.Words.Skills, ", ") }
