package e2e

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"lantoa/server/internal/desk"
	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

// country is two provinces with their districts and communes, before a reform that was decided for a day to come.
type country struct {
	*office
	at                     int64 // of the reform
	north, south           syncproto.ID
	upper, lower, far      syncproto.ID // districts; far is of the south
	hamlet, village, ferry syncproto.ID // communes; the first two are of the upper district
	whole, joined          syncproto.ID // the province and the commune to come
}

func newCountry(t *testing.T) *country {
	c := &country{office: newOffice(t), whole: syncproto.NewID(), joined: syncproto.NewID()}
	c.north, c.south = c.unit("Tỉnh Bắc", "Tỉnh", ""), c.unit("Tỉnh Nam", "Tỉnh", "")
	c.upper, c.lower, c.far = c.unit("Huyện Thượng", "Huyện", c.north), c.unit("Huyện Hạ", "Huyện", c.north), c.unit("Huyện Xa", "Huyện", c.south)
	c.hamlet, c.village = c.unit("Xã Thôn", "Xã", c.upper), c.unit("Xã Làng", "Xã", c.upper)
	c.ferry = c.unit("Xã Bến", "Xã", c.far)
	return c
}

// reform is what is decided: the provinces merge, communes stand under the new one, two of them merge, districts end.
func (c *country) reform() []object {
	all := []object{
		{"act": people.ActMerge, "unit": c.whole, "units": []syncproto.ID{c.north, c.south}, "name": "Tỉnh Mới", "level": "Tỉnh", "parent": c.s.Root().ID, "carry": true},
		{"act": people.ActReparent, "unit": c.hamlet, "parent": c.whole},
		{"act": people.ActReparent, "unit": c.village, "parent": c.whole},
		{"act": people.ActReparent, "unit": c.ferry, "parent": c.whole},
		{"act": people.ActMerge, "unit": c.joined, "units": []syncproto.ID{c.hamlet, c.village}, "name": "Xã Thôn Làng", "level": "Xã", "parent": c.whole},
	}
	for _, district := range []syncproto.ID{c.upper, c.lower, c.far} {
		all = append(all, object{"act": people.ActClose, "unit": district, "successors": []syncproto.ID{c.whole}})
	}
	for _, change := range all {
		change["at"] = c.at
	}
	return all
}

// TestDistrictsDisappear is AS-16 without reports, which are not there yet, and without pages: units end on a day that the
// server's clock crosses, and what was written offline under them arrives with their successors.
func TestDistrictsDisappear(t *testing.T) {
	c := newCountry(t)
	root := c.hire("Chị Vân", c.s.Root().ID, syncproto.RoleOperator)
	line := map[string]*wire{}
	author := map[string]*handset{}
	for name, unit := range map[string]syncproto.ID{"Lan": c.upper, "Hoa": c.hamlet, "Tâm": c.ferry} {
		w, plug := cable()
		line[name], author[name] = w, c.phone(name, unit, syncproto.RoleVolunteer, plug)
	}
	reader := c.phone("Bác Tư", c.village, syncproto.RoleVolunteer)
	ofNorth, ofUpper := c.hire("Biên tập Bắc", c.north, syncproto.RoleEditor), c.hire("Biên tập Thượng", c.upper, syncproto.RoleEditor)
	ofVillage, ofLower := c.hire("Biên tập Làng", c.village, syncproto.RoleEditor), c.hire("Biên tập Hạ", c.lower, syncproto.RoleEditor)

	early := author["Hoa"].text("Trước ngày sáp nhập")
	author["Hoa"].sync()
	if got := ofVillage.code("GET", "/v1/desk/submissions/"+string(early), nil); got != syncproto.CodeNotFound {
		t.Errorf("the neighbouring commune reads it before the merge: %q", got)
	}
	var sheet struct{ Invites []struct{ Code string } } // printed before the day, used after it
	root.post("/v1/invites", object{"unit": c.hamlet, "role": syncproto.RoleVolunteer, "names": []string{"Cô Ba"}, "hours": 200}, &sheet)
	old := c.tree(root, 0)
	c.at = c.now().Add(48 * time.Hour).UnixMilli()
	var trial, real struct{ Effects []people.Effect }
	root.post("/v1/units/changes", object{"changes": c.reform(), "dry_run": true}, &trial)
	if got := c.tree(root, c.at); !slices.Equal(got, old) {
		t.Errorf("a dry run changed the tree to %v", got)
	}
	root.post("/v1/units/changes", object{"changes": c.reform()}, &real)
	if len(real.Effects) < 10 || len(real.Effects) != len(trial.Effects) {
		t.Errorf("%d effects, %d were announced", len(real.Effects), len(trial.Effects))
	}
	if got := c.tree(root, 0); !slices.Equal(got, old) {
		t.Errorf("before the day the tree is %v, want %v", got, old)
	}

	// Thirty stories written offline under units of before, half of them submitted, and then the day comes.
	drafts, sent := c.writeOffline(author, line)
	c.moveTo(time.UnixMilli(c.at))
	for name, h := range author {
		line[name].down.Store(false)
		if s := h.syncs(); s.Rejected != 0 || s.Unsent != 0 {
			t.Errorf("%s: %+v", name, s)
		}
	}
	for name, ids := range sent {
		c.arrived(name, ids, syncproto.StateSubmitted)
		c.arrived(name, drafts[name], syncproto.StateDraft)
		for _, id := range drafts[name] {
			if err := author[name].Submit(background, id); err != nil {
				t.Fatal(err)
			}
		}
		author[name].sync()
		c.arrived(name, drafts[name], syncproto.StateSubmitted)
	}

	// Whoever answered for the north, or for the upper district, answers for what those became: the whole province.
	for who, want := range map[*seat]int{ofNorth.signIn(): 31, ofUpper.signIn(): 31, ofLower.signIn(): 31, ofVillage.signIn(): 11} {
		if got := len(who.queue("limit=200").Rows); got != want {
			t.Errorf("%s has %d on the desk, want %d", who.login, got, want)
		}
	}
	ofNorth, ofVillage, root = ofNorth.signIn(), ofVillage.signIn(), root.signIn()
	reader.sync()
	ofVillage.takes(sent["Hoa"][0], "", syncproto.CommandClaim, syncproto.CommandApprove, syncproto.CommandPublish)
	if story := ofVillage.show(early); story.Unit.ID != c.hamlet {
		t.Errorf("what came before the day is now of %+v", story.Unit)
	}
	reader.sync() // of the other commune that became the new one
	if item, err := reader.Show(background, sent["Hoa"][0]); err != nil || item.State != syncproto.StatePublished {
		t.Errorf("a member of the new commune reads %+v %v", item, err)
	}
	c.counted(ofNorth, 31)
	wantTree(t, "at the old date", c.tree(root, c.at-1), old)
	wantTree(t, "now", c.tree(root, 0), []string{
		"Hội Chữ thập đỏ", "Tỉnh Mới < Hội Chữ thập đỏ", "Xã Bến < Tỉnh Mới", "Xã Thôn Làng < Tỉnh Mới",
	})
	author["Hoa"].sync()
	late := author["Hoa"].text("Sau ngày sáp nhập")
	author["Hoa"].sync()
	until(t, settling, "Hoa's phone says where she is now", func() bool {
		author["Hoa"].sync()
		s := author["Hoa"].status()
		return s.Unit == c.joined && s.UnitName == "Xã Thôn Làng"
	})
	if got := c.record(late).Unit; got != c.joined {
		t.Errorf("what Hoa writes now is of %s, want the new commune %s", got, c.joined)
	}
	if s := c.phoneWith(sheet.Invites[0].Code).status(); s.Unit != c.joined || s.UnitName != "Xã Thôn Làng" {
		t.Errorf("a code from before the day leads into %s %q", s.Unit, s.UnitName)
	}
	c.noFaults()
}

// writeOffline has each author write ten stories without network and submit every second.
func (c *country) writeOffline(author map[string]*handset, line map[string]*wire) (drafts, sent map[string][]syncproto.ID) {
	c.t.Helper()
	drafts, sent = map[string][]syncproto.ID{}, map[string][]syncproto.ID{}
	for name, h := range author {
		line[name].down.Store(true)
		for i := range 10 {
			id, err := h.Create(background, syncproto.KindStory, "", syncproto.Fields{"title": syncproto.Text(name + " " + strconv.Itoa(i))})
			if err != nil {
				c.t.Fatal(err)
			}
			if i%2 == 0 {
				drafts[name] = append(drafts[name], id)
				continue
			}
			if err := h.Submit(background, id); err != nil {
				c.t.Fatal(err)
			}
			sent[name] = append(sent[name], id)
		}
	}
	return drafts, sent
}

// arrived checks the state of an author's stories, and that they are with the unit which succeeds theirs.
func (c *country) arrived(name string, ids []syncproto.ID, state syncproto.State) {
	c.t.Helper()
	unit := map[string]syncproto.ID{"Lan": c.whole, "Hoa": c.joined, "Tâm": c.ferry}[name]
	for _, id := range ids {
		if r := c.record(id); r.State != state || r.Unit != unit {
			c.t.Errorf("a story of %s is %s in %s, want %s in %s", name, r.State, r.Unit, state, unit)
		}
	}
}

// counted checks that the counters of all units together count each submission once.
func (c *country) counted(who *seat, want int) {
	c.t.Helper()
	var counts desk.Counters
	who.get("/v1/desk/counters", &counts)
	states, units := 0, 0
	for _, n := range counts.States {
		states += n
	}
	for i := range counts.Units {
		units += counts.Units[i].Open
	}
	if states != want || units != want-1 { // one is published
		c.t.Errorf("%d counted by state, %d open by unit, want %d: %+v", states, units, want, counts)
	}
}

// tree lists the units at a time, each with what it stands under, sorted.
func (c *country) tree(who *seat, at int64) (lines []string) {
	c.t.Helper()
	var answer struct{ Units []people.Shown }
	who.get("/v1/units/tree?at="+strconv.FormatInt(at, 10), &answer)
	var walk func(above string, list []people.Shown)
	walk = func(above string, list []people.Shown) {
		for i := range list {
			line := list[i].Name
			if above != "" {
				line += " < " + above
			}
			lines = append(lines, line)
			walk(list[i].Name, list[i].Units)
		}
	}
	walk("", answer.Units)
	slices.Sort(lines)
	return lines
}

func wantTree(t *testing.T, when string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s the tree is %q, want %q", when, got, want)
	}
}
