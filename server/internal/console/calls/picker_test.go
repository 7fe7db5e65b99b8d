package calls

import (
	"encoding/json"
	"reflect"
	"testing"

	"lantoa/server/internal/audience"
	"lantoa/syncproto"
)

var (
	unitA = syncproto.ID("0192aaaa-0000-7000-8000-000000000001")
	unitB = syncproto.ID("0192aaaa-0000-7000-8000-000000000002")
	callA = syncproto.ID("0192aaaa-0000-7000-8000-00000000000a")
)

// TestPickerRoundTrip says what is ticked, and finds what must be ticked to say it.
func TestPickerRoundTrip(t *testing.T) {
	for name, p := range map[string]*picker{
		"units":   {Units: []syncproto.ID{unitA, unitB}, Join: joinAll, Words: joinAll},
		"one":     {Units: []syncproto.ID{unitA}, Join: joinAll, Words: joinAll},
		"blood":   {Units: []syncproto.ID{unitA, unitB}, Join: joinAll, Words: joinAll, Blood: []string{"O+", "O-"}, Whole: 84},
		"any":     {Units: []syncproto.ID{unitA}, Join: joinAny, Words: joinAll, Roles: []string{"volunteer"}, Parts: 14},
		"words":   {Units: []syncproto.ID{unitA}, Join: joinAll, Words: joinAny, Tags: []string{"thanh niên"}, Skills: []string{"lái xuồng", "y tá"}},
		"all":     {Units: []syncproto.ID{unitA}, Join: joinAll, Words: joinAll, Tags: []string{"a", "b"}},
		"earlier": {Earlier: list{callA, "silent"}, Join: joinAll, Words: joinAll},
		"came":    {Earlier: list{callA, "came"}, Join: joinAll, Words: joinAll, NotTags: []string{"x"}},
		"not": {
			Units: []syncproto.ID{unitA}, Join: joinAll, Words: joinAll, NotUnits: []syncproto.ID{unitB}, NotTags: []string{"x", "y"},
			NotList: list{callA, "recipient"},
		},
		"not answered": {Units: []syncproto.ID{unitA}, Join: joinAll, Words: joinAll, NotList: list{callA, "answered"}},
	} {
		predicate := p.predicate()
		parsed, err := audience.Parse(predicate)
		if err != nil {
			t.Errorf("%s: %s: %v", name, predicate, err)
			continue
		}
		back := pickerOf(parsed.Canonical())
		if back.Raw != "" || !reflect.DeepEqual(p, back) {
			t.Errorf("%s: %s came back as %+v", name, predicate, back)
		}
	}
}

// TestPickerKeeps shows a predicate that cannot be ticked as it is.
func TestPickerKeeps(t *testing.T) {
	u := func(id syncproto.ID) string { return `{"unit":"` + string(id) + `"}` }
	for _, predicate := range []string{
		`{"unit":"` + string(unitA) + `","at":1795651800000}`,
		`{"any":[{"all":[` + u(unitA) + `,{"role":"editor"}]},{"all":[` + u(unitB) + `,{"tag":"x"}]}]}`,
		`{"all":[{"any":[` + u(unitA) + `,{"recipient":"` + string(callA) + `"}]},{"any":[` + u(unitB) + `,` + u(unitA) + `]}]}`,
		`{"all":[` + u(unitA) + `,{"not":{"fact":"last_whole_blood","at_least_days":84}}]}`,
		`{"any":[{"person":"` + string(unitA) + `"}]}`,
		`{"all":[` + u(unitA) + `,{"any":[{"tag":"a"},{"tag":"b"}]},{"any":[{"tag":"c"},{"tag":"d"}]}]}`,
	} {
		p := pickerOf(json.RawMessage(predicate))
		if p.Raw == "" {
			t.Errorf("%s became %s", predicate, p.predicate())
			continue
		}
		if meaning(p.predicate()) != meaning([]byte(predicate)) {
			t.Errorf("%s was kept as %s", predicate, p.predicate())
		}
	}
}

// TestPickerFlattens ticks what another client wrote in one group.
func TestPickerFlattens(t *testing.T) {
	p := pickerOf(json.RawMessage(`{"all":[{"unit":"` + string(unitA) + `"},{"tag":"a"},{"skill":"b"},{"role":"volunteer"}]}`))
	if p.Raw != "" || len(p.Tags) != 1 || len(p.Skills) != 1 || len(p.Roles) != 1 || p.Words != joinAll {
		t.Errorf("%+v", p)
	}
}

func FuzzPickerOf(f *testing.F) {
	f.Add(`{"all":[{"unit":"` + string(unitA) + `"},{"any":[{"tag":"a"},{"tag":"b"}]}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		want, err := audience.Parse([]byte(text))
		if err != nil {
			return
		}
		p := pickerOf(want.Canonical())
		if got, err := audience.Parse(p.predicate()); err != nil || meaning(got.Canonical()) != meaning(want.Canonical()) {
			t.Errorf("%s became %s", text, p.predicate())
		}
	})
}
