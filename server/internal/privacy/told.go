package privacy

import (
	"context"

	"lantoa/storage"
	"lantoa/syncproto"
)

// mostCalls bounds the calls that an export names: more than anybody was ever sent.
const mostCalls = 10_000

// toldOf counts what a person told of themselves and what calls and pushes keep of them.
func toldOf(r storage.Reader, person syncproto.ID, devices []storage.Device) (count int, err error) {
	facts, err := r.FactsOf(person)
	if err != nil {
		return 0, err
	}
	tags, err := r.TagsOf(person)
	if err != nil {
		return 0, err
	}
	calls, err := r.Audiences(person, 0, mostCalls)
	if err != nil {
		return 0, err
	}
	for i := range devices {
		if _, err := r.Registration(devices[i].ID); err == nil {
			count++
		} else if !isNotFound(err) {
			return 0, err
		}
	}
	return count + len(facts) + len(tags) + len(calls), nil
}

// told writes what the person told of themselves, by which words they are chosen, what they want, and where their phones are rung,
// without what would let others ring them.
func (e *Export) told(ctx context.Context) error {
	return e.array("json/told.json", "Điều người này đã cho biết: nhóm máu, ngày hiến máu, nhãn, kỹ năng, cách nhận thông báo", func(item func(any) error) error {
		var items []any
		err := e.s.store.View(ctx, func(r storage.Reader) (err error) {
			items, err = e.toldIn(r)
			return err
		})
		for i := 0; err == nil && i < len(items); i++ {
			err = item(items[i])
		}
		return err
	})
}

func (e *Export) toldIn(r storage.Reader) (items []any, err error) {
	facts, err := r.FactsOf(e.c.Person)
	if err != nil {
		return nil, err
	}
	for i := range facts {
		f := &facts[i]
		one := map[string]any{"fact": f.Name, "agreed": f.Consent, "how": f.How, "by": f.By, "changed": f.Changed}
		if value, err := e.s.opt.Facts(f); err == nil {
			one["value"] = value
		} else {
			one["locked"] = true // its key is not there: nobody can read it
		}
		items = append(items, one)
	}
	tags, err := r.TagsOf(e.c.Person)
	if err != nil {
		return nil, err
	}
	for _, tag := range tags {
		items = append(items, map[string]any{"tag": tag.Name, "skill": tag.Skill})
	}
	want, err := r.Preference(e.c.Person)
	if err != nil {
		return nil, err
	}
	items = append(items, map[string]any{"muted": want.Muted, "may_phone": want.MayPhone, "language": want.Language})
	return registrations(r, e.c.Person, items)
}

// registrations adds where phones are rung: the service and when, never the address.
func registrations(r storage.Reader, person syncproto.ID, items []any) ([]any, error) {
	devices, err := r.DevicesOf(person)
	if err != nil {
		return nil, err
	}
	for i := range devices {
		found, err := r.Registration(devices[i].ID)
		if isNotFound(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		items = append(items, map[string]any{
			"registration": found.Device, "service": found.Service, "platform": found.Platform, "language": found.Language, "app": found.App,
			"at": found.At, "retired": found.Retired, "code": found.Code,
		})
	}
	return items, nil
}

// calls writes on which lists the person stands, and what is known of them there.
func (e *Export) calls(ctx context.Context) error {
	return e.array("json/calls.json", "Các lời kêu gọi đã gửi cho người này và phần tham gia của họ", func(item func(any) error) error {
		var items []any
		err := e.s.store.View(ctx, func(r storage.Reader) error {
			items = nil
			ids, err := r.Audiences(e.c.Person, 0, mostCalls)
			if err != nil {
				return err
			}
			for _, id := range ids {
				one, err := r.Recipient(id, e.c.Person)
				if err != nil {
					return err
				}
				items = append(items, map[string]any{
					"call": id, "unit": one.Unit, "received": one.Received, "shown": one.Shown, "opened": one.Opened, "choice": one.Choice,
					"standing": one.Standing, "count": one.Count, "answered": one.Answered, "promoted": one.Promoted, "came": one.Came,
				})
			}
			return nil
		})
		for i := 0; err == nil && i < len(items); i++ {
			err = item(items[i])
		}
		return err
	})
}
