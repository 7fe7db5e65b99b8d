package notify_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/notify"
	"lantoa/server/internal/push"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// leased is a delivery as the engine gives it to Render.
func leased(w *world, kind string, person, record syncproto.ID) *storage.Leased {
	return &storage.Leased{
		Delivery: storage.Delivery{Person: person, Class: storage.ClassRoutine, Until: w.millis() + 90_000},
		Registration: storage.Registration{
			Device: syncproto.NewID(), Person: person, Service: "fcm", Kind: "token", Platform: "android", Address: "address",
		},
		Kind: kind, Record: record, Revision: 3,
	}
}

func TestTheIdentityOfAMessage(t *testing.T) {
	w := newWorld(t)
	person, record := syncproto.NewID(), syncproto.NewID()
	id := func(l *storage.Leased) string {
		t.Helper()
		id := w.planner.Render(l).ID
		if raw, err := base64.RawURLEncoding.DecodeString(id); err != nil || len(raw) != 24 || len(id) > 32 {
			t.Errorf("identity %q", id)
		}
		return id
	}
	first := id(leased(w, "call", person, record))
	again := leased(w, "call", person, record)
	again.Delivery.Attempts, again.Delivery.Number, again.Registration.Platform = 3, 9, "ios"
	if got := id(again); got != first {
		t.Error("another device, or another attempt, has another identity")
	}
	if got := w.newPlanner(w.store).Render(leased(w, "call", person, record)).ID; got != first {
		t.Error("another process gives another identity")
	}
	different := map[string]*storage.Leased{
		"person": leased(w, "call", syncproto.NewID(), record), "record": leased(w, "call", person, syncproto.NewID()),
		"kind": leased(w, "urgent", person, record), "revision": leased(w, "call", person, record),
	}
	different["revision"].Revision = 4
	for what, l := range different {
		if id(l) == first {
			t.Errorf("another %s has the same identity", what)
		}
	}
	other := newWorldOn(t, memory.New())
	if got := other.planner.Render(leased(other, "call", person, record)).ID; got == first {
		t.Error("another server gives the same identity: it can be guessed")
	}
}

func TestWhereAMessageLeads(t *testing.T) {
	w := newWorld(t)
	record := syncproto.NewID()
	for kind, want := range map[string]string{
		"urgent": "/app/calls/" + string(record), "result": "/app/calls/" + string(record), "test": "/app/calls/" + string(record),
		"promoted": "/app/calls/" + string(record), "second_officer": "/app/desk/calls/" + string(record), "needs_changes": "/app/records/" + string(record),
		"submitted": "/app/desk", "desk_consent": "/app/desk", "consent_withdrawn": "/app/records/" + string(record),
	} {
		m := w.planner.Render(leased(w, kind, "p", record))
		opens := record
		if want == "/app/desk" {
			opens = ""
		}
		if m.Link != want || m.Record != opens || m.Kind != kind {
			t.Errorf("%s leads to %s and opens %q", kind, m.Link, m.Record)
		}
	}
	if m := w.planner.Render(leased(w, "digest", "p", "")); m.Link != "/app/inbox" || m.Record != "" {
		t.Errorf("a digest leads to %s and opens %q", m.Link, m.Record)
	}
}

func TestHowLongAMessageIsKept(t *testing.T) {
	w := newWorld(t)
	l := leased(w, "urgent", "p", syncproto.NewID())
	l.Delivery.Class = storage.ClassUrgent
	if m := w.planner.Render(l); m.TTL != 90*time.Second || !m.Urgent {
		t.Errorf("kept for %s, urgent %v", m.TTL, m.Urgent)
	}
	l.Delivery.Until = w.millis() - 1
	if m := w.planner.Render(l); m.TTL != 0 {
		t.Errorf("what is over is kept for %s", m.TTL)
	}
	if m := w.planner.Render(leased(w, "call", "p", syncproto.NewID())); m.Urgent {
		t.Error("an ordinary call is urgent")
	}
}

// TestMessagesHoldTheCatalogueAlone: whatever is sent is one of few texts, the same for everybody, and nothing that anybody
// wrote is in it, nor in what is logged.
func TestMessagesHoldTheCatalogueAlone(t *testing.T) {
	w := newWorld(t)
	person := w.member()
	w.secrets = append(w.secrets, string(person))
	for _, kind := range notify.Kinds() {
		for _, language := range []string{"", "vi", "en", "km"} {
			l := leased(w, kind, person, syncproto.NewID())
			l.Registration.Language = language
			m := w.planner.Render(l)
			lang := catalogue.Vietnamese
			if language == "en" {
				lang = catalogue.English
			}
			if m.Title != catalogue.Text(lang, "push."+kind, nil) {
				t.Errorf("%s in %q: title %q", kind, language, m.Title)
			}
			if kind != notify.KindDigest && m.Body != catalogue.Text(lang, "push."+kind+"_text", nil) {
				t.Errorf("%s in %q: %q", kind, language, m.Body)
			}
			m.Target = push.Target{}
			payload, err := json.Marshal(m)
			w.check(err)
			w.keeps("a message of kind "+kind, string(payload))
			if strings.ContainsAny(m.Title+m.Body, "{}") || m.Body == "" {
				t.Errorf("%s: %q", kind, m.Body)
			}
		}
	}
}

// TestWhatIsLoggedHoldsNothing: a day of calls, notices and faults, and then the log is searched.
func TestWhatIsLoggedHoldsNothing(t *testing.T) {
	w := newWorld(t)
	person, editor := w.member(), w.person(w.commune, syncproto.RoleEditor)
	w.phone(editor, "")
	w.call(syncproto.CallUrgent, 1, person, editor)
	w.full(person)
	w.call(syncproto.CallOrdinary, 1, person)
	story := w.story(person)
	w.notice(syncproto.DeskScope(w.commune), "submitted", story, 1)
	w.notice(syncproto.PersonScope(person), "needs_changes", story, 2)
	for end := 1; end < 6; end++ {
		if err := w.newPlanner(&frail{Store: w.store, left: end}).Tick(t.Context()); err != nil {
			w.keeps("an error", err.Error())
		}
	}
	w.tick()
	w.keeps("the log", w.log.String())
}
