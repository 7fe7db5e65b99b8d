package e2e

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"io"
	"net/http"
	"testing"

	"lantoa/server/internal/enroll"
	"lantoa/syncproto"
)

// rawPhone is a phone that sends whatever one likes.
type rawPhone struct {
	o      *office
	bearer string
	number int64
	person syncproto.ID
}

func (o *office) rawPhone(unit syncproto.ID, role syncproto.Role) *rawPhone {
	o.t.Helper()
	issued, err := o.s.Enroll().Issue(background, enroll.Invitation{Unit: unit, Role: role, Name: "Kẻ lạ"})
	if err != nil {
		o.t.Fatal(err)
	}
	nonce := make([]byte, 16)
	if _, err := rand.Read(nonce); err != nil {
		o.t.Fatal(err)
	}
	p := &rawPhone{o: o}
	body := p.post("/v1/enroll", syncproto.AppendEnrollRequest(nil, &syncproto.EnrollRequest{
		Code: issued.Code, Device: syncproto.NewID(), Nonce: base64.RawURLEncoding.EncodeToString(nonce), App: "thử",
	}))
	joined, err := syncproto.DecodeEnrollResponse(body)
	if err != nil {
		o.t.Fatalf("%v in %s", err, body)
	}
	p.bearer, p.person = joined.Token, joined.Person
	return p
}

func (p *rawPhone) post(path string, body []byte) []byte {
	p.o.t.Helper()
	req, err := http.NewRequestWithContext(background, http.MethodPost, "http://"+p.o.s.Addr().String()+path, bytes.NewReader(body))
	if err != nil {
		p.o.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if p.bearer != "" {
		req.Header.Set("Authorization", "Bearer "+p.bearer)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.o.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		p.o.t.Fatalf("%s: %d %s %v", path, resp.StatusCode, answer, err)
	}
	return answer
}

// push sends mutations and returns the answer.
func (p *rawPhone) push(list ...syncproto.Mutation) *syncproto.SyncResponse {
	p.o.t.Helper()
	r := &syncproto.SyncRequest{Protocol: syncproto.ProtocolVersion, App: "thử"}
	for _, m := range list {
		p.number++
		m.Number, m.ID = p.number, syncproto.NewID()
		r.Mutations = append(r.Mutations, syncproto.PushedMutation{Mutation: m, Wire: syncproto.AppendMutation(nil, &m)})
	}
	resp, err := syncproto.DecodeSyncResponse(p.post("/v1/sync", syncproto.AppendSyncRequest(nil, r)))
	if err != nil {
		p.o.t.Fatal(err)
	}
	if len(resp.Outcomes) != len(list) {
		p.o.t.Fatalf("%d outcomes of %d", len(resp.Outcomes), len(list))
	}
	return resp
}

// TestAForgedUnitInACapture: a phone writes the unit of others into what it captures. It gives no rights over it and
// stands on no desk as submitted; it waits in the inbox there, under its true author.
func TestAForgedUnitInACapture(t *testing.T) {
	o := newOffice(t)
	own, other := o.unit("Xã Hoằng Lộc", "Xã", ""), o.unit("Xã Đông Sơn", "Xã", "")
	minh, tuan := o.hire("Trần Văn Minh", own, syncproto.RoleEditor), o.hire("Lê Tuấn", other, syncproto.RoleEditor)
	victim := o.phone("Lan", other, syncproto.RoleVolunteer)
	theirs := victim.text("Của xã Đông Sơn")
	victim.sync()
	forger := o.rawPhone(own, syncproto.RoleVolunteer)

	story := syncproto.NewID()
	forged := syncproto.Mutation{Record: story, Kind: syncproto.KindStory, Unit: other, Set: syncproto.Fields{"title": syncproto.Text("Giả")}}
	submit := syncproto.Mutation{Record: story, Kind: syncproto.KindStory, Command: syncproto.CommandSubmit, BaseRevision: 1}
	forger.push(forged, submit)
	if r := o.record(story); r.State != syncproto.StateUnclaimed || r.Author != forger.person || r.Unit != other {
		t.Errorf("it is %s in %s by %s", r.State, r.Unit, r.Author)
	}
	if rows := tuan.queue("view=inbox").Rows; len(rows) != 1 || rows[0].Record != story || rows[0].Author == nil || rows[0].Author.ID != forger.person {
		t.Errorf("the inbox there: %+v", rows)
	}
	if rows := tuan.queue("").Rows; len(rows) != 1 || rows[0].Record != theirs {
		t.Errorf("the queue there: %+v", rows)
	}
	if rows := minh.queue("view=all").Rows; len(rows) != 0 {
		t.Errorf("at the forger's own desk: %+v", rows)
	}

	// Steps and edits of others' work, by a phone that knows its id.
	answer := forger.push(
		syncproto.Mutation{Record: theirs, Kind: syncproto.KindStory, Command: syncproto.CommandWithdraw, Reason: "x", BaseRevision: 2},
		syncproto.Mutation{Record: theirs, Kind: syncproto.KindStory, Unit: own, Set: syncproto.Fields{"title": syncproto.Text("Cướp")}},
		syncproto.Mutation{Record: story, Kind: syncproto.KindStory, Command: syncproto.CommandAdopt, BaseRevision: 2},
	)
	for i, outcome := range answer.Outcomes {
		if outcome.Result != syncproto.Rejected {
			t.Errorf("%d: %+v", i, outcome)
		}
	}
	if r := o.record(theirs); r.Fields["title"] != syncproto.Text("Của xã Đông Sơn") || r.State != syncproto.StateSubmitted || r.Unit != other {
		t.Errorf("others' work is %+v", r)
	}
	// For a unit that there is not: it comes to the desk of the phone's own, and nowhere else.
	nowhere := syncproto.NewID()
	forger.push(
		syncproto.Mutation{Record: nowhere, Kind: syncproto.KindStory, Unit: syncproto.NewID(), Set: syncproto.Fields{"title": syncproto.Text("Đâu?")}},
		syncproto.Mutation{Record: nowhere, Kind: syncproto.KindStory, Command: syncproto.CommandSubmit, BaseRevision: 1},
	)
	if rows := minh.queue("").Rows; len(rows) != 1 || rows[0].Record != nowhere {
		t.Errorf("what is for no unit: %+v", rows)
	}
	// What the forger may follow: their own scopes and nothing of the other commune.
	scopes := forger.push().Pages
	for i := range scopes {
		if kind, id := scopes[i].Scope.Split(); (kind == "unit" || kind == "desk") && id == other {
			t.Errorf("the forger follows %s", scopes[i].Scope)
		}
	}
	o.noFaults()
}
