package audience_test

import (
	"testing"

	"lantoa/server/internal/audience"
	"lantoa/syncproto"
)

func TestRulesAreReadStrictly(t *testing.T) {
	rules, err := audience.ParseRules([]byte(`[{"fact":"last_whole_blood","days":90,"source":"Viện Huyết học"}]`))
	if err != nil {
		t.Fatal(err)
	}
	if r := rules[audience.LastWholeBlood]; r.Days != 90 || r.Source != "Viện Huyết học" {
		t.Errorf("got %+v", r)
	}
	if r := rules[audience.LastApheresis]; r != audience.DefaultRules()[audience.LastApheresis] {
		t.Errorf("what is not named is %+v", r)
	}
	for _, c := range []struct {
		in   string
		want syncproto.Code
	}{
		{``, syncproto.CodeMalformed},
		{`{}`, syncproto.CodeMalformed},
		{`[] []`, syncproto.CodeMalformed},
		{`[{"fact":"last_whole_blood","days":90,"source":"x","sauce":"y"}]`, syncproto.CodeMalformed},
		{`[{"fact":"blood_group","days":90,"source":"x"}]`, syncproto.CodeInvalidValue},
		{`[{"fact":"last_whole_blood","days":0,"source":"x"}]`, syncproto.CodeInvalidValue},
		{`[{"fact":"last_whole_blood","days":9999,"source":"x"}]`, syncproto.CodeInvalidValue},
		{`[{"fact":"last_whole_blood","days":90}]`, syncproto.CodeInvalidValue},
	} {
		if _, err := audience.ParseRules([]byte(c.in)); syncproto.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", c.in, err, c.want)
		}
	}
}
