package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"

	"lantoa/server/internal/desk"
	"lantoa/syncproto"
)

const deskPassword = "thuyền thúng 77 chiếc"

// seat is somebody at a terminal of the staff.
type seat struct {
	o             *office
	person        syncproto.ID
	login, bearer string
}

// hire makes a person with a role and an account, and signs them in.
func (o *office) hire(name string, unit syncproto.ID, role syncproto.Role) *seat {
	o.t.Helper()
	p, _, err := o.s.People().CreatePerson(background, name, unit, role)
	if err != nil {
		o.t.Fatal(err)
	}
	link, err := o.links.LinkFor(background, p.ID)
	if err != nil {
		o.t.Fatal(err)
	}
	s := &seat{o: o, person: p.ID, login: "ban" + string(p.ID[24:])}
	var in struct{ Token string }
	s.post("/v1/staff/link", object{"link": link.Link, "login": s.login, "password": deskPassword, "terminal": true}, &in)
	s.bearer = in.Token
	o.secrets = append(o.secrets, s.login, link.Link, s.bearer)
	return s
}

// signIn begins another session of the same person.
func (s *seat) signIn() *seat {
	s.o.t.Helper()
	again := &seat{o: s.o, person: s.person, login: s.login}
	var in struct{ Token string }
	again.post("/v1/staff/sign-in", object{"login": s.login, "password": deskPassword, "terminal": true}, &in)
	again.bearer = in.Token
	s.o.secrets = append(s.o.secrets, again.bearer)
	return again
}

type object map[string]any

// send makes one request. A body of bytes is a table.
func (s *seat) send(method, path string, value any) (status int, answer []byte) {
	s.o.t.Helper()
	kind := "application/json"
	body, table := value.([]byte)
	if table {
		kind = "text/csv"
	} else if value != nil {
		var err error
		if body, err = json.Marshal(value); err != nil {
			s.o.t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(background, method, "http://"+s.o.address()+path, bytes.NewReader(body))
	if err != nil {
		s.o.t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	if s.bearer != "" {
		req.Header.Set("Authorization", "Bearer "+s.bearer)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.o.t.Fatal(err)
	}
	defer resp.Body.Close()
	if answer, err = io.ReadAll(resp.Body); err != nil {
		s.o.t.Fatal(err)
	}
	return resp.StatusCode, answer
}

// must is a request that is answered.
func (s *seat) must(method, path string, value, into any) {
	s.o.t.Helper()
	status, answer := s.send(method, path, value)
	if status/100 != 2 {
		s.o.t.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(answer, into); err != nil {
		s.o.t.Fatalf("%s %s: %v in %s", method, path, err, answer)
	}
}

func (s *seat) get(path string, into any) {
	s.o.t.Helper()
	s.must(http.MethodGet, path, nil, into)
}

func (s *seat) post(path string, value, into any) {
	s.o.t.Helper()
	s.must(http.MethodPost, path, value, into)
}

// refused is a request that has to fail with a code.
func (s *seat) refused(want syncproto.Code, method, path string, value any) {
	s.o.t.Helper()
	if got := s.code(method, path, value); got != want {
		s.o.t.Errorf("%s %s: got %q, want %s", method, path, got, want)
	}
}

// code is that of the problem which a request is answered with; "" if it is answered.
func (s *seat) code(method, path string, value any) syncproto.Code {
	s.o.t.Helper()
	status, answer := s.send(method, path, value)
	var problem struct{ Code syncproto.Code }
	if status/100 != 2 {
		if err := json.Unmarshal(answer, &problem); err != nil {
			s.o.t.Errorf("%s %s: %d %s", method, path, status, answer)
		}
	}
	return problem.Code
}

// queue reads a page.
func (s *seat) queue(query string) *desk.Queue {
	s.o.t.Helper()
	var page desk.Queue
	s.get("/v1/desk/queue?"+query, &page)
	return &page
}

func (s *seat) show(id syncproto.ID) *desk.Story {
	s.o.t.Helper()
	var story desk.Story
	s.get("/v1/desk/submissions/"+string(id), &story)
	return &story
}

// step is a step of a submission's way, of the revision that it has now.
func (s *seat) step(id syncproto.ID, command syncproto.Command, reason string) object {
	s.o.t.Helper()
	r := s.o.record(id)
	act := object{"id": syncproto.NewID(), "record": id, "kind": r.Kind, "base_revision": r.Revision, "command": command}
	if reason != "" {
		act["reason"] = reason
	}
	return act
}

// acts takes acts and returns what became of each.
func (s *seat) acts(acts ...object) []desk.Done {
	s.o.t.Helper()
	var out struct{ Outcomes []desk.Done }
	s.post("/v1/desk/acts", object{"acts": acts}, &out)
	if len(out.Outcomes) != len(acts) {
		s.o.t.Fatalf("%d outcomes of %d acts", len(out.Outcomes), len(acts))
	}
	return out.Outcomes
}

// takes takes steps one after the other, each of which must be applied.
func (s *seat) takes(id syncproto.ID, reason string, commands ...syncproto.Command) {
	s.o.t.Helper()
	for _, command := range commands {
		if got := s.acts(s.step(id, command, reason))[0]; got.Result != syncproto.Applied {
			s.o.t.Fatalf("%s: %+v", command, got)
		}
	}
}

// makes hangs a new record under another.
func (s *seat) makes(kind syncproto.Kind, under syncproto.ID, set object) syncproto.ID {
	s.o.t.Helper()
	id := syncproto.NewID()
	set["parent"] = under
	if got := s.acts(object{"id": syncproto.NewID(), "record": id, "kind": kind, "set": set})[0]; got.Result != syncproto.Applied {
		s.o.t.Fatalf("%s: %+v", kind, got)
	}
	return id
}

// comparePath asks for two revisions of a submission.
func comparePath(id syncproto.ID, from, to int64) string {
	return "/v1/desk/submissions/" + string(id) + "/compare?from=" + strconv.FormatInt(from, 10) + "&to=" + strconv.FormatInt(to, 10)
}
