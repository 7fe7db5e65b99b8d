package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/server/internal/app"
	"lantoa/server/internal/desk"
	"lantoa/server/internal/enroll"
	"lantoa/server/internal/staff"
	"lantoa/storage"
	"lantoa/syncproto"
)

// office is a yard with desks: its server's clock is moved by hand, and its people sign in at terminals.
type office struct {
	*yard
	off   atomic.Int64 // how far the server's clock is ahead
	links *staff.Service
}

func newOffice(t testing.TB, change ...func(*app.Config)) *office {
	t.Helper()
	o := &office{}
	o.yard = newYard(t, append(change, func(cfg *app.Config) { cfg.Now = o.now })...)
	links, err := staff.New(o.s.Store(), staff.Options{Now: o.now})
	if err != nil {
		t.Fatal(err)
	}
	o.links = links
	return o
}

func (o *office) now() time.Time       { return time.Now().Add(time.Duration(o.off.Load())) }
func (o *office) move(d time.Duration) { o.off.Add(int64(d)) }

// moveTo moves the clock to just after a moment.
func (o *office) moveTo(at time.Time) { o.move(at.Sub(o.now()) + time.Second) }

// unit adds a unit; parent "" stands for the root.
func (o *office) unit(name, level string, parent syncproto.ID) syncproto.ID {
	o.t.Helper()
	if parent == "" {
		parent = o.s.Root().ID
	}
	u, err := o.s.People().CreateUnit(background, syncproto.Unit{Name: name, Level: level, Parent: parent})
	if err != nil {
		o.t.Fatal(err)
	}
	return u.ID
}

// phone enrolls a new person's phone in a unit.
func (o *office) phone(name string, unit syncproto.ID, role syncproto.Role, change ...func(*mobilesdk.Config)) *handset {
	o.t.Helper()
	issued, err := o.s.Enroll().Issue(background, enroll.Invitation{Unit: unit, Role: role, Name: name})
	if err != nil {
		o.t.Fatal(err)
	}
	return o.phoneWith(issued.Code, change...)
}

// phoneWith enrolls a phone with a code.
func (o *office) phoneWith(code string, change ...func(*mobilesdk.Config)) *handset {
	o.t.Helper()
	h := &handset{t: o.t, dir: o.t.TempDir()}
	cfg := mobilesdk.Config{Path: filepath.Join(h.dir, "phone.db"), Transport: mobilesdk.NewHTTPTransport()}
	for _, c := range change {
		c(&cfg)
	}
	e, err := mobilesdk.Open(background, cfg)
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() { e.Close() })
	h.Engine = e
	if err := e.Enroll(background, "http://"+o.s.Addr().String(), code); err != nil {
		o.t.Fatal(err)
	}
	if err := e.SetNetwork(mobilesdk.NetworkWifi); err != nil {
		o.t.Fatal(err)
	}
	return h
}

// wire is the connection of a phone that carries files, too. It can be pulled out.
type wire struct {
	link
	files mobilesdk.FileTransport
}

func (w *wire) File(ctx context.Context, r *mobilesdk.FileRequest) (*mobilesdk.FileResponse, error) {
	if w.down.Load() {
		return nil, errLink
	}
	return w.files.File(ctx, r)
}

// cable is a wire, and plugs it into a phone.
func cable() (*wire, func(*mobilesdk.Config)) {
	t := mobilesdk.NewHTTPTransport()
	w := &wire{link: link{Transport: t}, files: t}
	return w, func(cfg *mobilesdk.Config) { cfg.Transport = w }
}

// record returns a record as the server has it.
func (o *office) record(id syncproto.ID) (out *syncproto.Record) {
	o.t.Helper()
	o.view(func(r storage.Reader) error {
		stored, err := r.Record(id)
		if err == nil {
			out = stored.Record
		}
		return err
	})
	return out
}

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
	return s
}

// signIn begins another session of the same person.
func (s *seat) signIn() *seat {
	s.o.t.Helper()
	again := &seat{o: s.o, person: s.person, login: s.login}
	var in struct{ Token string }
	again.post("/v1/staff/sign-in", object{"login": s.login, "password": deskPassword, "terminal": true}, &in)
	again.bearer = in.Token
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
	req, err := http.NewRequestWithContext(background, method, "http://"+s.o.s.Addr().String()+path, bytes.NewReader(body))
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
