package notify_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/notify"
	"lantoa/server/internal/people"
	"lantoa/server/internal/push"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

func TestFrequency(t *testing.T) {
	w := newWorld(t)
	often, once, never := w.member(), w.member(), w.member()
	away := w.person(w.beside, syncproto.RoleVolunteer)
	w.phone(away, "")
	officer, operator := w.person(w.commune, syncproto.RoleOfficer), w.person(w.province, syncproto.RoleOperator)
	w.call(syncproto.CallInformation, 10, often, once, away)
	w.tick()
	w.now = w.now.Add(24 * time.Hour)
	w.call(syncproto.CallInformation, 10, often)
	w.call(syncproto.CallInformation, 10, often)
	w.call(syncproto.CallUrgent, 10, never) // is not counted
	w.tick()
	report := func(by, unit syncproto.ID, days int64) *notify.Frequency {
		t.Helper()
		f, err := w.planner.Frequency(t.Context(), people.Actor{Person: by}, unit, days)
		w.check(err)
		text, err := json.Marshal(f)
		w.check(err)
		for _, person := range []syncproto.ID{often, once, away} {
			if strings.Contains(string(text), string(person)) {
				t.Error("a report names somebody")
			}
		}
		return f
	}
	own := report(officer, w.commune, 7)
	if want := []notify.Often{{Pushes: 1, Persons: 1}, {Pushes: 3, Persons: 1}}; !slices.Equal(own.Rows, want) || own.Most != 3 || own.Persons != 2 || own.Pushes != 4 {
		t.Errorf("of the commune: %+v", own)
	}
	if today := report(officer, w.commune, 1); today.Pushes != 2 || today.Persons != 1 {
		t.Errorf("of today: %+v", today)
	}
	all := report(operator, "", 7)
	if all.Persons != 3 || all.Pushes != 5 || all.Most != 3 {
		t.Errorf("of all: %+v", all)
	}
	for name, ask := range map[string]struct {
		by, unit syncproto.ID
		days     int64
		code     syncproto.Code
	}{
		"another unit":   {officer, w.beside, 7, syncproto.CodeForbidden},
		"the whole":      {officer, "", 7, syncproto.CodeForbidden},
		"a volunteer":    {often, w.commune, 7, syncproto.CodeForbidden},
		"nobody":         {"", w.commune, 7, syncproto.CodeForbidden},
		"no day":         {officer, w.commune, 0, syncproto.CodeQueryInvalid},
		"half a century": {officer, w.commune, 18000, syncproto.CodeQueryInvalid},
	} {
		_, err := w.planner.Frequency(t.Context(), people.Actor{Person: ask.by}, ask.unit, ask.days)
		if syncproto.CodeOf(err) != ask.code {
			t.Errorf("%s: %v, want %s", name, err, ask.code)
		}
	}
}

func TestTheBoardSaysWhatToDo(t *testing.T) {
	since := time.UnixMilli(1_800_000_000_000)
	status := push.Status{
		Services: []push.ServiceStatus{{
			Service: push.FCM, Ready: true, Breaker: push.BreakerOpen, Code: "auth", Since: since, Retry: since.Add(time.Minute),
			Results: map[push.Result]int64{push.Accepted: 7},
			Lanes:   []push.LaneStatus{{Platform: push.IOS, Breaker: push.BreakerOpen, Code: "third_party_auth", Since: since}},
		}},
		Waiting: map[storage.Class]push.Waiting{storage.ClassUrgent: {Count: 3, Oldest: since}},
		Paused:  []push.PausedIntent{{Number: 5, Kind: "call", Record: "r"}},
	}
	p := notify.PictureOf(status, catalogue.English)
	if len(p.Services) != 2 || p.Services[0].Results["accepted"] != 7 || p.Services[0].Since != since.UnixMilli() ||
		p.Services[1].Platform != "ios" || p.Waiting["urgent"].Oldest != since.UnixMilli() || p.Paused[0].Intent != 5 {
		t.Errorf("%+v", p)
	}
	for _, s := range p.Services {
		if s.Step == "" || s.Step == notify.NextStep(catalogue.English, "something else") {
			t.Errorf("%s %s: %q", s.Service, s.Code, s.Step)
		}
	}
}

func TestTheBoardIsForOperators(t *testing.T) {
	w := newWorld(t)
	operator, admin := w.person(w.province, syncproto.RoleOperator), w.person(w.province, syncproto.RoleAdmin)
	w.member()
	board := notify.NewBoard(w.store, &people.Cache{}, push.New(push.Options{Store: w.store}), w.clock)
	if _, err := board.Look(t.Context(), people.Actor{Person: admin}, catalogue.English); syncproto.CodeOf(err) != syncproto.CodeForbidden {
		t.Errorf("an admin: %v", err)
	}
	p, err := board.Look(t.Context(), people.Actor{Person: operator}, catalogue.English)
	if err != nil || p.Registrations["fcm/android"] != 1 || p.At != w.millis() {
		t.Errorf("%+v, %v", p, err)
	}
	text, err := json.Marshal(p)
	w.check(err)
	w.keeps("the board", string(text))
}
