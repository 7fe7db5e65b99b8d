package syncproto

import (
	"strings"
	"testing"
)

func request(mutations ...string) []byte {
	return []byte(`{"mutations":[` + strings.Join(mutations, ",") + `],"protocol":1}`)
}

func edit(n, set string) string {
	return `{"id":"` + string(idA) + `","kind":"thing","n":` + n + `,"record":"` + string(idB) + `","set":` + set + `}`
}

// TestWrongMutationIsRejectedAlone holds S-42: what is merely wrong in one mutation never stops the others.
func TestWrongMutationIsRejectedAlone(t *testing.T) {
	var wide []string
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		wide = append(wide, `"`+name+`":"`+strings.Repeat("x", 60_000)+`"`)
	}
	good := edit("2", `{"title":"x"}`)
	for name, c := range map[string]struct {
		wrong string
		code  Code
	}{
		"too deep":           {edit("1", `{"a":`+strings.Repeat("[", 50_000)+strings.Repeat("]", 50_000)+`}`), CodeTooDeep},
		"duplicate in set":   {edit("1", `{"a":1,"a":2}`), CodeDuplicateKey},
		"duplicate member":   {`{"n":1,"set":{},"set":{}}`, CodeDuplicateKey},
		"not utf-8":          {edit("1", "{\"a\":\"\xff\"}"), CodeNotUTF8},
		"lone surrogate":     {edit("1", `{"a":"\ud800"}`), CodeNotUTF8},
		"bad field name":     {edit("1", `{"Title":1}`), CodeInvalidName},
		"big integer":        {edit("1", `{"a":9007199254740992}`), CodeIntegerRange},
		"very long number":   {edit("1", `{"a":`+strings.Repeat("1", 100)+`}`), CodeIntegerRange},
		"wrong type":         {edit("1", `[]`), CodeWrongType},
		"too large a field":  {edit("1", `{"a":"`+strings.Repeat("x", MaxFieldBytes)+`"}`), CodeTooLarge},
		"too large in all":   {edit("1", `{`+strings.Join(wide, ",")+`}`), CodeTooLarge},
		"no act":             {`{"id":"` + string(idA) + `","kind":"thing","n":1,"record":"` + string(idB) + `"}`, CodeInvalidMutation},
		"bad id with a dash": {strings.Replace(edit("1", `{"a":1}`), string(idA), strings.Repeat("-", 36), 1), CodeInvalidID},
		"id of odd dashes":   {strings.Replace(edit("1", `{"a":1}`), string(idA), "01968c5e-0000-7000-8000--00000000000", 1), CodeInvalidID},
	} {
		r, err := DecodeSyncRequest(request(c.wrong, good))
		if err != nil {
			t.Errorf("%s: the whole request failed: %v", name, err)
			continue
		}
		if got := r.Mutations[0]; CodeOf(got.Err) != c.code || got.Number != 1 || string(got.Wire) != c.wrong {
			t.Errorf("%s: got number %d, error %v", name, got.Number, got.Err)
		}
		if r.Mutations[1].Err != nil || r.Mutations[1].Number != 2 {
			t.Errorf("%s: the next mutation suffered: %v", name, r.Mutations[1].Err)
		}
	}
}

// TestDeepValueTravels: what ParseValue lets a phone keep, a batch must carry.
func TestDeepValueTravels(t *testing.T) {
	r, err := DecodeSyncRequest(request(edit("1", `{"a":`+strings.Repeat("[", 10)+strings.Repeat("]", 10)+`}`)))
	if err != nil || r.Mutations[0].Err != nil {
		t.Fatalf("%v, %+v", err, r)
	}
}

func TestBrokenRequestFailsWhole(t *testing.T) {
	for text, code := range map[string]Code{
		`{"mutations":[{"n":1,"set":{"a":1],"protocol":1}`:                CodeMalformed,
		`{"mutations":[{"n":1,"set":{"a" 1}}],"protocol":1}`:              CodeMalformed,
		`{"mutations":[{"n":1,"x":[1 2]}],"protocol":1}`:                  CodeMalformed,
		`{"mutations":[{"n":1,}],"protocol":1}`:                           CodeMalformed,
		`{"mutations":[{"n":1,"A":tru}],"protocol":1}`:                    CodeMalformed,
		`{"mutations":[{"n":1,"n":2}],"protocol":1}`:                      CodeDuplicateKey,
		`{"mutations":[{"N":1}],"protocol":1}`:                            CodeMissingMember,
		`{"mutations":[{}],"protocol":1}`:                                 CodeMissingMember,
		`{"mutations":[7],"protocol":1}`:                                  CodeWrongType,
		`{"mutations":[{"n":1},{"n":3}],"protocol":1}`:                    CodeOutOfOrder,
		`{"mutations":[{"n":"x"}],"protocol":1}`:                          CodeWrongType,
		`{"protocol":2}`:                                                  CodeBadProtocol,
		`{}`:                                                              CodeBadProtocol,
		`{"protocol":1}{}`:                                                CodeMalformed,
		`{"protocol":1,"unsent":-1}`:                                      CodeInvalidValue,
		`{"leaves":[{"leaf":256,"scope":"public"}],"protocol":1}`:         CodeInvalidValue,
		`{"mutations":[` + strings.Repeat(`{},`, 501) + `],"protocol":1}`: CodeMissingMember,
	} {
		if _, err := DecodeSyncRequest([]byte(text)); CodeOf(err) != code {
			t.Errorf("%.60s: %v, want %s", text, err, code)
		}
	}
}

// TestHostileResponse: a phone must survive whatever answers it.
func TestHostileResponse(t *testing.T) {
	for _, text := range []string{
		`{"digests":[{"leaves":1}]}`, `{"digests":[{"leaves":"AAAA"}]}`, `{"pages":[{"sum":"` + strings.Repeat("0", 34) + `","scope":"public"}]}`,
		`{"leaves":[{"leaf":-1}]}`, `{"pages":[{"changes":[{"id":"` + strings.Repeat("-", 36) + `"}]}]}`,
	} {
		if _, err := DecodeSyncResponse([]byte(text)); err == nil {
			t.Errorf("%s: accepted", text)
		}
	}
}
