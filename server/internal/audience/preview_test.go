package audience_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/audience"
	"lantoa/server/internal/figure"
	"lantoa/storage"
	"lantoa/syncproto"
)

func TestPreviewCountsAsItIs(t *testing.T) {
	w := newWorld(t)
	for i := range 12 {
		unit := w.north
		if i < 3 {
			unit = w.south
		}
		id := w.person(fmt.Sprint("N", i), syncproto.RoleVolunteer, unit)
		w.update(func(tx storage.Tx) error {
			p := storage.Preference{Person: id, MayPhone: i%2 == 0}
			if i == 5 {
				p.Muted = []syncproto.CallKind{syncproto.CallOrdinary}
			}
			if i%3 == 0 {
				d := storage.Device{ID: syncproto.NewID(), Person: id, Unit: unit, TokenHash: [32]byte{byte(i), 1}, Created: 1}
				reg := storage.Registration{Device: d.ID, Person: id, Service: "fcm", Kind: "token", Platform: "android", Address: fmt.Sprint("a", i), At: 1}
				if err := tx.PutDevice(&d); err != nil {
					return err
				}
				if err := tx.PutRegistration(&reg); err != nil {
					return err
				}
			}
			return tx.PutPreference(&p)
		})
	}
	p, err := w.preview(w.officer, fmt.Sprintf(`{"all":[{"unit":%q},{"role":"volunteer"},{"not":{"unit":%q}}]}`, w.province, w.west))
	if err != nil {
		t.Fatal(err)
	}
	if p.AsOf != start.UnixMilli() || p.Grant == "" || len(p.Sample) != 10 || p.Facts != nil || p.Rules != nil {
		t.Errorf("got %+v", p)
	}
	if got, want := counts(p.Total), "12 4 8 1 6"; got != want {
		t.Errorf("in all: got %s, want %s", got, want)
	}
	for _, row := range p.Units {
		want := map[syncproto.ID]string{w.north: "9 3 6 1 4", w.south: "3 1 2 0 2"}[row.Unit]
		if got := counts(row); got != want || row.Name == "" {
			t.Errorf("%s: got %s, want %s", row.Name, got, want)
		}
	}
	if len(w.audits("fact.previewed")) != 0 {
		t.Error("a preview without facts is in the log of facts")
	}
}

func counts(r audience.Row) string {
	return fmt.Sprint(r.Persons, " ", r.Registered, " ", r.Unregistered, " ", r.Muted, " ", r.MayPhone)
}

const oPositive = `{"all":[{"unit":%q},{"fact":"blood_group","in":["O+"]}]}`

// TestPreviewOfAUnitOfOne: whoever asks of one person, or of few, is told nothing, whatever the answer is.
func TestPreviewOfAUnitOfOne(t *testing.T) {
	w := newWorld(t)
	answers := map[string]bool{}
	for i, group := range []string{"O+", "A-", ""} {
		unit := w.unit(fmt.Sprint("Tổ ", i), w.north)
		id := w.person("Ân", syncproto.RoleVolunteer, unit)
		if group != "" {
			w.tell(id, audience.BloodGroup, group, 5)
		}
		p, err := w.preview(w.officer, fmt.Sprintf(oPositive, unit))
		if err != nil {
			t.Fatal(err)
		}
		p.Units[0].Unit, p.Units[0].Name = "", ""
		b, _ := json.Marshal(p)
		answers[string(b)] = true
	}
	if len(answers) != 1 {
		t.Errorf("the answers tell the blood group apart: %v", answers)
	}
}

// TestPreviewOfAllTheSame: that a whole group has one blood group is not told either.
func TestPreviewOfAllTheSame(t *testing.T) {
	w := newWorld(t)
	for i := range 23 {
		w.tell(w.person(fmt.Sprint("N", i), syncproto.RoleVolunteer, w.north), audience.BloodGroup, "O+", 5)
	}
	p, err := w.preview(w.officer, fmt.Sprintf(oPositive, w.north))
	if err != nil {
		t.Fatal(err)
	}
	if n := p.Total.Persons; n.Kind != figure.Told || n.N > 15 || n.N%5 != 0 || len(p.Sample) != 0 || p.Rules != nil {
		t.Errorf("got %+v", p)
	}
}

// TestDifferencesOfPreviews plays the officer who knows everybody's blood group but one, and asks with that person and without: the
// difference of two answers is as good as a coin. A rounding alone, wherever it cuts, would only ever rise.
func TestDifferencesOfPreviews(t *testing.T) {
	w := newWorld(t)
	w.svc = audience.New(audience.Options{Store: w.store, Keys: w.keys, Now: func() time.Time { return w.now }, Questions: 10_000})
	target := w.person("Ân", syncproto.RoleVolunteer, w.north)
	w.tell(target, audience.BloodGroup, "O+", 5)
	for i := range 30 {
		w.tell(w.person(fmt.Sprint("N", i), syncproto.RoleVolunteer, w.north), audience.BloodGroup, []string{"O+", "A+"}[i%2], 5)
	}
	up, down, same := 0, 0, 0
	for i := range 60 {
		extra := w.person(fmt.Sprint("X", i), syncproto.RoleVolunteer, w.north) // makes another crowd of each pair
		w.tell(extra, audience.BloodGroup, "A+", 5)
		w.update(func(tx storage.Tx) error { return tx.PutTags(target, []storage.Tag{{Name: "me"}}) })
		with, err := w.preview(w.officer, fmt.Sprintf(`{"all":[{"unit":%q},{"fact":"blood_group","in":["O+"]}]}`, w.north))
		if err != nil {
			t.Fatal(err)
		}
		without, err := w.preview(w.officer, fmt.Sprintf(`{"all":[{"unit":%q},{"not":{"tag":"me"}},{"fact":"blood_group","in":["O+"]}]}`, w.north))
		if err != nil {
			t.Fatal(err)
		}
		switch d := with.Total.Persons.N - without.Total.Persons.N; {
		case d > 0:
			up++
		case d < 0:
			down++
		default:
			same++
		}
	}
	t.Logf("of 60 pairs %d rise, %d fall, %d are alike", up, down, same)
	if up < 5 || down < 5 { // a tenth of what is expected of a coin
		t.Errorf("a difference tells too much: %d rise, %d fall, %d are alike", up, down, same)
	}
}

// TestQuestionsToOneCrowd plays the officer who asks one crowd for each blood group and for all of them: were they off by the same, it
// would fall out of the sum, which is 7 times as far off, and every figure could be put right by it.
func TestQuestionsToOneCrowd(t *testing.T) {
	groups := []string{"A+", "A-", "AB+", "AB-", "B+", "B-", "O+", "O-"}
	w := newWorld(t)
	w.svc = audience.New(audience.Options{Store: w.store, Keys: w.keys, Now: func() time.Time { return w.now }, Questions: 10_000})
	worst := int64(0)
	for range 12 { // other people each time
		unit := w.unit("Tổ", w.north)
		for i := range 320 { // 40 of each group
			w.tell(w.person("N", syncproto.RoleVolunteer, unit), audience.BloodGroup, groups[i%8], 5)
		}
		ask := func(in ...string) int64 {
			list, _ := json.Marshal(in)
			p, err := w.preview(w.officer, fmt.Sprintf(`{"all":[{"unit":%q},{"fact":"blood_group","in":%s}]}`, unit, list))
			if err != nil {
				t.Fatal(err)
			}
			return p.Total.Persons.N
		}
		first := ask(groups[0])
		for _, g := range groups[1:] {
			worst = max(worst, ask(g)-first, first-ask(g))
		}
	}
	if worst <= 5 { // a step of rounding
		t.Errorf("questions to one crowd are off by the same: at most %d apart", worst)
	}
}

// TestPreviewsOfFactsAreCounted: the same question has the same answer and is free; too many others are refused, and all stand in the
// log without a value.
func TestPreviewsOfFactsAreCounted(t *testing.T) {
	w := newWorld(t)
	for i := range 20 {
		w.tell(w.person(fmt.Sprint("N", i), syncproto.RoleVolunteer, w.north), audience.LastWholeBlood, "2026-01-01", 5)
	}
	ask := func(days int) (*audience.Preview, error) {
		return w.preview(w.officer, fmt.Sprintf(`{"all":[{"unit":%q},{"fact":"last_whole_blood","at_least_days":%d}]}`, w.north, days))
	}
	first, err := ask(84)
	if err != nil {
		t.Fatal(err)
	}
	if len(first.Rules) != 1 || first.Rules[0].Days != 84 || !strings.Contains(first.Rules[0].Source, "26/2013/TT-BYT") {
		t.Errorf("got %+v", first.Rules)
	}
	for range 100 {
		again, err := ask(84)
		if err != nil || again.Total != first.Total {
			t.Fatalf("got %+v, %v", again, err)
		}
	}
	for i := range 29 {
		if _, err := ask(85 + i); err != nil {
			t.Fatal(i, err)
		}
	}
	_, err = ask(300)
	wantCode(t, err, syncproto.CodeRateLimited)
	if _, err := w.preview(w.officer, fmt.Sprintf(`{"unit":%q}`, w.north)); err != nil {
		t.Errorf("a question without facts: %v", err)
	}
	w.now = w.now.Add(time.Hour)
	if _, err := ask(300); err != nil {
		t.Errorf("an hour later: %v", err)
	}
	log := w.audits("fact.previewed")
	if len(log) != 131 || log[0].Detail != "last_whole_blood persons=20" || log[0].Person != w.officer.Person || log[0].Grant == "" || log[0].Unit != w.north {
		t.Errorf("got %d, the first %+v", len(log), log[0])
	}
}

func TestSendingIsNotRounded(t *testing.T) {
	w := newWorld(t)
	id := w.person("Ân", syncproto.RoleVolunteer, w.north)
	w.tell(id, audience.BloodGroup, "O-", 5)
	call := syncproto.NewID()
	list, err := w.svc.Resolve(t.Context(), w.officer, audience.Ask{
		Predicate: parse(t, fmt.Sprintf(`{"all":[{"unit":%q},{"fact":"blood_group","in":["O-"]}]}`, w.north)), Call: call,
	})
	if err != nil || len(list.Persons) != 1 || list.Persons[0] != id {
		t.Errorf("got %+v, %v", list, err)
	}
	if log := w.audits("fact.used"); len(log) != 1 || log[0].Record != call || log[0].Detail != "blood_group persons=1" {
		t.Errorf("got %+v", log)
	}
}

// TestCallsThatFindNobody: to send to a unit of one again and again, until it does not fail, is counted like previews.
func TestCallsThatFindNobody(t *testing.T) {
	w := newWorld(t)
	w.tell(w.person("Ân", syncproto.RoleVolunteer, w.north), audience.LastWholeBlood, "2026-11-01", 5)
	text := `{"all":[{"unit":%q},{"fact":"last_whole_blood","at_least_days":%d}]}`
	for i := range 30 {
		_, err := w.resolve(w.officer, fmt.Sprintf(text, w.north, 84+i))
		wantCode(t, err, syncproto.CodeAudienceEmpty)
	}
	_, err := w.resolve(w.officer, fmt.Sprintf(text, w.north, 200))
	wantCode(t, err, syncproto.CodeRateLimited)
	_, err = w.resolve(w.officer, fmt.Sprintf(text, w.north, 84))
	wantCode(t, err, syncproto.CodeAudienceEmpty)
	if got := len(w.audits("fact.used")); got != 31 {
		t.Errorf("the log has %d", got)
	}
	// That it is not refused would tell, too, that somebody is found.
	_, err = w.resolve(w.officer, fmt.Sprintf(`{"all":[{"unit":%q},{"not":{"fact":"last_whole_blood","at_least_days":300}}]}`, w.north))
	wantCode(t, err, syncproto.CodeRateLimited)
}

// TestNothingPersonalIsLogged greps what the service writes to logs, audit entries and errors.
func TestNothingPersonalIsLogged(t *testing.T) {
	w := newWorld(t)
	id := w.person("Nguyễn Bí Mật", syncproto.RoleVolunteer, w.north)
	w.update(func(tx storage.Tx) error { return tx.PutTags(id, []storage.Tag{{Name: "nhãn kín"}}) })
	w.tell(id, audience.BloodGroup, "AB-", 5)
	var said []string
	say := func(_ any, err error) {
		if err != nil {
			said = append(said, err.Error())
		}
	}
	say(w.preview(w.officer, fmt.Sprintf(`{"all":[{"unit":%q},{"tag":"nhãn kín"},{"fact":"blood_group","in":["AB-"]}]}`, w.north)))
	say(w.svc.Facts(t.Context(), w.officer, id))
	say(nil, w.svc.Set(t.Context(), w.officer, id, audience.Telling{Name: audience.BloodGroup, Value: "AB-", How: "written"}))
	say(nil, w.svc.Set(t.Context(), w.officer, id, audience.Telling{Name: audience.BloodGroup, Value: "nhóm máu AB-", How: "written"}))
	say(nil, w.svc.SetTags(t.Context(), w.officer, id, audience.Tagged{Tags: []string{"nhãn kín", "\x00nhãn kín"}}))
	say(audience.Parse([]byte(`{"nhãn kín":"AB-"}`)))
	say(w.svc.Import(t.Context(), w.officer, []byte("sdt,nhãn,nhóm máu\n0912,nhãn kín,AB-\n"), false))
	w.svc = w.service(newKeys(t, 9))
	say(w.preview(w.officer, fmt.Sprintf(`{"all":[{"unit":%q},{"fact":"blood_group","in":["AB-"]}]}`, w.north)))
	if _, err := w.svc.Check(t.Context()); err != nil {
		t.Error(err)
	}
	w.view(func(r storage.Reader) error {
		all, err := r.Audits("", 0, 1000)
		for _, a := range all {
			said = append(said, a.Act, a.Detail)
		}
		return err
	})
	all := strings.Join(said, "\n") + w.log.String()
	for _, secret := range []string{"Bí Mật", "kín", "AB-", "0912"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q stands in:\n%s", secret, all)
		}
	}
	if !strings.Contains(all, "facts cannot be opened") {
		t.Errorf("that facts cannot be opened is not told: %s", all)
	}
}
