package notify_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/notify"
	"lantoa/server/internal/push/webpush"
	"lantoa/storage"
	"lantoa/syncproto"
)

const token = "d1pX0:APA91bExample-token_0123456789"

func (w *world) registrations() *notify.Registrations {
	return notify.NewRegistrations(w.store, notify.RegistrationOptions{
		Services: []string{"fcm", "webpush"}, VAPIDKey: "BKey", Now: w.clock,
	})
}

func android(address string) *syncproto.RegistrationRequest {
	return &syncproto.RegistrationRequest{Service: "fcm", Kind: "token", Platform: "android", Address: address, App: "1.0"}
}

// holder returns a device as a request brings it.
func (w *world) holder(person syncproto.ID) *storage.Device {
	w.t.Helper()
	id := w.device(person)
	var device *storage.Device
	w.view(func(r storage.Reader) (err error) {
		device, err = r.Device(id)
		return err
	})
	return device
}

func (w *world) kept(device syncproto.ID) (kept *storage.Registration) {
	w.t.Helper()
	w.view(func(r storage.Reader) (err error) {
		kept, err = r.Registration(device)
		if syncproto.CodeOf(err) == syncproto.CodeNotFound {
			kept, err = nil, nil
		}
		return err
	})
	return kept
}

func TestARegistrationIsOneOfItsDevice(t *testing.T) {
	w := newWorld(t)
	s, person := w.registrations(), w.person(w.commune, syncproto.RoleVolunteer)
	first, second := w.holder(person), w.holder(person)
	w.check(s.Put(t.Context(), first, android(token)))
	got := w.kept(first.ID)
	if got == nil || got.Person != person || got.Address != token || got.Language != "vi" || got.At != w.millis() {
		t.Fatalf("kept %+v", got)
	}
	w.check(s.Put(t.Context(), first, android(token+"-new")))
	if got := w.kept(first.ID); got.Address != token+"-new" {
		t.Errorf("another target did not replace it: %+v", got)
	}
	w.check(s.Put(t.Context(), second, android(token+"-new")))
	if w.kept(first.ID) != nil || w.kept(second.ID) == nil {
		t.Error("an address stays with the device that had it before")
	}
	w.check(s.Drop(t.Context(), second.ID))
	w.check(s.Drop(t.Context(), second.ID))
	if w.kept(second.ID) != nil {
		t.Error("it was not dropped")
	}
}

// TestSayingTheSameAgainWritesNothing: phones say it at each start.
func TestSayingTheSameAgainWritesNothing(t *testing.T) {
	w := newWorld(t)
	s, device := w.registrations(), w.holder(w.person(w.commune, syncproto.RoleVolunteer))
	w.check(s.Put(t.Context(), device, android(token)))
	first := w.now
	for range 50 {
		w.now = w.now.Add(time.Minute)
		w.check(s.Put(t.Context(), device, android(token)))
	}
	if got := w.kept(device.ID); got.At != first.UnixMilli() {
		t.Error("it was written again within a day")
	}
	w.now = first.Add(24 * time.Hour)
	w.check(s.Put(t.Context(), device, android(token)))
	if got := w.kept(device.ID); got.At != w.millis() {
		t.Error("it was not renewed after a day")
	}
	w.update(func(tx storage.Tx) error {
		return tx.RetireRegistration(device.ID, token, "unregistered", w.millis())
	})
	info, err := s.Info(t.Context(), device.ID)
	w.check(err)
	if info.Registered || info.Code != "unregistered" {
		t.Errorf("a device whose target ended is told %+v", info)
	}
	w.check(s.Put(t.Context(), device, android(token)))
	if got := w.kept(device.ID); got.Retired != 0 {
		t.Error("a retired registration was not begun anew")
	}
}

func TestADeviceThatChangesItAllDayWaits(t *testing.T) {
	w := newWorld(t)
	s, device := w.registrations(), w.holder(w.person(w.commune, syncproto.RoleVolunteer))
	other := w.holder(w.person(w.commune, syncproto.RoleVolunteer))
	for n := range 4 {
		w.check(s.Put(t.Context(), device, android(token+strings.Repeat("x", n+1))))
	}
	err := s.Put(t.Context(), device, android(token+"-y"))
	busy, ok := errors.AsType[*notify.BusyError](err)
	if !ok || busy.Wait <= 0 || busy.Wait > 15*time.Minute || syncproto.CodeOf(err) != syncproto.CodeRateLimited {
		t.Fatalf("the fifth change in a minute: %v", err)
	}
	w.check(s.Put(t.Context(), other, android(token+"-other")))
	w.now = w.now.Add(busy.Wait)
	w.check(s.Put(t.Context(), device, android(token+"-y")))
}

func TestWhatIsNoTarget(t *testing.T) {
	w := newWorld(t)
	s, device := w.registrations(), w.holder(w.person(w.commune, syncproto.RoleVolunteer))
	private, public, err := webpush.NewKeys()
	w.check(err)
	secret := "c2VjcmV0LXNlY3JldC0xMg"
	browser := func(endpoint string) *syncproto.RegistrationRequest {
		return &syncproto.RegistrationRequest{Service: "webpush", Kind: "endpoint", Platform: "web", Address: endpoint, P256DH: public, Auth: secret[:22]}
	}
	fid := func(id string) *syncproto.RegistrationRequest {
		return &syncproto.RegistrationRequest{Service: "fcm", Kind: "fid", Platform: "ios", Address: id}
	}
	w.check(s.Put(t.Context(), device, browser("https://push.example.org/send/abc")))
	w.check(s.Put(t.Context(), device, fid("cMxR5bXyT0yE1abcdefghi")))
	for name, req := range map[string]*syncproto.RegistrationRequest{
		"a short token":            android("abc"),
		"a token with a space":     android(token + " x"),
		"a token with a line":      android(token + "\nx"),
		"a token with markup":      android(token + "<script>"),
		"a token that is no ASCII": android(token + "ă"),
		"a token too long":         android(strings.Repeat("a", 4097)),
		"a short id":               fid("abc"),
		"an id with a colon":       fid("cMxR5bXyT0yE1:bcdefghi"),
		"plain http":               browser("http://push.example.org/send/abc"),
		"this machine":             browser("https://localhost/send"),
		"an address":               browser("https://127.0.0.1/send"),
		"an inner address":         browser("https://10.0.0.1/send"),
		"another port":             browser("https://push.example.org:8443/send"),
		"a name without a dot":     browser("https://metadata/send"),
		"somebody's name in it":    browser("https://user:pass@push.example.org/send"),
		"a key that is none":       {Service: "webpush", Kind: "endpoint", Platform: "web", Address: "https://push.example.org/a", P256DH: private, Auth: secret},
	} {
		err := s.Put(t.Context(), device, req)
		if syncproto.CodeOf(err) != syncproto.CodeTargetInvalid {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if strings.Contains(err.Error(), req.Address) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error quotes it: %v", name, err)
		}
	}
	none := notify.NewRegistrations(w.store, notify.RegistrationOptions{Now: w.clock})
	if err := none.Put(t.Context(), device, android(token)); syncproto.CodeOf(err) != syncproto.CodePushOff {
		t.Errorf("a server without services: %v", err)
	}
	info, err := none.Info(t.Context(), device.ID)
	if err != nil || len(info.Services) != 0 || info.Registered {
		t.Errorf("a server without services says %+v, %v", info, err)
	}
}

// TestARequestThatOutlivedItsAccess: it was let in before the device was revoked.
func TestARequestThatOutlivedItsAccess(t *testing.T) {
	for name, end := range map[string]func(w *world, d *storage.Device) error{
		"revoked": func(w *world, d *storage.Device) error { return w.people.RevokeDevice(context.Background(), d.ID) },
		"closed": func(w *world, d *storage.Device) error {
			return w.people.Close(context.Background(), console, d.Person)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			device := w.holder(w.person(w.commune, syncproto.RoleVolunteer))
			w.check(end(w, device))
			if err := w.registrations().Put(t.Context(), device, android(token)); syncproto.CodeOf(err) != syncproto.CodeTokenRevoked {
				t.Errorf("got %v", err)
			}
			if w.kept(device.ID) != nil {
				t.Error("it was kept")
			}
		})
	}
}
