package audience

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/viet"
)

// columns are those of a list of tags and facts. Who is meant is said by the number or the id; the name, if it is there, must be
// theirs, so that a list that slipped by one line is noticed.
var columns = []people.Column{
	{Name: "phone", Headers: []string{"dien thoai", "so dien thoai", "sdt", "phone", "telephone"}},
	{Name: "person", Headers: []string{"ma nguoi", "ma so", "person", "id"}},
	{Name: "name", Headers: []string{"ho ten", "ho va ten", "ten", "name", "full name"}},
	{Name: "tags", Headers: []string{"nhan", "the", "nhom", "tags", "tag"}},
	{Name: "skills", Headers: []string{"ky nang", "skills", "skill"}},
	{Name: BloodGroup, Headers: []string{"nhom mau", "blood group", "blood_group"}},
	{Name: LastWholeBlood, Headers: []string{"ngay hien mau", "hien mau gan nhat", "ngay hien mau gan nhat", "last whole blood", "last_whole_blood"}},
	{Name: LastApheresis, Headers: []string{"ngay hien tieu cau", "ngay hien thanh phan mau", "last apheresis", "last_apheresis"}},
	{Name: "consent", Headers: []string{"dong y", "cach dong y", "consent"}},
	{Name: "agreed", Headers: []string{"ngay dong y", "agreed", "consent date"}},
}

// hows are the words for how somebody agreed, folded. "yes" is none: a list must say how.
var hows = map[string]string{
	"van ban": HowWritten, "bang van ban": HowWritten, "giay": HowWritten, "chu ky": HowWritten, "written": HowWritten,
	"ghi am": HowVoice, "voice": HowVoice,
	"loi noi": HowSpoken, "bang loi noi": HowSpoken, "mieng": HowSpoken, "spoken": HowSpoken,
}

// Effect is what one line of a list does, or would do. It repeats no value.
type Effect struct {
	Line   int          `json:"line"`
	Person syncproto.ID `json:"person"`
	Tags   int          `json:"tags"`  // words that are new to the person
	Facts  []string     `json:"facts"` // names of facts that are written

	words Tagged
	told  []*storage.Fact
}

// batch is how many lines one transaction stores, so that phones that sync meanwhile do not wait.
const batch = 100

// Import adds tags, skills and facts of many people. Words are added to those that a person has; a fact stands in place of the
// older one, and needs the line to say how its person agreed. With dryRun nothing is applied. If anything is wrong nothing is,
// and the error is a *people.TableError that names every line. A long list is stored in pieces; one that was interrupted may be
// imported again.
func (s *Service) Import(ctx context.Context, by people.Actor, table []byte, dryRun bool) ([]Effect, error) {
	rows, faults := people.ReadTable(table, columns)
	t := &sheet{s: s, by: by, faults: faults, lines: map[syncproto.ID]int{}}
	err := s.store.View(ctx, func(r storage.Reader) error {
		t.effects, t.faults.Faults = []Effect{}, slices.Clone(faults.Faults)
		clear(t.lines)
		if err := s.mustCall(r, by); err != nil {
			return err
		}
		for i := range rows {
			if err := t.line(r, &rows[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := t.faults.OrNil(); err != nil || dryRun {
		return t.effects, err
	}
	for some := range slices.Chunk(t.effects, batch) {
		if err := s.store.Update(ctx, func(tx storage.Tx) error { return s.keep(tx, by, some) }); err != nil {
			return nil, err
		}
	}
	return t.effects, nil
}

// sheet is a list while it is turned into effects.
type sheet struct {
	s       *Service
	by      people.Actor
	faults  *people.TableError
	lines   map[syncproto.ID]int
	effects []Effect
}

// line reads one line. Everything wrong with it is told; an error is one of the store.
func (t *sheet) line(r storage.Reader, row *people.Row) error {
	before := len(t.faults.Faults)
	e := Effect{Line: row.Line, Facts: []string{}}
	person, err := t.find(r, row)
	if err != nil {
		return err
	}
	if person != nil {
		e.Person = person.ID
		if first := t.lines[e.Person]; first != 0 {
			t.faults.Faults = append(t.faults.Faults, people.Fault{Line: row.Line, Column: "phone", Code: syncproto.CodePersonExists, Other: first})
		}
		t.lines[e.Person] = row.Line
		had, err := r.TagsOf(e.Person)
		if err != nil {
			return err
		}
		e.words = Tagged{Tags: split(row.Fields["tags"]), Skills: split(row.Fields["skills"])}
		merged, err := mergeTags(had, e.words)
		if err != nil {
			t.faults.Add(row.Line, detailOf(err), syncproto.CodeOf(err))
		}
		e.Tags = max(0, len(merged)-len(had))
	}
	if err := t.facts(row, &e); err != nil {
		return err
	}
	if len(t.faults.Faults) == before {
		t.effects = append(t.effects, e)
	}
	return nil
}

// find returns whom a line means; nil after saying what is wrong.
func (t *sheet) find(r storage.Reader, row *people.Row) (person *storage.Person, err error) {
	column := "phone"
	if id := syncproto.ID(strings.ToLower(row.Fields["person"])); id != "" {
		column = "person"
		if !id.Valid() {
			t.faults.Add(row.Line, column, syncproto.CodeInvalidID)
			return nil, nil
		}
		person, err = r.Person(id)
	} else {
		phone, bad := people.CleanPhone(row.Fields["phone"])
		if bad != nil || phone == "" {
			t.faults.Add(row.Line, column, syncproto.CodeInvalidValue)
			return nil, nil
		}
		person, err = r.PersonByPhone(phone)
	}
	if err == nil {
		_, err = t.s.knows(r, t.by, person.ID)
	}
	if isNotFound(err) {
		t.faults.Add(row.Line, column, syncproto.CodeNotFound)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if name := row.Fields["name"]; name != "" && viet.Exact(name) != viet.Exact(person.Name) {
		t.faults.Add(row.Line, "name", syncproto.CodeInvalidValue)
		return nil, nil
	}
	return person, nil
}

// facts reads the facts of a line, with how and when the person agreed.
func (t *sheet) facts(row *people.Row, e *Effect) error {
	how, agreed := hows[viet.Fold(row.Fields["consent"])], int64(0)
	if text := row.Fields["agreed"]; text != "" {
		day, err := time.ParseInLocation(time.DateOnly, isoDay(text), vietnam)
		if err != nil {
			t.faults.Add(row.Line, "agreed", syncproto.CodeInvalidValue)
			return nil
		}
		agreed = day.UnixMilli()
	}
	for _, name := range Names() {
		value := row.Fields[name]
		if value == "" {
			continue
		}
		if definitions[name].day {
			value = isoDay(value)
		}
		f, err := t.s.seal(e.Person, t.by.Person, Telling{Name: name, Value: value, How: how, Agreed: agreed}, []string{HowWritten, HowVoice, HowSpoken})
		switch code := syncproto.CodeOf(err); {
		case err == nil:
			e.Facts, e.told = append(e.Facts, name), append(e.told, f)
		case code == syncproto.CodeFactConsent && detailOf(err) == "how":
			t.faults.Add(row.Line, "consent", code)
		case code == syncproto.CodeFactConsent:
			t.faults.Add(row.Line, "agreed", code)
		case code == syncproto.CodeInvalidValue:
			t.faults.Add(row.Line, name, code)
		default:
			return err
		}
	}
	return nil
}

// isoDay turns a day as people in Vietnam write it, 05/07/2026, into 2026-07-05, and their words for never into Never.
func isoDay(text string) string {
	switch viet.Fold(text) {
	case "chua", "chua hien", "chua bao gio", Never:
		return Never
	}
	for _, layout := range []string{"2/1/2006", "2-1-2006", "2.1.2006"} {
		if day, err := time.Parse(layout, text); err == nil {
			return day.Format(time.DateOnly)
		}
	}
	return text
}

// split parts words by semicolons, commas or bars.
func split(text string) []string {
	return slices.DeleteFunc(strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(";,|", r) }),
		func(word string) bool { return strings.TrimSpace(word) == "" })
}

// keep stores some lines. Somebody may have left since the list was looked at: then nothing of the piece is stored.
func (s *Service) keep(tx storage.Tx, by people.Actor, effects []Effect) error {
	for i := range effects {
		e := &effects[i]
		held, err := s.knows(tx, by, e.Person)
		if err != nil {
			return err
		}
		note := storage.Audit{At: s.millis(), Person: by.Person, Device: by.Device, Grant: held.ID, Unit: held.Unit, Record: e.Person}
		if e.Tags > 0 {
			had, err := tx.TagsOf(e.Person)
			if err != nil {
				return err
			}
			tags, err := mergeTags(had, e.words)
			if err != nil {
				return err
			}
			note.Act, note.Detail = actTagsSet, strconv.Itoa(len(tags))
			if err := errors.Join(tx.PutTags(e.Person, tags), tx.AddAudit(&note)); err != nil {
				return err
			}
		}
		for _, f := range e.told {
			note.Act, note.Detail = actFactSet, f.Name+" "+f.How
			if err := errors.Join(tx.PutFact(f), tx.AddAudit(&note)); err != nil {
				return err
			}
		}
	}
	return nil
}
