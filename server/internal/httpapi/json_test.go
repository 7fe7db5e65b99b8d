package httpapi

import (
	"encoding/json"
	"strings"
	"testing"

	"lantoa/syncproto"
)

func TestDecodeJSONIsStrict(t *testing.T) {
	type inner struct {
		Unit  syncproto.ID            `json:"unit"`
		Value syncproto.Value         `json:"value"`
		Raw   json.RawMessage         `json:"raw"`
		Sets  map[string][]inner      `json:"sets"`
		Free  map[string]syncproto.ID `json:"free"`
	}
	type body struct {
		Login string  `json:"login"`
		N     int     `json:"n"`
		List  []inner `json:"list"`
		More  *inner  `json:"more"`
	}
	for text, want := range map[string]syncproto.Code{
		`{}`: "",
		`{"login":"lan","n":3,"list":[{"unit":"u","value":{"b":1,"a":2}}],"more":{"raw":{"rawId":[1,{"X":2}]}}}`: "",
		`{"more":{"free":{"Any Key":"x"}}}`:    "",
		`{"login":null}`:                       "",
		`{"Login":"lan"}`:                      syncproto.CodeUnknownMember,
		`{"\u006cogin":"lan"}`:                 "",
		`{"logi\u006E":"lan","login":"hà"}`:    syncproto.CodeDuplicateKey,
		`{"lo\u212Aation":1}`:                  syncproto.CodeUnknownMember,
		`{"login":"a","login":"b"}`:            syncproto.CodeDuplicateKey,
		`{"list":[{"unit":"u"},{"unti":"u"}]}`: syncproto.CodeUnknownMember,
		`{"more":{"sets":{"a":[{"x":1}]}}}`:    syncproto.CodeUnknownMember,
		`{"more":{"value":{"a":1,"a":2}}}`:     syncproto.CodeDuplicateKey,
		`{"more":{"value":{"Big":1}}}`:         syncproto.CodeInvalidName,
		`{"n":"3"}`:                            syncproto.CodeWrongType,
		`{"n":1.5}`:                            syncproto.CodeWrongType,
		`{"list":{}}`:                          syncproto.CodeWrongType,
		`null`:                                 syncproto.CodeWrongType,
		`[]`:                                   syncproto.CodeWrongType,
		`{"login":"\ud800"}`:                   syncproto.CodeNotUTF8,
		"{\"login\":\"\xff\"}":                 syncproto.CodeNotUTF8,
		`{"login":"a"} {}`:                     syncproto.CodeMalformed,
		`{"login":"a",}`:                       syncproto.CodeMalformed,
		``:                                     syncproto.CodeMalformed,
		strings.Repeat(`[`, 1<<16):             syncproto.CodeTooDeep,
		`{"list":[` + strings.Repeat(`{},`, maxItems) + `{}]}`: syncproto.CodeTooMany,
	} {
		var into body
		err := decodeJSON([]byte(text), &into)
		if want == "" && err != nil || want != "" && syncproto.CodeOf(err) != want {
			t.Errorf("%.60s: got %v, want %q", text, err, want)
		}
	}
}

// FuzzDecodeJSON holds that what is decoded is what was written: decoded loosely and encoded again it says the same.
func FuzzDecodeJSON(f *testing.F) {
	type body struct {
		Login string           `json:"login,omitempty"`
		N     int              `json:"n,omitempty"`
		Set   syncproto.Fields `json:"set,omitempty"`
		List  []string         `json:"list,omitempty"`
	}
	for _, seed := range []string{`{"login":"lan","n":3}`, `{"set":{"title":"Hoà","tags":["a"]}}`, `{"list":["\u00e0","x"]}`, `{"Login":1}`, `[`, `{"n":1e3}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var got body
		if decodeJSON(data, &got) != nil {
			return
		}
		var loose map[string]json.RawMessage
		if err := json.Unmarshal(data, &loose); err != nil {
			t.Fatalf("%q was taken and is no object: %v", data, err)
		}
		for key := range loose {
			if key != "login" && key != "n" && key != "set" && key != "list" {
				t.Fatalf("%q was taken with the member %q", data, key)
			}
		}
		again, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		var back body
		if err := decodeJSON(again, &back); err != nil {
			t.Fatalf("%q became %q: %v", data, again, err)
		}
	})
}
