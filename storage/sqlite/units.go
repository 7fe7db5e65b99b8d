package sqlite

import (
	"database/sql/driver"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	unitVersionsSQL = "SELECT unit, since, parent, name, level FROM unit_versions ORDER BY unit, since"
	unitSettingsSQL = "SELECT unit, own_allowed, alarm_after FROM unit_settings ORDER BY unit"

	// firstVersionSQL keeps a version of a unit that has none.
	firstVersionSQL = `INSERT INTO unit_versions (unit, since, parent, name, level) SELECT ?1, ?2, ?3, ?4, ?5
	WHERE NOT EXISTS (SELECT 1 FROM unit_versions WHERE unit = ?1)`
)

// UnitVersions implements storage.UnitReader.
func (r *reader) UnitVersions() (out []storage.UnitVersion, err error) {
	err = r.each("read unit versions", unitVersionsSQL, func(row []driver.Value) bool {
		out = append(out, storage.UnitVersion{
			Unit: idOf(row[0]), Since: integer(row[1]), Parent: idOf(row[2]), Name: text(row[3]), Level: text(row[4]),
		})
		return true
	})
	return out, err
}

// UnitSettings implements storage.UnitReader.
func (r *reader) UnitSettings() (out []storage.UnitSetting, err error) {
	err = r.each("read unit settings", unitSettingsSQL, func(row []driver.Value) bool {
		out = append(out, storage.UnitSetting{Unit: idOf(row[0]), OwnAllowed: integer(row[1]) != 0, AlarmAfter: integer(row[2])})
		return true
	})
	return out, err
}

// PutUnitVersion implements storage.UnitWriter.
func (t *tx) PutUnitVersion(v *storage.UnitVersion) error {
	const op = "store unit version"
	unit := id16(v.Unit)
	if unit == nil {
		return syncproto.E(syncproto.CodeInvalidID, op, nil)
	}
	_, err := t.exec(op, `INSERT INTO unit_versions (unit, since, parent, name, level) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET parent = excluded.parent, name = excluded.name, level = excluded.level`,
		unit, v.Since, id16(v.Parent), v.Name, v.Level)
	if err != nil {
		return err
	}
	return t.raiseAccess()
}

// DropUnitVersion implements storage.UnitWriter.
func (t *tx) DropUnitVersion(unit syncproto.ID, since int64) error {
	const op = "drop unit version"
	result, err := t.exec(op, "DELETE FROM unit_versions WHERE unit = ? AND since = ?", id16(unit), since)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		if err != nil {
			return classify(op, err)
		}
		return missing(op)
	}
	return t.raiseAccess()
}

// PutUnitSetting implements storage.UnitWriter.
func (t *tx) PutUnitSetting(s *storage.UnitSetting) error {
	const op = "store unit setting"
	unit := id16(s.Unit)
	if unit == nil {
		return syncproto.E(syncproto.CodeInvalidID, op, nil)
	}
	_, err := t.exec(op, `INSERT INTO unit_settings (unit, own_allowed, alarm_after) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET own_allowed = excluded.own_allowed, alarm_after = excluded.alarm_after`,
		unit, flag(s.OwnAllowed), s.AlarmAfter)
	if err != nil {
		return err
	}
	return t.raiseAccess()
}
