package people

import (
	"cmp"
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// profileRecord is what a person's phones show of the person: the name, the unit of the first grant in force, or what has
// become of that unit, and the grants. Ended grants stay in it, so that an app can say since when something is over.
func profileRecord(person *storage.Person, grants []syncproto.Grant, tree *syncproto.Tree, now int64) *syncproto.Record {
	grants = slices.Clone(grants)
	slices.SortStableFunc(grants, func(a, b syncproto.Grant) int { return cmp.Compare(a.From, b.From) })
	var unit syncproto.ID
	list := make([]syncproto.Value, 0, len(grants))
	for i := range grants {
		g := &grants[i]
		if unit == "" || g.Holds(now) && !holdsAny(grants[:i], now) {
			unit = g.Unit
		}
		item := syncproto.Fields{
			"role": syncproto.Text(string(g.Role)), "unit": syncproto.Text(string(g.Unit)),
			"from": syncproto.Int(g.From),
		}
		if g.Until != 0 {
			item["until"] = syncproto.Int(g.Until)
		}
		list = append(list, syncproto.Object(item))
	}
	list = list[max(0, len(list)-syncproto.MaxItems):] // phones take no more: the oldest go, over long since
	if now := home(tree, unit, grants, now); now != "" {
		unit = now
	}
	return &syncproto.Record{
		ID: person.ID, Kind: syncproto.KindProfile, Unit: unit, Author: person.ID,
		Fields: syncproto.Fields{
			"name": syncproto.Text(person.Name), "unit": syncproto.Text(string(unit)), "grants": syncproto.List(list...),
		},
	}
}

// putProfile writes the profile of a person whose name or grants changed.
func putProfile(tx storage.Tx, id syncproto.ID, tree *syncproto.Tree, now int64) error {
	person, err := tx.Person(id)
	if err != nil {
		return err
	}
	grants, err := tx.Grants(id)
	if err != nil {
		return err
	}
	return putRecord(tx, profileRecord(person, grants, tree, now), now)
}

// holdsAny reports whether any of the grants is in force.
func holdsAny(grants []syncproto.Grant, at int64) bool {
	return slices.ContainsFunc(grants, func(g syncproto.Grant) bool { return g.Holds(at) })
}

// readTree returns the units that a transaction sees, as they are now but for names and parents decided ahead.
func readTree(tx storage.Tx, now int64) (*syncproto.Tree, error) {
	units, err := tx.Units()
	if err != nil {
		return nil, err
	}
	return newHistory(units, nil).at(now).tree, nil
}
