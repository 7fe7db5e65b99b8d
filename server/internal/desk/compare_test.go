package desk_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"lantoa/server/internal/desk"
	"lantoa/syncproto"
)

// told turns a comparison into lines.
func told(c *desk.Comparison) (lines []string) {
	fields := func(prefix string, list []desk.FieldChange) {
		for _, f := range list {
			text := prefix + f.Field + " "
			switch f.Shape {
			case desk.ShapeText:
				for _, r := range f.Runs {
					text += map[string]string{"same": "", "added": "+", "removed": "-"}[string(r.Mark)] + r.Text + "|"
				}
			case desk.ShapeSet:
				text += fmt.Sprint("+", f.Added, "-", f.Removed)
			default:
				text += fmt.Sprint(*f.From, ">", *f.To)
			}
			lines = append(lines, text)
		}
	}
	fields("", c.Fields)
	for _, p := range c.Parts {
		lines = append(lines, fmt.Sprintf("%s %d>%d", p.Change, p.From, p.To))
		fields("  ", p.Fields)
	}
	return lines
}

func TestCompareTellsWhatEachFieldBecame(t *testing.T) { onBoth(t, compareTellsWhatEachFieldBecame) }

func compareTellsWhatEachFieldBecame(t *testing.T, w *world) {
	id := w.story(w.lan, w.commune, "Chị Lan góp 20 suất quà", syncproto.Fields{
		"body": syncproto.Text("Bản nháp chỉ mình tôi đọc"), "tags": syncproto.List(syncproto.Text("quà"), syncproto.Text("Tết")),
	})
	w.edit(w.lan, id, syncproto.Fields{"body": syncproto.Text("Trời mưa. Chị Lan vẫn đi.")})
	photos := make([]syncproto.ID, 4)
	for i := range photos {
		photos[i] = w.photo(w.lan, id, int64(i+1), fmt.Sprint("ảnh ", i+1))
	}
	w.command(w.lan, id, syncproto.CommandSubmit)
	first := w.record(id).Revision
	w.command(w.hoa, id, syncproto.CommandReturn)
	w.edit(w.lan, id, syncproto.Fields{
		"title": syncproto.Text("Chị Lan góp 25 suất quà"), "body": syncproto.Null,
		"place": syncproto.Object(syncproto.Fields{"text": syncproto.Text("Hoằng Lộc")}),
	})
	w.do(w.lan, syncproto.Mutation{
		Record: id, Kind: syncproto.KindStory, BaseRevision: w.record(id).Revision,
		Add: map[string][]syncproto.Value{"tags": {syncproto.Text("trẻ em")}}, Remove: map[string][]syncproto.Value{"tags": {syncproto.Text("Tết")}},
	})
	w.edit(w.lan, photos[3], syncproto.Fields{"position": syncproto.Int(0)})
	w.edit(w.lan, photos[1], syncproto.Fields{"caption": syncproto.Text("ảnh hai")})
	w.do(w.lan, syncproto.Mutation{Record: photos[2], Kind: syncproto.KindPhoto, BaseRevision: w.record(photos[2]).Revision, Delete: true})
	w.photo(w.lan, id, 9, "ảnh mới")
	w.command(w.lan, id, syncproto.CommandResubmit)
	got, err := w.desk.Compare(t.Context(), w.hoa, id, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"body -Trời mưa. Chị Lan vẫn đi.|",
		`place null>{"text":"Hoằng Lộc"}`,
		`tags +["trẻ em"]-["Tết"]`,
		"title Chị Lan góp |-20|+25| suất quà|",
		"moved 4>1", "changed 2>3", "  caption ảnh |-2|+hai|", "added 0>4", "removed 3>0",
	}
	if lines := told(got); !slices.Equal(lines, want) || got.From != first {
		t.Errorf("from %d got\n%s\nwant from %d\n%s", got.From, strings.Join(lines, "\n"), first, strings.Join(want, "\n"))
	}
	if got.State != [2]syncproto.State{syncproto.StateSubmitted, syncproto.StateResubmitted} {
		t.Errorf("got %v", got.State)
	}
	for _, c := range [][2]int64{{first - 1, 0}, {1, first}, {0, 99}} {
		if _, err := w.desk.Compare(t.Context(), w.hoa, id, c[0], c[1]); syncproto.CodeOf(err) != syncproto.CodeNotFound {
			t.Errorf("%v: got %v", c, err)
		}
	}
	w.checkRevisions(id, first)
}

// checkRevisions holds that what the desk lists begins with the first submit, and says who did what.
func (w *world) checkRevisions(id syncproto.ID, first int64) {
	w.t.Helper()
	list, err := w.desk.Revisions(w.t.Context(), w.hoa, id)
	if err != nil {
		w.t.Fatal(err)
	}
	oldest := list[len(list)-1]
	if oldest.Revision != first || oldest.By.Name != "Lê Thị Lan" {
		w.t.Errorf("the oldest is %+v", oldest)
	}
	returned := list[len(list)-2]
	if returned.By.Name != "Trần Thị Hoà" || returned.Reason != "Cần thêm ảnh" || len(returned.Changed) != 0 {
		w.t.Errorf("returned: %+v", returned)
	}
	if edited := list[len(list)-3]; !slices.Equal(edited.Changed, []string{"body", "place", "title"}) || edited.By.Name != "Lê Thị Lan" {
		w.t.Errorf("edited: %+v", edited)
	}
}
