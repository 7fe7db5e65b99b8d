package httpapi_test

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"lantoa/server/internal/desk"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile/sample"
)

func TestDeskFromQueueToPublished(t *testing.T) {
	e := newEditors(t)
	lan := e.sit("Lê Thị Lan", e.commune, syncproto.RoleVolunteer)
	hoa := e.sit("Trần Thị Hoà", e.commune, syncproto.RoleEditor)
	id := lan.story("Chị Lan góp 20 suất", true)
	var page desk.Queue
	if hoa.get("/v1/desk/queue", &page); len(page.Rows) != 1 || page.Rows[0].Record != id || page.Rows[0].Author.Name != "Lê Thị Lan" {
		t.Fatalf("got %+v", page)
	}
	claimed := hoa.act(object{"record": id, "command": "claim"})
	note := syncproto.NewID()
	if got := hoa.act(object{"record": note, "kind": "note", "set": object{"parent": id, "field": "title", "text": "Bao nhiêu suất?"}}); got.Result != syncproto.Applied {
		t.Fatalf("a note: %+v", got)
	}
	lan.do(syncproto.Mutation{
		Record: id, Kind: syncproto.KindStory, BaseRevision: claimed.Revision, Set: syncproto.Fields{"title": syncproto.Text("Chị Lan góp 25 suất")},
	})
	stale := hoa.act(object{"record": id, "command": "approve", "base_revision": claimed.Revision})
	if stale.Code != syncproto.CodeStaleRevision || stale.Difference == nil || stale.Sentence == "" {
		t.Fatalf("got %+v", stale)
	}
	approved := hoa.act(object{"record": id, "command": "approve", "base_revision": stale.Difference.To})
	published := hoa.act(object{"record": id, "command": "publish", "base_revision": approved.Revision})
	if published.Result != syncproto.Applied {
		t.Fatalf("got %+v after %+v", published, approved)
	}
	path := "/v1/desk/submissions/" + string(id)
	var story desk.Story
	if hoa.get(path, &story); story.SeenBy != desk.SeenByUnit || len(story.Notes) != 1 || story.Timeline.IsNull() {
		t.Errorf("got %+v", story)
	}
	var revisions struct{ Revisions []desk.Revision }
	if hoa.get(path+"/revisions", &revisions); revisions.Revisions[0].State != syncproto.StatePublished {
		t.Errorf("got %+v", revisions)
	}
	var difference desk.Comparison
	if hoa.get(path+"/compare?from=2&to="+strconv.FormatInt(published.Revision, 10), &difference); len(difference.Fields) != 1 {
		t.Errorf("got %+v", difference)
	}
	var counts desk.Counters
	if hoa.get("/v1/desk/counters?unit="+string(e.commune), &counts); counts.States[syncproto.StatePublished] != 1 {
		t.Errorf("got %+v", counts)
	}
	var told desk.Notices
	if lan.get("/v1/desk/notices", &told); len(told.Notices) == 0 || told.Notices[0].Title != "Chị Lan góp 25 suất" {
		t.Errorf("the author is told %+v", told)
	}
}

func TestConflictsOverHTTP(t *testing.T) {
	e := newEditors(t)
	lan, hoa := e.sit("Lan", e.commune, syncproto.RoleVolunteer), e.sit("Hoà", e.commune, syncproto.RoleEditor)
	id := lan.story("ban đầu", true)
	hoa.act(object{"record": id, "base_revision": 2, "set": object{"title": "Hoà sửa"}})
	lan.do(syncproto.Mutation{Record: id, Kind: syncproto.KindStory, BaseRevision: 2, Set: syncproto.Fields{"title": syncproto.Text("Lan sửa")}})
	var cards desk.Cards
	if hoa.get("/v1/desk/conflicts", &cards); len(cards.Cards) != 1 || cards.Cards[0].Lost != syncproto.Text("Lan sửa") {
		t.Fatalf("got %+v", cards)
	}
	card := cards.Cards[0].Record
	r, err := syncproto.DecodeRecord(card)
	if err != nil {
		t.Fatal(err)
	}
	path := "/v1/desk/conflicts/" + string(r.ID)
	hoa.refused(syncproto.CodeInvalidValue, http.MethodPost, path, object{"choose": "both"})
	hoa.refused(syncproto.CodeInvalidValue, http.MethodPost, path, object{})
	var got desk.Resolution
	if hoa.must(http.MethodPost, path, object{"value": "cả hai"}, &got); got.Edit.Result != syncproto.Applied || got.Card.Result != syncproto.Applied {
		t.Errorf("got %+v", got)
	}
}

func TestDeskShowsNobodyWhatIsNotTheirs(t *testing.T) {
	e := newEditors(t)
	lan, minh := e.sit("Lan", e.commune, syncproto.RoleVolunteer), e.sit("Minh", e.commune, syncproto.RoleVolunteer)
	hoa, tuan := e.sit("Hoà", e.commune, syncproto.RoleEditor), e.sit("Tuấn", e.other, syncproto.RoleEditor)
	draft, sent := lan.story("nháp", false), lan.story("đã gửi", true)
	for name, c := range map[string]struct {
		who *seat
		id  syncproto.ID
	}{
		"a volunteer, another's": {minh, sent}, "its author, from a desk": {lan, sent}, "an editor of another unit": {tuan, sent},
		"a draft": {hoa, draft}, "nothing": {hoa, syncproto.NewID()},
	} {
		for _, end := range []string{"", "/revisions", "/compare"} {
			r := c.who.send(http.MethodGet, "/v1/desk/submissions/"+string(c.id)+end, nil)
			if p := r.problem(t); p.Code != syncproto.CodeNotFound || p.At != "" {
				t.Errorf("%s%s: got %+v", name, end, p)
			}
		}
	}
	tuan.refused(syncproto.CodeNotFound, http.MethodGet, "/v1/desk/queue?unit="+string(e.commune), nil)
	minh.refused(syncproto.CodeForbidden, http.MethodGet, "/v1/desk/queue", nil)
	minh.refused(syncproto.CodeForbidden, http.MethodPost, "/v1/desk/acts", object{"acts": []object{}})
	if got := tuan.act(object{"record": sent, "command": "claim"}); got.Code != syncproto.CodeNotFound {
		t.Errorf("claiming elsewhere: got %+v", got)
	}
	hoa.refused(syncproto.CodeNotFound, http.MethodGet, "/v1/desk/submissions/not-an-id", nil)
}

func TestDeskNeedsASessionThatLives(t *testing.T) {
	e := newEditors(t)
	hoa := e.sit("Hoà", e.commune, syncproto.RoleEditor)
	var page desk.Queue
	hoa.get("/v1/desk/queue", &page)
	if err := e.store.Update(t.Context(), func(tx storage.Tx) error { return tx.DropSession(hoa.hash) }); err != nil {
		t.Fatal(err)
	}
	paths := []string{"queue", "counters", "submissions/" + string(e.commune), "conflicts", "notices", "media/" + string(e.commune) + "/thumbnail"}
	for _, path := range paths {
		hoa.refused(syncproto.CodeSessionEnded, http.MethodGet, "/v1/desk/"+path, nil)
	}
	hoa.refused(syncproto.CodeSessionEnded, http.MethodPost, "/v1/desk/acts", object{"acts": []object{}})
	hoa.refused(syncproto.CodeSessionEnded, http.MethodPost, "/v1/desk/conflicts/"+string(e.commune), object{"choose": "lost"})
	phone := &seat{e: e, token: e.token}
	phone.refused(syncproto.CodeSessionEnded, http.MethodGet, "/v1/desk/queue", nil)
}

func TestDeskRefusesBodiesThatAreNone(t *testing.T) {
	e := newEditors(t)
	hoa := e.sit("Hoà", e.commune, syncproto.RoleEditor)
	for name, c := range map[string]struct {
		body string
		want syncproto.Code
	}{
		"no JSON":            {`{"acts":`, syncproto.CodeMalformed},
		"two values":         {`{"acts":[]}{}`, syncproto.CodeMalformed},
		"a key twice":        {`{"acts":[],"acts":[]}`, syncproto.CodeDuplicateKey},
		"a key twice inside": {`{"acts":[{"set":{"title":"a","title":"b"}}]}`, syncproto.CodeDuplicateKey},
		"an unknown member":  {`{"acts":[{"approve":true}]}`, syncproto.CodeUnknownMember},
		"another case":       {`{"Acts":[]}`, syncproto.CodeUnknownMember},
		"a wrong type":       {`{"acts":{}}`, syncproto.CodeWrongType},
		"no text":            {"{\"acts\":[{\"reason\":\"\xff\"}]}", syncproto.CodeNotUTF8},
		"too deep":           {`{"acts":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, syncproto.CodeTooDeep},
		"201 acts":           {`{"acts":[` + strings.Repeat(`{},`, 200) + `{}]}`, syncproto.CodeTooMany},
		"too large":          {`{"acts":[{"reason":"` + strings.Repeat("a", syncproto.MaxRequestBytes) + `"}]}`, syncproto.CodeTooLarge},
	} {
		p := hoa.send(http.MethodPost, "/v1/desk/acts", []byte(c.body)).problem(t)
		if p.Code != c.want {
			t.Errorf("%s: got %s at %q, want %s", name, p.Code, p.At, c.want)
		}
	}
	for _, query := range []string{"view=yours", "colour=red", "limit=201", "limit=-1", "limit=x", "state=draft", "flag=red", "from=x", "view=open&view=all", "unit=x", "q=%zz"} {
		hoa.refused(syncproto.CodeQueryInvalid, http.MethodGet, "/v1/desk/queue?"+query, nil)
	}
}

func TestSearchFindsWhatPeopleType(t *testing.T) {
	e := newEditors(t)
	lan, hoa := e.sit("Lan", e.commune, syncproto.RoleVolunteer), e.sit("Hoà", e.commune, syncproto.RoleEditor)
	lan.story("Chu thap do khong dau", true)
	lan.story("Hội Chữ thập đỏ xã", true)
	lan.story("Người tốt việc thiện ở làng hòa bình", true)
	lan.story("Quỹ vì người nghèo", true)
	search := func(text string) (titles []string) {
		var page desk.Queue
		hoa.get("/v1/desk/queue?view=all&q="+url.QueryEscape(text), &page)
		for _, row := range page.Rows {
			titles = append(titles, row.Title)
		}
		return titles
	}
	for _, text := range []string{"chu thap do", "Chữ thập đỏ", norm.NFD.String("Chữ thập đỏ"), "CHỮ THẬP"} {
		if got := search(text); len(got) != 2 || slices.Contains(got, "Quỹ vì người nghèo") {
			t.Errorf("%q: got %q", text, got)
		}
	}
	if got := search("chữ thập đỏ"); got[0] != "Hội Chữ thập đỏ xã" {
		t.Errorf("exact accents come first: got %q", got)
	}
	for _, text := range []string{"nguoi tot viec thien", "hoà bình", "hòa bình", "hoa binh", norm.NFD.String("hoà bình")} {
		if got := search(text); !slices.Equal(got, []string{"Người tốt việc thiện ở làng hòa bình"}) {
			t.Errorf("%q: got %q", text, got)
		}
	}
	if got := search("CTĐ"); !slices.Contains(got, "Hội Chữ thập đỏ xã") {
		t.Errorf("the abbreviation: got %q", got)
	}
}

func TestFilesAtADesk(t *testing.T) {
	e := newEditors(t)
	lan, hoa, tuan := e.sit("Lan", e.commune, syncproto.RoleVolunteer), e.sit("Hoà", e.commune, syncproto.RoleEditor), e.sit("Tuấn", e.other, syncproto.RoleEditor)
	g := *e.gallery
	file := sample.JPEG(sample.Options{})
	w := *e.world
	w.root.ID = e.commune
	g.author, g.world = lan.Person, &w
	id := g.photo(file)
	path := "/v1/desk/media/" + string(id) + "/original"
	tuan.refused(syncproto.CodeNotFound, http.MethodGet, path, nil)
	hoa.refused(syncproto.CodeNotFound, http.MethodGet, "/v1/desk/media/"+string(id)+"/negative", nil)
	r := hoa.send(http.MethodGet, path, nil)
	if vary := r.header.Get("Vary"); r.status != http.StatusOK || !bytes.Equal(r.body, file) || vary != "Authorization, Cookie" {
		t.Errorf("got %d, %d bytes of %d, vary %q", r.status, len(r.body), len(file), vary)
	}
	if r := hoa.send(http.MethodHead, path, nil); r.status != http.StatusOK || len(r.body) != 0 {
		t.Errorf("HEAD: got %d", r.status)
	}
	var audits []storage.Audit
	err := e.store.View(t.Context(), func(r storage.Reader) (err error) { audits, err = r.Audits(id, 0, 100); return err })
	if err != nil || len(audits) != 1 || audits[0].Person != hoa.Person || audits[0].Grant == "" {
		t.Errorf("the log says %+v, %v", audits, err)
	}
}
