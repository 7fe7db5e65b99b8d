package people

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/viet"
)

// maxNameBytes bounds the name of a unit or person: what the enrollment request allows.
const maxNameBytes = 200

// CreateUnit adds a unit under its parent and returns it. An empty ID is drawn, and an empty From is now.
func (s *Service) CreateUnit(ctx context.Context, u syncproto.Unit) (syncproto.Unit, error) {
	if u.ID == "" {
		u.ID = syncproto.NewID()
	}
	if u.From == 0 {
		u.From = s.millis()
	}
	u.Name, u.Level = cleanName(u.Name), cleanName(u.Level)
	now := s.millis()
	err := s.store.Update(ctx, func(tx storage.Tx) error { return CreateUnit(tx, u, now) })
	return u, err
}

// CreateUnit is Service.CreateUnit inside a transaction of its caller; u is complete.
func CreateUnit(tx storage.Tx, u syncproto.Unit, now int64) error {
	const op = "create unit"
	if !goodName(u.Name) {
		return invalid(op, "name")
	}
	if !u.ID.Valid() {
		return invalid(op, "id")
	}
	units, err := tx.Units()
	if err != nil {
		return err
	}
	if findID(units, u.ID) != nil {
		return &syncproto.Error{Code: syncproto.CodeRecordExists, Op: op, Detail: "id"}
	}
	if u.Parent != "" {
		above := findID(units, u.Parent)
		if above == nil {
			return &syncproto.Error{Code: syncproto.CodeNotFound, Op: op, Detail: "parent"}
		}
		if above.Until != 0 {
			return &syncproto.Error{Code: syncproto.CodeUnitClosed, Op: op, Detail: "parent"}
		}
	}
	if err := tx.PutUnit(&u); err != nil || u.From > now {
		return err
	}
	return putRecord(tx, unitRecord(&u), now)
}

// RenameUnit gives a unit another name from now on.
func (s *Service) RenameUnit(ctx context.Context, id syncproto.ID, name string) error {
	_, err := s.Reorganise(ctx, Console(), []UnitChange{{Act: ActRename, Unit: id, Name: name}}, false)
	return err
}

// Units lists all units as they are now, ended ones too, by name.
func (s *Service) Units(ctx context.Context) ([]syncproto.Unit, error) {
	return s.UnitsOn(ctx, s.millis())
}

// UnitsOn lists all units that had begun at a date, in Unix ms, as they were then.
func (s *Service) UnitsOn(ctx context.Context, at int64) (units []syncproto.Unit, err error) {
	err = s.store.View(ctx, func(r storage.Reader) error {
		access, err := s.cache.Read(r)
		if err == nil {
			units = access.Tree(at).Units()
		}
		return err
	})
	slices.SortStableFunc(units, func(a, b syncproto.Unit) int { return strings.Compare(a.Name, b.Name) })
	return units, err
}

// FindUnit finds a unit by its id or by its name, however its accents are typed. A name that several living units bear is
// refused, so that nobody is enrolled into the wrong one.
func (s *Service) FindUnit(ctx context.Context, text string) (syncproto.Unit, error) {
	const op = "find unit"
	units, err := s.Units(ctx)
	if err != nil {
		return syncproto.Unit{}, err
	}
	if unit := findID(units, syncproto.ID(text)); unit != nil {
		return *unit, nil
	}
	var found []syncproto.Unit
	name := viet.Exact(cleanName(text))
	for _, u := range units {
		if u.Until == 0 && viet.Exact(u.Name) == name {
			found = append(found, u)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return syncproto.Unit{}, &syncproto.Error{Code: syncproto.CodeNotFound, Op: op, Detail: "unit"}
	}
	return syncproto.Unit{}, invalid(op, "unit")
}

// unitRecord is how the members of a unit know it. The unit above is named in a field of its own, since "parent" would
// hang the record under another record.
func unitRecord(u *syncproto.Unit) *syncproto.Record {
	fields := syncproto.Fields{"name": syncproto.Text(u.Name)}
	if u.Level != "" {
		fields["level"] = syncproto.Text(u.Level)
	}
	if u.Parent != "" {
		fields["above"] = syncproto.Text(string(u.Parent))
	}
	if u.Until != 0 {
		fields["until"] = syncproto.Int(u.Until)
	}
	if len(u.Successors) > 0 {
		ids := make([]syncproto.Value, len(u.Successors))
		for i, id := range u.Successors {
			ids[i] = syncproto.Text(string(id))
		}
		fields["successors"] = syncproto.List(ids...)
	}
	return &syncproto.Record{ID: u.ID, Kind: syncproto.KindUnit, Unit: u.ID, Fields: fields}
}

func findID(units []syncproto.Unit, id syncproto.ID) *syncproto.Unit {
	for i := range units {
		if units[i].ID == id {
			return &units[i]
		}
	}
	return nil
}

func cleanName(name string) string {
	return norm.NFC.String(strings.Join(strings.Fields(strings.ToValidUTF8(name, "")), " "))
}

// goodName reports whether a clean name can stand in a list: it is there, not too long, and holds nothing that a terminal
// or a printer takes for a command.
func goodName(name string) bool {
	return name != "" && len(name) <= maxNameBytes && !strings.ContainsFunc(name, unicode.IsControl)
}
