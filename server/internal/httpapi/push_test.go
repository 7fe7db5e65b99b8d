package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"lantoa/server/internal/httpapi"
	"lantoa/server/internal/notify"
	"lantoa/server/internal/people"
	"lantoa/server/internal/push"
	"lantoa/storage"
	"lantoa/syncproto"
)

const pushToken = "d1pX0:APA91bExample-token_0123456789"

// newRung is a world whose server has services, or none.
func newRung(t testing.TB, services ...string) *world {
	t.Helper()
	return newWorldWith(t, func(w *world, cfg *httpapi.Config) {
		cfg.Registrations = notify.NewRegistrations(w.store, notify.RegistrationOptions{Services: services, VAPIDKey: "BPublic"})
	})
}

func registration(address string) []byte {
	return syncproto.AppendRegistrationRequest(nil, &syncproto.RegistrationRequest{
		Service: "fcm", Kind: "token", Platform: "android", Address: address, App: "1",
	})
}

func (w *world) pushInfo(token string) *syncproto.PushInfo {
	w.t.Helper()
	status, body, _ := w.do(http.MethodGet, "/v1/push", token, nil, nil)
	info, err := syncproto.DecodePushInfo(body)
	if status != http.StatusOK || err != nil {
		w.t.Fatalf("%d %s: %v", status, body, err)
	}
	return info
}

func TestADeviceSaysWhereItIsRung(t *testing.T) {
	w := newRung(t, "fcm", "webpush")
	if info := w.pushInfo(w.token); info.Registered || len(info.Services) != 2 || info.VAPIDKey != "BPublic" {
		t.Errorf("before: %+v", info)
	}
	for range 3 { // a reply that was lost is asked for again
		if status, body, _ := w.do(http.MethodPut, "/v1/push/registration", w.token, registration(pushToken), nil); status != http.StatusNoContent {
			t.Fatalf("%d %s", status, body)
		}
	}
	if info := w.pushInfo(w.token); !info.Registered {
		t.Errorf("after: %+v", info)
	}
	for range 2 {
		if status, body, _ := w.do(http.MethodDelete, "/v1/push/registration", w.token, nil, nil); status != http.StatusNoContent {
			t.Fatalf("%d %s", status, body)
		}
	}
	if info := w.pushInfo(w.token); info.Registered {
		t.Errorf("at the end: %+v", info)
	}
}

// TestRegistrationsThatAreRefused: each says why by its code, and none repeats what was sent.
func TestRegistrationsThatAreRefused(t *testing.T) {
	w := newRung(t, "fcm")
	good := string(registration(pushToken))
	for name, c := range map[string]struct {
		token, body string
		code        syncproto.Code
	}{
		"nobody":               {"", good, syncproto.CodeTokenMissing},
		"a stranger":           {strings.Repeat("x", 43), good, syncproto.CodeTokenUnknown},
		"half a body":          {w.token, good[:len(good)-3], syncproto.CodeMalformed},
		"a key twice":          {w.token, `{"kind":"token",` + good[1:], syncproto.CodeDuplicateKey},
		"no address":           {w.token, `{"service":"fcm","kind":"token","platform":"android"}`, syncproto.CodeMissingMember},
		"a service of another": {w.token, strings.Replace(good, `"fcm"`, `"sms"`, 1), syncproto.CodeTargetInvalid},
		"no token":             {w.token, string(registration("<script>alert(1)</script>")), syncproto.CodeTargetInvalid},
		"an address too long":  {w.token, string(registration(strings.Repeat("a", 5000))), syncproto.CodeTooLarge},
		"a body too long":      {w.token, string(registration(strings.Repeat("a", 50000))), syncproto.CodeTooLarge},
		"a service that is off": {w.token, `{"service":"webpush","kind":"endpoint","platform":"web","address":"https://push.example.org/x",` +
			`"p256dh":"B","auth":"x"}`, syncproto.CodePushOff},
	} {
		status, body, _ := w.do(http.MethodPut, "/v1/push/registration", c.token, []byte(c.body), nil)
		if !strings.Contains(string(body), `"`+string(c.code)+`"`) || status < 400 {
			t.Errorf("%s: %d %s, want %s", name, status, body, c.code)
		}
		if strings.Contains(string(body), pushToken) || strings.Contains(string(body), "script") {
			t.Errorf("%s: the answer repeats what was sent: %s", name, body)
		}
	}
	if strings.Contains(w.log.String(), pushToken) {
		t.Errorf("the log holds a token: %s", w.log)
	}
}

func TestWhoChangesItAllDayIsToldToWait(t *testing.T) {
	w := newRung(t, "fcm")
	var status int
	var header http.Header
	for n := range 6 {
		if status, _, header = w.do(http.MethodPut, "/v1/push/registration", w.token, registration(pushToken+strings.Repeat("x", n)), nil); status != http.StatusNoContent {
			break
		}
	}
	if status != http.StatusTooManyRequests || header.Get("Retry-After") == "" {
		t.Errorf("%d, Retry-After %q", status, header.Get("Retry-After"))
	}
}

func TestARevokedPhoneCannotRegister(t *testing.T) {
	w := newRung(t, "fcm")
	if err := w.people.RevokeDevice(t.Context(), w.device); err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{http.MethodPut, http.MethodGet, http.MethodDelete} {
		path := "/v1/push/registration"
		if method == http.MethodGet {
			path = "/v1/push"
		}
		if status, body, _ := w.do(method, path, w.token, registration(pushToken), nil); status != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", method, status, body)
		}
	}
}

// troubled is an engine whose service is in trouble.
type troubled struct{ *push.Engine }

func (*troubled) Status() push.Status {
	return push.Status{
		Services: []push.ServiceStatus{{
			Service: push.FCM, Ready: true, Breaker: push.BreakerOpen, Code: "credentials", Results: map[push.Result]int64{push.Accepted: 2},
		}},
		Waiting: map[storage.Class]push.Waiting{storage.ClassUrgent: {Count: 1}},
		Paused:  []push.PausedIntent{{Number: 3, Kind: "call", Record: syncproto.NewID()}},
	}
}

// paused puts an intent that is paused.
func (b *bureau) paused() int64 {
	b.t.Helper()
	i := &storage.Intent{Kind: "call", Class: storage.ClassRoutine, Record: syncproto.NewID(), Revision: 1, At: 1, Due: 1, Persons: 1}
	err := b.store.Update(b.t.Context(), func(tx storage.Tx) error {
		if _, err := tx.AddIntent(i, []storage.Share{{Persons: []syncproto.ID{syncproto.NewID()}}}); err != nil {
			return err
		}
		i.State = storage.IntentPaused
		return tx.PutIntent(i)
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return i.Number
}

func (b *bureau) stateOf(intent int64) (state storage.IntentState) {
	b.t.Helper()
	err := b.store.View(b.t.Context(), func(r storage.Reader) error {
		i, err := r.Intent(intent)
		if err == nil {
			state = i.State
		}
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return state
}

func TestWhatStaffSeeOfPushes(t *testing.T) {
	engine := &troubled{}
	b := newBureauWith(t, func(w *world, cfg *httpapi.Config) {
		access := &people.Cache{}
		cfg.Planner = notify.New(notify.Options{Store: w.store, Access: access, Now: cfg.Now})
		engine.Engine = push.New(push.Options{Store: w.store})
		cfg.PushBoard = notify.NewBoard(w.store, access, engine, cfg.Now)
	})
	board := b.operator.must(http.MethodGet, "/v1/staff/push", nil, "Accept-Language", "vi")
	services := board["services"].([]any)
	first := services[0].(map[string]any)
	if first["breaker"] != "open" || !strings.Contains(first["step"].(string), "Hãy tạo khóa mới") {
		t.Errorf("got %v", first)
	}
	if step := b.operator.must(http.MethodGet, "/v1/staff/push", nil, "Accept-Language", "en")["services"].([]any)[0].(map[string]any)["step"]; !strings.Contains(step.(string), "Please make a new key") {
		t.Errorf("in English: %v", step)
	}
	b.admin.refused(syncproto.CodeForbidden, http.MethodGet, "/v1/staff/push", nil)
	intent := b.paused()
	b.admin.refused(syncproto.CodeForbidden, http.MethodPost, "/v1/staff/push/resume", object{"intent": intent})
	b.operator.refused(syncproto.CodeNotFound, http.MethodPost, "/v1/staff/push/resume", object{"intent": intent + 1})
	b.operator.must(http.MethodPost, "/v1/staff/push/resume", object{"intent": intent})
	if state := b.stateOf(intent); state != storage.IntentPlanning {
		t.Errorf("what was paused is %s", state)
	}
	b.operator.refused(syncproto.CodeQueryInvalid, http.MethodGet, "/v1/staff/push?x=1", nil)
	if all := b.operator.must(http.MethodGet, "/v1/staff/push/frequency", nil); all["days"] != 7.0 || all["cap"] != 4.0 {
		t.Errorf("got %v", all)
	}
	b.admin.must(http.MethodGet, "/v1/staff/push/frequency?days=31&unit="+string(b.north), nil)
	b.admin.refused(syncproto.CodeForbidden, http.MethodGet, "/v1/staff/push/frequency?unit="+string(b.south), nil)
	b.admin.refused(syncproto.CodeForbidden, http.MethodGet, "/v1/staff/push/frequency", nil)
	b.operator.refused(syncproto.CodeQueryInvalid, http.MethodGet, "/v1/staff/push/frequency?days=99", nil)
	b.browser("203.0.113.9").refused(syncproto.CodeSessionEnded, http.MethodGet, "/v1/staff/push", nil)
}
