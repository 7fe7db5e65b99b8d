package rig

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"

	"lantoa/syncproto"
)

// Object is a JSON object.
type Object map[string]any

// Ask makes a request to the server's API as a person, as another program of theirs would, and decodes the answer into
// into unless that is nil. Whatever is no success fails the test.
func (p *Person) Ask(method, path string, value, into any) {
	t := p.w.t
	t.Helper()
	var body []byte
	if value != nil {
		var err error
		if body, err = json.Marshal(value); err != nil {
			t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(background, method, p.w.URL+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+p.Token())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode/100 != 2 {
		t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, answer)
	}
	if into != nil {
		if err := json.Unmarshal(answer, into); err != nil {
			t.Fatalf("%s %s: %v in %s", method, path, err, answer)
		}
	}
}

// Takes lets a person take steps of a submission's way one after the other, each of which must be applied.
func (p *Person) Takes(id syncproto.ID, reason string, commands ...syncproto.Command) {
	p.w.t.Helper()
	for _, command := range commands {
		r := p.w.Record(id)
		act := Object{"id": syncproto.NewID(), "record": id, "kind": r.Kind, "base_revision": r.Revision, "command": command}
		if reason != "" {
			act["reason"] = reason
		}
		p.act(string(command), act)
	}
}

// Makes hangs a new record, such as a note, under another.
func (p *Person) Makes(kind syncproto.Kind, under syncproto.ID, set Object) syncproto.ID {
	p.w.t.Helper()
	id := syncproto.NewID()
	set["parent"] = under
	p.act(string(kind), Object{"id": syncproto.NewID(), "record": id, "kind": kind, "set": set})
	return id
}

// Edits changes fields of a record.
func (p *Person) Edits(id syncproto.ID, set Object) {
	p.w.t.Helper()
	r := p.w.Record(id)
	p.act("edit", Object{"id": syncproto.NewID(), "record": id, "kind": r.Kind, "base_revision": r.Revision, "set": set})
}

func (p *Person) act(what string, act Object) {
	p.w.t.Helper()
	var out struct {
		Outcomes []struct {
			Result syncproto.Result
			Code   syncproto.Code
		}
	}
	p.Ask(http.MethodPost, "/v1/desk/acts", Object{"acts": []Object{act}}, &out)
	if len(out.Outcomes) != 1 || out.Outcomes[0].Result != syncproto.Applied {
		p.w.t.Fatalf("%s: %+v", what, out.Outcomes)
	}
}
