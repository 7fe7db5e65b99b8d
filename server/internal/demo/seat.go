package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"lantoa/server/internal/desk"
	"lantoa/syncproto"
)

// seat is somebody who is signed in at a desk, over the same staff API that pages and the terminal use.
type seat struct {
	w      *week
	name   string
	person syncproto.ID
	login  string
	unit   string
	token  string
}

// deskPassword opens all accounts of the demo, whose server nobody else reaches.
const deskPassword = "mùa nước nổi 2026"

// said is what the server refused something with.
type said struct {
	Code  syncproto.Code `json:"code"`
	Title string         `json:"title"`
}

func (s said) Error() string { return string(s.Code) + ": " + s.Title }

// seats gives the operator and every editor an account, by one-time links as in real life, and signs them in. The editors
// of units come first: what they leave is for the province.
func (w *week) seatAll(ctx context.Context) error {
	var err error
	if w.operator, err = w.seat(ctx, "", w.word("demo.operator"), "vanhanh"); err != nil {
		return err
	}
	for _, p := range w.phones {
		if p.role != syncproto.RoleEditor {
			continue
		}
		st, err := p.engine.Status(ctx)
		if err != nil {
			return err
		}
		s, err := w.seat(ctx, st.Person, p.name, fmt.Sprintf("bientap%d", p.number))
		if err != nil {
			return err
		}
		s.unit = p.unit
		if w.seats = append([]*seat{s}, w.seats...); p.number == 0 {
			w.above = s
		}
	}
	return nil
}

// seat makes an account and signs in.
func (w *week) seat(ctx context.Context, person syncproto.ID, name, login string) (*seat, error) {
	s := &seat{w: w, name: name, person: person, login: login}
	link, err := w.server.StaffLink(ctx, person)
	if err != nil {
		return nil, err
	}
	setup := map[string]any{"link": link, "login": login, "password": deskPassword, "terminal": true}
	if person == "" {
		setup["name"] = name
	}
	if err := s.send(ctx, http.MethodPost, "/v1/staff/link", setup, nil); err != nil {
		return nil, err
	}
	var in struct {
		Person syncproto.ID `json:"person"`
		Token  string       `json:"token"`
	}
	err = s.send(ctx, http.MethodPost, "/v1/staff/sign-in", map[string]any{"login": login, "password": deskPassword, "terminal": true}, &in)
	s.person, s.token = in.Person, in.Token
	return s, err
}

// send makes one exchange; a refusal is a said.
func (s *seat) send(ctx context.Context, method, path string, value, into any) error {
	var body io.Reader = http.NoBody
	if value != nil {
		data, err := json.Marshal(value)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(ctx, method, s.w.server.URL()+path, body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept-Language", string(s.w.Language))
	if s.token != "" {
		request.Header.Set("Authorization", "Bearer "+s.token)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode >= 300 {
		var no said
		if json.Unmarshal(data, &no) != nil || no.Code == "" {
			return fmt.Errorf("%s: %s", path, answer.Status)
		}
		return fmt.Errorf("%s: %w", path, no)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(data, into)
}

// queue reads a view of the queue, one page.
func (s *seat) queue(ctx context.Context, view desk.View) ([]desk.Row, error) {
	var page desk.Queue
	err := s.send(ctx, http.MethodGet, "/v1/desk/queue?limit=200&view="+string(view), nil, &page)
	return page.Rows, err
}

// show reads a submission.
func (s *seat) show(ctx context.Context, id syncproto.ID) (*desk.Story, *syncproto.Record, error) {
	var story desk.Story
	if err := s.send(ctx, http.MethodGet, "/v1/desk/submissions/"+string(id), nil, &story); err != nil {
		return nil, nil, err
	}
	r, err := syncproto.DecodeRecord(story.Record)
	return &story, r, err
}

// act takes acts and returns what became of each.
func (s *seat) act(ctx context.Context, acts ...desk.Act) ([]desk.Done, error) {
	if len(acts) == 0 {
		return nil, nil
	}
	for i := range acts {
		acts[i].ID = syncproto.NewID()
	}
	var answer struct {
		Outcomes []desk.Done `json:"outcomes"`
	}
	err := s.send(ctx, http.MethodPost, "/v1/desk/acts", map[string]any{"acts": acts}, &answer)
	if err == nil && len(answer.Outcomes) != len(acts) {
		err = fmt.Errorf("%d outcomes of %d acts", len(answer.Outcomes), len(acts))
	}
	return answer.Outcomes, err
}

// one takes one act.
func (s *seat) one(ctx context.Context, a desk.Act) (desk.Done, error) {
	done, err := s.act(ctx, a)
	if err != nil {
		return desk.Done{}, err
	}
	return done[0], nil
}
