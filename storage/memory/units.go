package memory

import (
	"lantoa/storage"
	"lantoa/syncproto"
)

// versionKey orders times before 1970 before those after it.
func versionKey(unit syncproto.ID, since int64) string {
	return string(unit) + number(uint64(since)^1<<63)
}

// UnitVersions implements storage.UnitReader.
func (r *reader) UnitVersions() (out []storage.UnitVersion, err error) {
	r.versions.from("", func(_ string, v *storage.UnitVersion) bool {
		out = append(out, *v)
		return true
	})
	return out, nil
}

// UnitSettings implements storage.UnitReader.
func (r *reader) UnitSettings() (out []storage.UnitSetting, err error) {
	r.settings.from("", func(_ string, s *storage.UnitSetting) bool {
		out = append(out, *s)
		return true
	})
	return out, nil
}

// keepVersion keeps a version of a unit that has none.
func (t *tx) keepVersion(u *syncproto.Unit) {
	known := false
	t.versions.under(string(u.ID), "", func(string, *storage.UnitVersion) bool {
		known = true
		return false
	})
	if !known {
		v := storage.UnitVersion{Unit: u.ID, Since: u.From, Name: u.Name, Level: u.Level, Parent: u.Parent}
		t.versions.put(versionKey(u.ID, u.From), &v)
	}
}

// PutUnitVersion implements storage.UnitWriter.
func (t *tx) PutUnitVersion(v *storage.UnitVersion) error {
	if !v.Unit.Valid() {
		return syncproto.E(syncproto.CodeInvalidID, "store unit version", nil)
	}
	c := *v
	t.versions.put(versionKey(v.Unit, v.Since), &c)
	t.access++
	return nil
}

// DropUnitVersion implements storage.UnitWriter.
func (t *tx) DropUnitVersion(unit syncproto.ID, since int64) error {
	key := versionKey(unit, since)
	if _, ok := t.versions.get(key); !ok {
		return missing("drop unit version")
	}
	t.versions.drop(key)
	t.access++
	return nil
}

// PutUnitSetting implements storage.UnitWriter.
func (t *tx) PutUnitSetting(s *storage.UnitSetting) error {
	if !s.Unit.Valid() {
		return syncproto.E(syncproto.CodeInvalidID, "store unit setting", nil)
	}
	c := *s
	t.settings.put(string(s.Unit), &c)
	t.access++
	return nil
}
