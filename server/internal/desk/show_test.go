package desk_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"lantoa/server/internal/desk"
	"lantoa/server/internal/syncer"
	"lantoa/syncproto"
)

// buttons returns the commands of a list, those that are forbidden by the moment with their code.
func buttons(list []desk.Button) (out []string) {
	for _, b := range list {
		text := b.Command
		if b.Code != "" {
			text += ":" + string(b.Code)
		}
		out = append(out, text)
	}
	return out
}

func (w *world) show(by syncer.Actor, id syncproto.ID) *desk.Story {
	w.t.Helper()
	story, err := w.desk.Show(w.t.Context(), by, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return story
}

func TestShowGathersWhatHangsUnderAStory(t *testing.T) { onBoth(t, showGathersWhatHangsUnderAStory) }

func showGathersWhatHangsUnderAStory(t *testing.T, w *world) {
	id := w.story(w.lan, w.commune, "Hũ gạo tình thương", nil)
	second, first := w.photo(w.lan, id, 2, "ảnh hai"), w.photo(w.lan, id, 1, "ảnh một")
	consent := syncproto.NewID()
	w.do(w.lan, syncproto.Mutation{Record: consent, Kind: syncproto.KindConsent, Unit: w.commune, Set: syncproto.Fields{
		"parent": syncproto.Text(string(first)), "who": syncproto.Text("Bà Tư"), "age": syncproto.Text(syncproto.AgeAdult),
	}})
	evidence := w.photo(w.lan, consent, 0, "giấy đồng ý")
	w.command(w.lan, id, syncproto.CommandSubmit)
	note := syncproto.NewID()
	w.do(w.hoa, syncproto.Mutation{Record: note, Kind: syncproto.KindNote, Unit: w.commune, Set: syncproto.Fields{
		"parent": syncproto.Text(string(second)), "field": syncproto.Text("caption"), "text": syncproto.Text("Ai trong ảnh?"),
	}})
	card := w.conflict(id)
	s := w.show(w.hoa, note) // by the id of what hangs under it
	if s.SeenBy != desk.SeenByDesk || s.Unit.Name != "Hoằng Lộc" || s.Row == nil || s.Row.Author.Name != "Lê Thị Lan" {
		t.Errorf("got %+v", s)
	}
	for name, c := range map[string]struct {
		list []desk.Item
		want []syncproto.ID
	}{
		"parts": {s.Parts, []syncproto.ID{first, second}}, "notes": {s.Notes, []syncproto.ID{note}},
		"consents": {s.Consents, []syncproto.ID{consent}}, "evidence": {s.Evidence, []syncproto.ID{evidence}},
		"conflicts": {s.Conflicts, []syncproto.ID{card}},
	} {
		var got []syncproto.ID
		for _, item := range c.list {
			r, err := syncproto.DecodeRecord(item.Record)
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, r.ID); item.On != r.Parent() {
				t.Errorf("%s: on %q", name, item.On)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
	if steps, ok := s.Timeline.AsList(); !ok || len(steps) == 0 {
		t.Errorf("the timeline is %s", s.Timeline)
	}
	if got := s.Names[w.hoa.Person].Name; got != "Trần Thị Hoà" {
		t.Errorf("the writer of the note is called %q", got)
	}
	if _, err := json.Marshal(s); err != nil {
		t.Error(err)
	}
}

func TestButtonsAreWhatTheJudgeWouldAllow(t *testing.T) {
	w := newWorld(t)
	id := w.submitted(w.lan, w.commune, "bài", nil)
	expect := func(by syncer.Actor, want string) {
		t.Helper()
		if got := strings.Join(buttons(w.show(by, id).Acts), " "); got != want {
			t.Errorf("%s: got %s, want %s", w.record(id).State, got, want)
		}
	}
	expect(w.hoa, "claim return decline edit")
	w.command(w.hoa, id, syncproto.CommandClaim)
	expect(w.hoa, "claim release hand_over return approve decline edit")
	expect(w.nam, "claim:claimed_by_another release:claimed_by_another hand_over return:claimed_by_another "+
		"approve:claimed_by_another decline:claimed_by_another edit")
	w.command(w.hoa, id, syncproto.CommandApprove)
	expect(w.nam, "publish undo return take_down edit")
	w.now += 2 * 60 * 1000
	expect(w.nam, "publish undo:undo_too_late return take_down edit")
	own := w.submitted(w.hoa, w.commune, "của Hoà", nil)
	w.command(w.hoa, own, syncproto.CommandClaim)
	id = own
	expect(w.hoa, "claim release hand_over return approve:own_story decline withdraw edit")
	lacking := w.story(w.lan, w.commune, "thiếu đồng ý", nil)
	w.do(w.lan, syncproto.Mutation{Record: syncproto.NewID(), Kind: syncproto.KindPhoto, Unit: w.commune, Set: syncproto.Fields{
		"parent": syncproto.Text(string(lacking)), "caption": syncproto.Text("không rõ chụp ai"),
	}})
	w.command(w.lan, lacking, syncproto.CommandSubmit)
	w.command(w.hoa, lacking, syncproto.CommandClaim)
	id = lacking
	expect(w.hoa, "claim release hand_over return approve:consent_missing decline edit")
	if s := w.show(w.hoa, id); len(s.Lacks) != 1 || s.Lacks[0].Code != syncproto.CodeLackShows {
		t.Errorf("lacks %v", s.Lacks)
	}
}

func TestWhatIsNotTheirsIsNotThere(t *testing.T) { onBoth(t, whatIsNotTheirsIsNotThere) }

func whatIsNotTheirsIsNotThere(t *testing.T, w *world) {
	draft := w.story(w.lan, w.commune, "bản nháp", nil)
	part := w.photo(w.lan, draft, 1, "ảnh")
	sent := w.submitted(w.lan, w.commune, "đã gửi", nil)
	card := w.conflict(sent)
	gone := w.submitted(w.lan, w.commune, "đã xoá", nil)
	w.do(w.lan, syncproto.Mutation{Record: gone, Kind: syncproto.KindStory, BaseRevision: w.record(gone).Revision, Delete: true})
	for name, c := range map[string]struct {
		by syncer.Actor
		id syncproto.ID
	}{
		"a draft":             {w.hoa, draft},
		"a part of a draft":   {w.hoa, part},
		"nothing":             {w.hoa, syncproto.NewID()},
		"a unit":              {w.hoa, w.commune},
		"what was deleted":    {w.hoa, gone},
		"another commune's":   {w.tuan, sent},
		"a card of another's": {w.tuan, card},
		"a volunteer's":       {w.lan, sent},
	} {
		ctx := t.Context()
		_, show := w.desk.Show(ctx, c.by, c.id)
		_, revisions := w.desk.Revisions(ctx, c.by, c.id)
		_, compare := w.desk.Compare(ctx, c.by, c.id, 0, 0)
		_, resolve := w.desk.Resolve(ctx, c.by, c.id, &desk.Choice{Choose: desk.ChooseStays})
		for what, err := range map[string]error{"show": show, "revisions": revisions, "compare": compare, "resolve": resolve} {
			if syncproto.CodeOf(err) != syncproto.CodeNotFound {
				t.Errorf("%s of %s: got %v", what, name, err)
			}
		}
	}
	if _, err := w.desk.Show(t.Context(), syncer.Actor{}, sent); syncproto.CodeOf(err) != syncproto.CodeSessionEnded {
		t.Errorf("nobody: got %v", err)
	}
}
