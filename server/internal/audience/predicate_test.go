package audience_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"lantoa/server/internal/audience"
	"lantoa/syncproto"
)

const idText = "01968c5e-0000-7000-8000-000000000001"

func TestParseBringsToOneForm(t *testing.T) {
	for text, want := range map[string]string{
		` {"unit" : "ID"} `:                                                      `{"unit":"ID"}`,
		`{"unit":"ID","at":1763786752000}`:                                       `{"at":1763786752000,"unit":"ID"}`,
		`{"any":[{"unit":"ID"},{"person":"ID"}]}`:                                `{"any":[{"unit":"ID"},{"person":"ID"}]}`,
		`{"all":[{"tag":"hie\u0302\u0301n  ma\u0301u"},{"unit":"ID"}]}`:          `{"all":[{"tag":"hiến máu"},{"unit":"ID"}]}`,
		`{"all":[{"unit":"ID"},{"in":["O-","o+","O-"],"fact":"blood_group"}]}`:   `{"all":[{"unit":"ID"},{"fact":"blood_group","in":["O+","O-"]}]}`,
		`{"all":[{"unit":"ID"},{"at_least_days":84,"fact":"last_whole_blood"}]}`: `{"all":[{"unit":"ID"},{"at_least_days":84,"fact":"last_whole_blood"}]}`,
		`{"choice":"yes","answered":"ID"}`:                                       `{"answered":"ID","choice":"yes"}`,
		`{"standing":"registered","call":"ID"}`:                                  `{"call":"ID","standing":"registered"}`,
		`{"all":[{"recipient":"ID"},{"not":{"answered":"ID"}}]}`:                 `{"all":[{"recipient":"ID"},{"not":{"answered":"ID"}}]}`,
		`{"all":[{"unit":"ID"},{"role":"editor"},{"skill":"lái xe"}]}`:           `{"all":[{"unit":"ID"},{"role":"editor"},{"skill":"lái xe"}]}`,
	} {
		p := parse(t, strings.ReplaceAll(text, "ID", idText))
		if got := string(p.Canonical()); got != strings.ReplaceAll(want, "ID", idText) {
			t.Errorf("%s:\n got %s\nwant %s", text, got, want)
		}
	}
	for want, build := range map[string]func(syncproto.ID) (*audience.Predicate, error){
		`{"answered":"ID"}`:                                      audience.Answered,
		`{"call":"ID","standing":"registered"}`:                  audience.Registered,
		`{"all":[{"recipient":"ID"},{"not":{"answered":"ID"}}]}`: audience.Silent,
	} {
		p, err := build(idText)
		if want := strings.ReplaceAll(want, "ID", idText); err != nil || string(p.Canonical()) != want || string(parse(t, want).Canonical()) != want {
			t.Errorf("got %s, %v, want %s", p.Canonical(), err, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	deep := strings.Repeat(`{"not":`, 5) + `{"all":[{"unit":"ID"}]}` + strings.Repeat("}", 5)
	wide := `{"all":[` + strings.Repeat(`{"unit":"ID"},`, 64) + `{"unit":"ID"}]}`
	nested := `{"any":[` + strings.Repeat(`{"all":[{"unit":"ID"},{"tag":"x"}]},`, 21) + `{"all":[{"unit":"ID"},{"tag":"x"}]}]}`
	for text, want := range map[string]string{
		`{}`: "audience_invalid at ", `[]`: "audience_invalid at ", `null`: "audience_invalid at ", `{"unit":"x"}`: "audience_invalid at unit",
		`{"Unit":"ID"}`:                                                          "audience_invalid at ",
		`{"unit":"ID","unit":"ID"}`:                                              "duplicate_key at ",
		`{"unit":"ID","role":"editor"}`:                                          "audience_invalid at ",
		`{"unit":"ID","tree":1}`:                                                 "audience_invalid at ",
		`{"unit":"ID","at":0}`:                                                   "audience_invalid at unit.at",
		`{"unit":"ID","at":1.5}`:                                                 "audience_invalid at unit.at",
		`{"all":[]}`:                                                             "audience_invalid at all",
		`{"all":{"unit":"ID"}}`:                                                  "audience_invalid at all",
		`{"not":{"unit":"ID"}}`:                                                  "audience_invalid at unit",
		`{"any":[{"unit":"ID"},{"tag":"x"}]}`:                                    "audience_invalid at unit",
		`{"tag":"x"}`:                                                            "audience_invalid at unit",
		`{"all":[{"unit":"ID"},{"role":"king"}]}`:                                "audience_invalid at all[1].role",
		`{"all":[{"unit":"ID"},{"tag":""}]}`:                                     "audience_invalid at all[1].tag",
		`{"all":[{"unit":"ID"},{"tag":"a\u202eb"}]}`:                             "audience_invalid at all[1].tag",
		`{"all":[{"unit":"ID"},{"fact":"weight"}]}`:                              "fact_unknown at all[1].fact",
		`{"all":[{"unit":"ID"},{"fact":"blood_group"}]}`:                         "audience_invalid at all[1].fact",
		`{"all":[{"unit":"ID"},{"fact":"blood_group","in":[]}]}`:                 "audience_invalid at all[1].fact.in",
		`{"all":[{"unit":"ID"},{"fact":"blood_group","in":["Z"]}]}`:              "audience_invalid at all[1].fact.in",
		`{"all":[{"unit":"ID"},{"fact":"blood_group","at_least_days":3}]}`:       "audience_invalid at all[1].fact",
		`{"all":[{"unit":"ID"},{"fact":"last_whole_blood","in":["O+"]}]}`:        "audience_invalid at all[1].fact",
		`{"all":[{"unit":"ID"},{"fact":"last_whole_blood","at_least_days":-1}]}`: "audience_invalid at all[1].fact.at_least_days",
		`{"all":[{"person":"ID"},{"fact":"blood_group","in":["O+"]}]}`:           "audience_invalid at person",
		`{"standing":"registered"}`:                                              "audience_invalid at standing",
		`{"standing":"draft","call":"ID"}`:                                       "audience_invalid at standing",
		`{"answered":"ID","choice":""}`:                                          "audience_invalid at answered.choice",
		deep:                                                                     "audience_invalid at not.not.not.not.not.all[0]",
		wide:                                                                     "too_many at ",
		nested:                                                                   "audience_invalid at any[21]",
		`{"tag":"` + strings.Repeat("x", audience.MaxBytes) + `"}`:               "too_large at ",
		`{"unit":"ID"`:                                                           "malformed_json at ",
	} {
		_, err := audience.Parse([]byte(strings.ReplaceAll(text, "ID", idText)))
		own, ok := errors.AsType[*syncproto.Error](err)
		if !ok || !strings.HasPrefix(fmt.Sprintf("%s at %s", own.Code, own.Detail), want) || strings.HasSuffix(want, "at ") && own.Code == syncproto.CodeAudienceInvalid && own.Detail != "" {
			t.Errorf("%.100s: got %v, want %s", text, err, want)
		}
	}
}

// FuzzParse: whatever comes, it ends in an error with a code or in a predicate of which the canonical form is its own.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"all":[{"unit":"` + idText + `","at":5},{"not":{"fact":"blood_group","in":["O+"]}}]}`))
	f.Add([]byte(`{"any":[{"answered":"` + idText + `","choice":"yes"},{"standing":"came","call":"` + idText + `"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := audience.Parse(b)
		if err != nil {
			if syncproto.KindOf(err) == syncproto.Internal {
				t.Fatal(err)
			}
			return
		}
		again, err := audience.Parse(p.Canonical())
		if err != nil || string(again.Canonical()) != string(p.Canonical()) {
			t.Fatalf("%s: %v", p.Canonical(), err)
		}
	})
}
