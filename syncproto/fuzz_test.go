package syncproto

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// FuzzScanner holds of every input: the canonical form of what is accepted is a fixed point, and means what
// encoding/json says the input means.
func FuzzScanner(f *testing.F) {
	for _, seed := range []string{
		`{"b":[1,-0.5e3,"x"],"a":{"c":null,"d":true}}`, `"e\u0302\u0301 \ud83c\udf38 \/"`, `[[[[[[[[[[[[]]]]]]]]]]]]`, `9007199254740991`,
		`1e-7`, `"\u0000"`, "\"\xff\"", `{"a":1,"a":2}`, ` { } `, `"ế\\\""`, `-0`, `[1,]`, `{"a":{"a":{"a":"` + "\u0323\u0302" + `"}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		kept := bytes.Clone(data)
		v, err := ParseValue(data)
		if !bytes.Equal(data, kept) {
			t.Fatal("the input was changed")
		}
		if err != nil {
			if _, known := codeKinds[CodeOf(err)]; !known || CodeOf(err) == CodeInternal {
				t.Fatalf("a stranger among the errors: %v", err)
			}
			return
		}
		again, err := ParseValue([]byte(v))
		if err != nil || again != v {
			t.Fatalf("%q is no fixed point: %q, %v", v, again, err)
		}
		var theirs, ours any
		if err := json.Unmarshal(data, &theirs); err != nil {
			t.Fatalf("accepted %q, which encoding/json refuses: %v", data, err)
		}
		if err := json.Unmarshal([]byte(v), &ours); err != nil {
			t.Fatalf("canonical form %q: %v", v, err)
		}
		if !reflect.DeepEqual(composed(theirs), composed(ours)) {
			t.Fatalf("%q became %q", data, v)
		}
	})
}

// composed puts every text of a decoded value into NFC and loses the sign of zero.
func composed(v any) any {
	switch v := v.(type) {
	case string:
		return norm.NFC.String(v)
	case float64:
		return v + math.Copysign(0, 1)
	case []any:
		for i := range v {
			v[i] = composed(v[i])
		}
	case map[string]any:
		for key, member := range v {
			v[key] = composed(member)
		}
	}
	return v
}

// FuzzCursor holds that no text opens but one that was sealed, and that nothing panics.
func FuzzCursor(f *testing.F) {
	key := bytes.Repeat([]byte{7}, 32)
	c := &Cursor{Epoch: Epoch{1, 2}, Accepted: 9, Access: 3, Positions: []Position{{Scope: 4, Sequence: 500, Fresh: true}}}
	f.Add(c.Seal(key, idA))
	f.Add("")
	f.Add("AQID")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := OpenCursor(key, idA, text)
		if err != nil {
			if CodeOf(err) != CodeCursorForged {
				t.Fatalf("unexpected %v", err)
			}
			return
		}
		if text != "" && got.Seal(key, idA) != text {
			t.Fatalf("%q opened as %+v, which seals otherwise", text, got)
		}
	})
}

// FuzzSyncRequest holds that a request that is accepted survives being written again, and that what is kept of a
// wrong mutation is its own bytes.
func FuzzSyncRequest(f *testing.F) {
	f.Add(request(edit("1", `{"title":"x"}`), edit("2", `{"Title":1}`)))
	f.Add([]byte(`{"clock":{"anchors":[{"boot":"a","server":1}],"boot":"b"},"digests":["public"],"leaves":[{"leaf":3,"scope":"public"}],"protocol":1}`))
	f.Add(request(`{"n":1,"void":true}`, `{"n":2,"x":{"a":[1,{"b":"]"}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := DecodeSyncRequest(data)
		if err != nil {
			return
		}
		for i := range r.Mutations {
			m := &r.Mutations[i]
			if !bytes.Contains(data, m.Wire) || m.Number <= 0 {
				t.Fatalf("mutation %d: %q is not of the request", m.Number, m.Wire)
			}
			if m.Err != nil {
				continue
			}
			wire := AppendMutation(nil, &m.Mutation)
			again, err := DecodeMutation(wire)
			if err != nil || HashMutation(again) != HashMutation(&m.Mutation) || again.Validate() != nil {
				t.Fatalf("%q does not survive: %v", wire, err)
			}
		}
		first := AppendSyncRequest(nil, r)
		second, err := DecodeSyncRequest(first)
		if err != nil {
			t.Fatalf("%q: %v", first, err)
		}
		if out := AppendSyncRequest(nil, second); !bytes.Equal(out, first) {
			t.Fatalf("%q became %q", first, out)
		}
	})
}

// FuzzSyncResponse holds that a phone survives any answer, and that records that decode are kept whole.
func FuzzSyncResponse(f *testing.F) {
	f.Add(AppendSyncResponse(nil, pageOf(2)))
	f.Add([]byte(`{"digests":[{"leaves":"AAAA","scope":"public"}],"epoch":"0","server_time":1}`))
	f.Add([]byte(`{"drops":["public"],"epoch":"0","leaves":[{"changes":[],"leaf":1,"scope":"public"}],"outcomes":[{"n":1,"result":"applied"}],"server_time":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := DecodeSyncResponse(data)
		if err != nil {
			return
		}
		first := AppendSyncResponse(nil, r)
		second, err := DecodeSyncResponse(first)
		if err != nil {
			t.Fatalf("%q: %v", first, err)
		}
		if out := AppendSyncResponse(nil, second); !bytes.Equal(out, first) {
			t.Fatalf("%q became %q", first, out)
		}
		for i := range r.Pages {
			for _, c := range r.Pages[i].Changes {
				checkRecordSurvives(t, c.Wire)
			}
		}
	})
}

func checkRecordSurvives(t *testing.T, wire []byte) {
	r, err := DecodeRecord(wire)
	if err != nil {
		return
	}
	first := AppendRecord(nil, r)
	again, err := DecodeRecord(first)
	if err != nil {
		t.Fatalf("%q: %v", first, err)
	}
	if second := AppendRecord(nil, again); !bytes.Equal(first, second) {
		t.Fatalf("%q became %q", first, second)
	}
}
