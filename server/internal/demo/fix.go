package demo

import (
	"context"
	"strings"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/syncproto"
)

// fixReturned does in the morning, without any network, what editors asked for: it follows their notes, says whom photos
// show, records the consents that were missing, and sends in again.
func (p *phone) fixReturned(ctx context.Context) error {
	list, err := p.engine.List(ctx, mobilesdk.Filter{Returned: true, Limit: 100})
	if err != nil {
		return err
	}
	for i := range list.Items {
		if err := p.fix(ctx, &list.Items[i]); err != nil {
			return err
		}
	}
	return nil
}

func (p *phone) fix(ctx context.Context, it *mobilesdk.Item) error {
	if err := p.bringConsents(ctx, it.ID); err != nil {
		return err
	}
	notes, err := p.engine.Notes(ctx, it.ID)
	if err != nil {
		return err
	}
	set, done := syncproto.Fields{}, []syncproto.ID{}
	for i := range notes {
		n := &notes[i]
		if !n.Open() {
			continue
		}
		done = append(done, n.ID)
		text := it.Fields[n.Field].TextOr("")
		switch {
		case n.Record != it.ID:
		case n.Field == "title":
			set["title"] = syncproto.Text(strings.TrimSpace(text) + " (" + p.unit + ")")
		case n.Field == "body":
			set["body"] = syncproto.Text(text + " " + pick(p.random, additions))
		}
	}
	if err := p.engine.Fix(ctx, it.ID, mobilesdk.Patch{Set: set}, done, true); err != nil {
		return err
	}
	p.book.wrote(p.number, it.ID, set)
	p.book.fix()
	p.totals.captured++
	return nil
}

// additions are what volunteers add when they are asked for more.
var additions = []string{
	"Tất cả là 120 suất quà.", "Bà con ấp Phước Hưng góp mỗi nhà một ít.", "Mạnh thường quân là tiệm gạo Út Hiền ở chợ xã.",
}

// bringConsents records what publishing still needs.
func (p *phone) bringConsents(ctx context.Context, id syncproto.ID) error {
	lacks, err := p.engine.Lacks(ctx, id)
	if err != nil {
		return err
	}
	for i := range lacks {
		switch l := &lacks[i]; l.Code {
		case syncproto.CodeLackShows:
			if err := p.engine.SetShows(ctx, l.Record, syncproto.ShowsPeople, 1); err != nil {
				return err
			}
			p.book.wrote(p.number, l.Record, syncproto.Fields{syncproto.ShowsField: syncproto.Text(syncproto.ShowsPeople)})
			if err := p.consent(ctx, l.Record); err != nil {
				return err
			}
		case syncproto.CodeLackConsent:
			if err := p.consent(ctx, l.Record); err != nil {
				return err
			}
		}
	}
	return nil
}

// consent records that somebody in a photo agreed.
func (p *phone) consent(ctx context.Context, photo syncproto.ID) error {
	who := pick(p.random, people)
	id, err := p.engine.AddConsent(ctx, photo, mobilesdk.Consent{
		Who: who, Age: syncproto.AgeAdult, GivenBy: []string{syncproto.GivenBySelf}, How: syncproto.HowSpoken,
		Uses: []string{syncproto.UsePublish, syncproto.UseSocial},
	})
	if err != nil {
		return err
	}
	p.book.created(p.number, id, syncproto.KindConsent, syncproto.Fields{"who": syncproto.Text(who)})
	p.totals.captured++
	return nil
}

// shown says whom a photo shows, as far as the volunteer thought of it when taking it.
func (p *phone) shown() syncproto.Fields {
	switch n := p.random.IntN(100); {
	case n < 35:
		return syncproto.Fields{syncproto.ShowsField: syncproto.Text(syncproto.ShowsNobody)}
	case n < 55:
		return syncproto.Fields{syncproto.ShowsField: syncproto.Text(syncproto.ShowsCrowd)}
	case n < 85:
		return syncproto.Fields{syncproto.ShowsField: syncproto.Text(syncproto.ShowsPeople), syncproto.PeopleField: syncproto.Int(1)}
	}
	return nil
}
