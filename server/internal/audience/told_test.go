package audience_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"lantoa/server/internal/audience"
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

func TestFactsAreSealed(t *testing.T) {
	keys, one, two := newKeys(t, 1), syncproto.NewID(), syncproto.NewID()
	sealed, err := keys.Seal(one, audience.BloodGroup, "O+")
	if err != nil {
		t.Fatal(err)
	}
	longer, _ := keys.Seal(one, audience.LastWholeBlood, "2026-01-01")
	again, _ := keys.Seal(one, audience.BloodGroup, "O+")
	if len(sealed) != len(longer) || bytes.Equal(sealed, again) || bytes.Contains(sealed, []byte("O+")) {
		t.Error("a sealed fact tells something")
	}
	if got, err := keys.Open(one, audience.BloodGroup, sealed); err != nil || got != "O+" {
		t.Errorf("got %q, %v", got, err)
	}
	changed := slices.Clone(sealed)
	changed[len(changed)-1] ^= 1
	for name, open := range map[string]func() (string, error){
		"of another person": func() (string, error) { return keys.Open(two, audience.BloodGroup, sealed) },
		"of another name":   func() (string, error) { return keys.Open(one, audience.LastApheresis, sealed) },
		"changed":           func() (string, error) { return keys.Open(one, audience.BloodGroup, changed) },
		"cut":               func() (string, error) { return keys.Open(one, audience.BloodGroup, sealed[:20]) },
		"nothing":           func() (string, error) { return keys.Open(one, audience.BloodGroup, nil) },
		"of another key":    func() (string, error) { return newKeys(t, 2).Open(one, audience.BloodGroup, sealed) },
		"without keys":      func() (string, error) { return (&audience.Keys{}).Open(one, audience.BloodGroup, sealed) },
	} {
		if got, err := open(); err == nil || got != "" {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
	if got, err := newKeys(t, 1, 2).Open(one, audience.BloodGroup, sealed); err != nil || got != "O+" {
		t.Errorf("after a new key: got %q, %v", got, err)
	}
	if text := fmt.Sprintf("%v %+v %s", keys, keys, keys); text != "keys keys keys" {
		t.Errorf("keys show as %s", text)
	}
}

func TestTheFileOfKeys(t *testing.T) {
	file := filepath.Join(t.TempDir(), "fact.key")
	if keys, err := audience.LoadKeys(file, false); err != nil || keys.Ready() {
		t.Errorf("got %v, %v: a file was made though facts are there", keys, err)
	}
	keys, err := audience.LoadKeys(file, true)
	if err != nil || !keys.Ready() {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v", info, err)
	}
	id := syncproto.NewID()
	sealed, _ := keys.Seal(id, audience.BloodGroup, "O+")
	again, err := audience.LoadKeys(file, true)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Open(id, audience.BloodGroup, sealed); err != nil || got != "O+" {
		t.Errorf("got %q, %v", got, err)
	}
	if err := os.WriteFile(file, []byte("abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := audience.LoadKeys(file, true); err == nil {
		t.Error("a broken file was taken")
	}
}

// TestWithoutTheKey: a server whose key is lost goes on, and says so.
func TestWithoutTheKey(t *testing.T) {
	w := newWorld(t)
	id := w.person("Ân", syncproto.RoleVolunteer, w.north)
	w.tell(id, audience.BloodGroup, "O+", 5)
	if st, err := w.svc.Status(t.Context(), w.operator); err != nil || !st.Key || st.Facts != 1 || st.Unreadable != 0 {
		t.Errorf("got %+v, %v", st, err)
	}
	_, err := w.svc.Status(t.Context(), w.officer)
	wantCode(t, err, syncproto.CodeForbidden)
	w.svc = w.service(&audience.Keys{})
	if st, err := w.svc.Status(t.Context(), w.operator); err != nil || st.Key || st.Unreadable != 1 || w.svc.Last() != st {
		t.Errorf("got %+v, %v", st, err)
	}
	list, err := w.svc.Facts(t.Context(), w.officer, id)
	if err != nil || len(list) != 1 || !list[0].Locked || list[0].Value != "" {
		t.Errorf("got %+v, %v", list, err)
	}
	p, err := w.preview(w.officer, fmt.Sprintf(oPositive, w.north))
	if err != nil || !p.Locked {
		t.Errorf("got %+v, %v", p, err)
	}
	wantCode(t, w.svc.Set(t.Context(), w.officer, id, audience.Telling{Name: audience.BloodGroup, Value: "O+", How: "written"}), syncproto.CodeUnavailable)
	if err := w.svc.Drop(t.Context(), w.officer, id, ""); err != nil {
		t.Errorf("withdrawing needs no key: %v", err)
	}
	has, err := audience.HasFacts(t.Context(), w.store)
	if err != nil || has {
		t.Errorf("got %v, %v", has, err)
	}
}

func TestStaffWriteFactsDown(t *testing.T) {
	w := newWorld(t)
	id := w.person("Ân", syncproto.RoleVolunteer, w.north)
	now := start.UnixMilli()
	set := func(by people.Actor, telling audience.Telling) error { return w.svc.Set(t.Context(), by, id, telling) }
	good := audience.Telling{Name: audience.BloodGroup, Value: " o − ", How: "voice", Agreed: now - 5}
	if err := set(w.officer, good); err != nil {
		t.Fatal(err)
	}
	list, err := w.svc.Facts(t.Context(), w.officer, id)
	if err != nil || len(list) != 1 || list[0].Value != "O-" || list[0].Agreed != now-5 || list[0].How != "voice" || list[0].By != w.officer.Person || list[0].Changed != now {
		t.Errorf("got %+v, %v", list, err)
	}
	for name, c := range map[string]struct {
		by   people.Actor
		told audience.Telling
		code syncproto.Code
	}{
		"no agreement":        {w.officer, audience.Telling{Name: audience.BloodGroup, Value: "O+"}, syncproto.CodeFactConsent},
		"agreed tomorrow":     {w.officer, audience.Telling{Name: audience.BloodGroup, Value: "O+", How: "written", Agreed: now + 1}, syncproto.CodeFactConsent},
		"as if by the person": {w.officer, audience.Telling{Name: audience.BloodGroup, Value: "O+", How: "app"}, syncproto.CodeFactConsent},
		"unknown":             {w.officer, audience.Telling{Name: "weight", Value: "50", How: "written"}, syncproto.CodeFactUnknown},
		"no blood group":      {w.officer, audience.Telling{Name: audience.BloodGroup, Value: "P", How: "written"}, syncproto.CodeInvalidValue},
		"a gift tomorrow":     {w.officer, audience.Telling{Name: audience.LastWholeBlood, Value: "2026-11-23", How: "written"}, syncproto.CodeInvalidValue},
		"no day":              {w.officer, audience.Telling{Name: audience.LastWholeBlood, Value: "2026-02-30", How: "written"}, syncproto.CodeInvalidValue},
		"of another province": {w.stranger, good, syncproto.CodeNotFound},
		"by a volunteer":      {w.volunteer, good, syncproto.CodeNotFound},
		"by nobody":           {people.Actor{}, good, syncproto.CodeNotFound},
	} {
		if err := set(c.by, c.told); syncproto.CodeOf(err) != c.code {
			t.Errorf("%s: got %v, want %s", name, err, c.code)
		}
	}
	_, err = w.svc.Facts(t.Context(), w.stranger, id)
	wantCode(t, err, syncproto.CodeNotFound)
	wantCode(t, w.svc.Drop(t.Context(), w.stranger, id, audience.BloodGroup), syncproto.CodeNotFound)
	if err := w.svc.Drop(t.Context(), w.officer, id, audience.BloodGroup); err != nil {
		t.Fatal(err)
	}
	if list, err := w.svc.Facts(t.Context(), w.officer, id); err != nil || len(list) != 0 {
		t.Errorf("got %+v, %v", list, err)
	}
	for act, want := range map[string][]string{
		"fact.read": {"blood_group", "none"}, "fact.set": {"blood_group voice"}, "fact.dropped": {"blood_group"},
	} {
		var got []string
		for _, a := range w.audits(act) {
			if got = append(got, a.Detail); a.Record != id || a.Person != w.officer.Person || a.Grant == "" || a.Unit != w.north {
				t.Errorf("got %+v", a)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", act, got, want)
		}
	}
}

func TestPeopleTellOfThemselves(t *testing.T) {
	w := newWorld(t)
	id := w.person("Lan", syncproto.RoleVolunteer, w.north)
	device := &storage.Device{ID: syncproto.NewID(), Person: id, Unit: w.north}
	wantCode(t, w.svc.SetOwn(t.Context(), device, audience.BloodGroup, "O+", false), syncproto.CodeFactConsent)
	if err := w.svc.SetOwn(t.Context(), device, audience.LastWholeBlood, audience.Never, true); err != nil {
		t.Fatal(err)
	}
	if err := w.svc.SetOwn(t.Context(), device, audience.BloodGroup, "O+", true); err != nil {
		t.Fatal(err)
	}
	list, err := w.svc.OwnFacts(t.Context(), device)
	if err != nil || len(list) != 2 || list[0].Value != "O+" || list[0].How != "app" || list[1].Value != audience.Never {
		t.Errorf("got %+v, %v", list, err)
	}
	wantCode(t, w.svc.DropOwn(t.Context(), device, "weight"), syncproto.CodeFactUnknown)
	if err := w.svc.DropOwn(t.Context(), device, ""); err != nil {
		t.Fatal(err)
	}
	if list, err := w.svc.OwnFacts(t.Context(), device); err != nil || len(list) != 0 {
		t.Errorf("got %+v, %v", list, err)
	}
	if got := w.audits("fact.set"); len(got) != 2 || got[0].Record != id || got[0].Device != device.ID {
		t.Errorf("got %+v", got)
	}
}

func TestTags(t *testing.T) {
	w := newWorld(t)
	id := w.person("Lan", syncproto.RoleVolunteer, w.north)
	set := func(by people.Actor, to audience.Tagged) error { return w.svc.SetTags(t.Context(), by, id, to) }
	if err := set(w.officer, audience.Tagged{Tags: []string{"Hoà bình", "hòa  BÌNH"}, Skills: []string{"lái xe"}}); err != nil {
		t.Fatal(err)
	}
	got, err := w.svc.TagsOf(t.Context(), w.officer, id)
	if err != nil || !slices.Equal(got.Tags, []string{"Hoà bình"}) || !slices.Equal(got.Skills, []string{"lái xe"}) {
		t.Errorf("got %+v, %v", got, err)
	}
	wantCode(t, set(w.officer, audience.Tagged{Tags: []string{" "}}), syncproto.CodeInvalidName)
	wantCode(t, set(w.stranger, audience.Tagged{}), syncproto.CodeNotFound)
	_, err = w.svc.TagsOf(t.Context(), w.stranger, id)
	wantCode(t, err, syncproto.CodeNotFound)
	var many []string
	for i := range 51 {
		many = append(many, fmt.Sprint(i))
	}
	wantCode(t, set(w.officer, audience.Tagged{Tags: many}), syncproto.CodeTooMany)
	list, err := w.svc.Tags(t.Context(), w.officer)
	if err != nil || len(list) != 2 || list[0].Name != "Hoà bình" || list[0].Persons.String() != "<5" || !list[1].Skill {
		t.Errorf("got %+v, %v", list, err)
	}
	_, err = w.svc.Tags(t.Context(), w.volunteer)
	wantCode(t, err, syncproto.CodeForbidden)
}

func TestImport(t *testing.T) {
	w := newWorld(t)
	lan, an := w.person("Lê Thị Lan", syncproto.RoleVolunteer, w.north), w.person("Trần Văn Ân", syncproto.RoleVolunteer, w.south)
	far := w.person("Xa", syncproto.RoleVolunteer, w.other)
	for id, phone := range map[syncproto.ID]string{lan: "+84912345678", far: "+84912345679"} {
		w.update(func(tx storage.Tx) error {
			p, err := tx.Person(id)
			if err != nil {
				return err
			}
			p.Phone = phone
			return tx.PutPerson(p)
		})
	}
	table := "\ufeffSố điện thoại;Mã người;Họ tên;Nhãn;Kỹ năng;Nhóm máu;Ngày hiến máu;Đồng ý;Ngày đồng ý\n" +
		"0912 345 678;;lê thị lan;tổ 1, Hiến máu;lái xe;O+;05/07/2026;văn bản;01/02/2026\n" +
		";" + string(an) + ";;hiến máu;;;chưa;lời nói;\n"
	dry, err := w.svc.Import(t.Context(), w.officer, []byte(table), true)
	if err != nil || len(dry) != 2 || dry[0].Person != lan || dry[0].Tags != 3 || len(dry[0].Facts) != 2 || dry[1].Tags != 1 {
		t.Fatalf("got %+v, %v", dry, err)
	}
	if has, _ := audience.HasFacts(t.Context(), w.store); has || len(w.audits("tags.set")) != 0 {
		t.Error("a dry run wrote something")
	}
	for range 2 { // and again: nothing is new
		if _, err := w.svc.Import(t.Context(), w.officer, []byte(table), false); err != nil {
			t.Fatal(err)
		}
	}
	tags, _ := w.svc.TagsOf(t.Context(), w.officer, lan)
	list, err := w.svc.Facts(t.Context(), w.officer, lan)
	if err != nil || len(tags.Tags) != 2 || len(tags.Skills) != 1 || len(list) != 2 || list[0].Value != "O+" || list[1].Value != "2026-07-05" || list[0].How != "written" {
		t.Errorf("got %+v %+v, %v", tags, list, err)
	}
	if list, _ := w.svc.Facts(t.Context(), w.officer, an); len(list) != 1 || list[0].Value != audience.Never {
		t.Errorf("got %+v", list)
	}

	bad := "sdt,họ tên,nhãn,nhóm máu,đồng ý,ngày đồng ý\n" +
		"0912345678,Lê Thị Lan,x,O+,,\n" + // nobody said how they agreed
		"0912345678,Lê Thị Lan,x,,,\n" + // twice
		"0912345679,Xa,x,,,\n" + // somebody else's
		"0912345670,Ai,x,,,\n" + // nobody
		"abc,Ai,x,,,\n" +
		"0912345678,Tên khác,x,,,\n" +
		"0912345678,,x,Z,văn bản,\n" +
		"0912345678,,x,O+,văn bản,23/11/2026\n" +
		"0912345678,,x,O+,văn bản,hôm qua\n"
	_, err = w.svc.Import(t.Context(), w.officer, []byte(bad), false)
	faults, ok := errors.AsType[*people.TableError](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	var got []string
	for _, f := range faults.Faults {
		got = append(got, fmt.Sprint(f.Line, " ", f.Column, " ", f.Code))
	}
	want := []string{
		"2 consent fact_consent", "3 phone person_exists", "4 phone not_found", "5 phone not_found", "6 phone invalid_value",
		"7 name invalid_value", "8 phone person_exists", "8 blood_group invalid_value", "9 phone person_exists", "9 agreed fact_consent",
		"10 phone person_exists", "10 agreed invalid_value",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	_, err = w.svc.Import(t.Context(), w.volunteer, []byte(table), true)
	wantCode(t, err, syncproto.CodeForbidden)
}
