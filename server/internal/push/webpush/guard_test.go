package webpush_test

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/push"
	"lantoa/server/internal/push/standin"
	"lantoa/server/internal/push/webpush"
)

func TestPublicAddresses(t *testing.T) {
	for _, ip := range []string{"1.1.1.1", "8.8.8.8", "142.250.198.10", "172.15.0.1", "172.32.0.1", "2001:4860:4860::8888", "2a00:1450:4001::1", "::ffff:8.8.8.8"} {
		if !webpush.Public(ip) {
			t.Errorf("%s is public", ip)
		}
	}
	for _, ip := range []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255",
		"192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.9", "224.0.0.1", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::1",
		"3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "2606:4700::1%eth0", "fec0::1", "ff02::1",
	} {
		if webpush.Public(ip) {
			t.Errorf("%s is not public", ip)
		}
	}
}

func TestGuardLooksAtThePortToo(t *testing.T) {
	if err := webpush.Dial("8.8.8.8:443"); err != nil {
		t.Errorf("https: %v", err)
	}
	for _, address := range []string{"8.8.8.8:80", "8.8.8.8:22", "127.0.0.1:443", "[::1]:443", "[::ffff:10.0.0.1]:443", "name:443", ""} {
		if err := webpush.Dial(address); !errors.Is(err, webpush.ErrForbidden) {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// TestNamesThatLeadInside: the check is on the address that is dialled, so a name gains nothing. localhost is such a name
// on every machine, and needs no resolver.
func TestNamesThatLeadInside(t *testing.T) {
	srv, err := standin.New(standin.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	private, public := keys(t)
	sender, err := webpush.New(webpush.Options{Private: private, Public: public, Contact: "office@lantoa.example"})
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	m := call(srv.Subscribe(public))
	m.Target.Address = "https://push.localhost/push/1"
	got := sender.Send(t.Context(), m)
	// A resolver that does not know the name leaves it unreachable; either way nobody was asked.
	if got != (push.Verdict{Result: push.Bad, Code: "forbidden_address"}) && got != (push.Verdict{Result: push.Later, Code: "unreachable"}) {
		t.Errorf("got %+v", got)
	}
	if n := srv.Stats().Connections; n != 0 {
		t.Errorf("%d connections, want none", n)
	}
}

func TestWhatNeverLeftIsLater(t *testing.T) {
	srv, sender, public := world(t)
	other, err := standin.New(standin.Options{})
	if err != nil {
		t.Fatal(err)
	}
	strange := call(other.Subscribe(public))
	if got, want := sender.Send(t.Context(), strange), (push.Verdict{Result: push.Later, Code: "tls"}); got != want {
		t.Errorf("a certificate of somebody else: %+v, want %+v", got, want)
	}
	other.Close()
	if got, want := sender.Send(t.Context(), strange), (push.Verdict{Result: push.Later, Code: "unreachable"}); got != want {
		t.Errorf("nobody listens: %+v, want %+v", got, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, want := sender.Send(ctx, call(srv.Subscribe(public))), (push.Verdict{Result: push.Later, Code: "unsent"}); got != want {
		t.Errorf("the context ended before: %+v, want %+v", got, want)
	}
	if n := srv.Accepted(); n != 0 {
		t.Errorf("%d messages were taken", n)
	}
}

func TestValidSubscription(t *testing.T) {
	srv, err := standin.New(standin.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	b := srv.Subscribe("")
	const endpoint = "https://updates.push.services.mozilla.com/wpush/v2/gAAAAA"
	if err := webpush.ValidSubscription(endpoint, b.P256DH, b.Auth); err != nil {
		t.Fatal(err)
	}
	for _, good := range []string{"https://fcm.googleapis.com/fcm/send/abc:def", "https://web.push.apple.com/QF?x=1", "https://a-b.example.com"} {
		if err := webpush.ValidSubscription(good, b.P256DH, b.Auth); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "x", "http://push.example.com/x", "ftp://push.example.com/x", "https://", "https:///x", "https:push.example.com", "//push.example.com/x",
		"https://push.example.com:443/x", "https://push.example.com./x", "https://Push.example.com/x",
		"https://user:pass@push.example.com/x", "https://push.example.com:8443/x", "https://push.example.com:22/", "https://localhost/x", "https://intranet/x",
		"https://127.0.0.1/x", "https://8.8.8.8/x", "https://[::1]/x", "https://127.1/x", "https://0x7f.1/x", "https://2130706433/x", "https://a.0x7f000001/x",
		"https://push.example.com/x#y", "https://push.example.com/\n", "https://push.example.com/ x", "https://đẩy.example.com/x", "https://..", "https://push.example.com:x/",
		endpoint + strings.Repeat("x", 2048),
	} {
		if err := webpush.ValidSubscription(bad, b.P256DH, b.Auth); !errors.Is(err, webpush.ErrSubscription) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	point, _ := base64.RawURLEncoding.DecodeString(b.P256DH)
	off := append([]byte(nil), point...)
	off[64] ^= 1
	compressed := append([]byte{2}, point[1:33]...)
	for name, key := range map[string]string{
		"none": "", "no base64": "***", "not on the curve": encode(off), "compressed": encode(compressed), "zero": encode(make([]byte, 65)),
		"infinity": encode([]byte{0}), "padded": b.P256DH + "=", "standard base64": strings.NewReplacer("-", "+", "_", "/").Replace(b.P256DH) + "+",
		"with a line break": b.P256DH[:40] + "\n" + b.P256DH[40:],
	} {
		if err := webpush.ValidSubscription(endpoint, key, b.Auth); !errors.Is(err, webpush.ErrSubscription) {
			t.Errorf("p256dh %s: %v", name, err)
		}
	}
	for name, auth := range map[string]string{"none": "", "short": encode(make([]byte, 15)), "long": encode(make([]byte, 17)), "no base64": "????????????????????"} {
		err := webpush.ValidSubscription(endpoint, b.P256DH, auth)
		if !errors.Is(err, webpush.ErrSubscription) {
			t.Errorf("auth %s: %v", name, err)
		}
	}
	err = webpush.ValidSubscription("https://SECRET.localhost:1/", b.P256DH, b.Auth)
	if err == nil || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("the error is %v, and may quote nothing", err)
	}
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// FuzzSubscription: what the check lets through, the library can use; nothing panics.
func FuzzSubscription(f *testing.F) {
	srv, err := standin.New(standin.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { srv.Close() })
	private, public := keys(f)
	sender, err := webpush.New(webpush.Options{Private: private, Public: public, Contact: "office@lantoa.example"})
	if err != nil {
		f.Fatal(err)
	}
	b := srv.Subscribe("")
	f.Add("https://push.invalid/x", b.P256DH, b.Auth)
	f.Add("https://push.invalid:443/x?y", b.P256DH[:40], "")
	f.Add("https://[fe80::1%25eth0]/", "", b.Auth)
	f.Fuzz(func(t *testing.T, endpoint, p256dh, auth string) {
		m := call(b)
		m.Target.Address, m.Target.P256DH, m.Target.Auth, m.TTL = endpoint, p256dh, auth, time.Hour
		m.DryRun = true // nobody is asked; the keys are looked at all the same
		valid := webpush.ValidSubscription(endpoint, p256dh, auth) == nil
		if got := sender.Send(t.Context(), m); (got.Result == push.Accepted) != valid {
			t.Errorf("valid %v, but %+v", valid, got)
		}
	})
}

func TestKeys(t *testing.T) {
	private, public := keys(t)
	_, other := keys(t)
	good := webpush.Options{Private: private, Public: public, Contact: "https://lantoa.example/contact"}
	if _, err := webpush.New(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(o *webpush.Options){
		"no private key":        func(o *webpush.Options) { o.Private = "" },
		"a private key of zero": func(o *webpush.Options) { o.Private = encode(make([]byte, 32)) },
		"a long private key":    func(o *webpush.Options) { o.Private = encode(make([]byte, 33)) },
		"another public key":    func(o *webpush.Options) { o.Public = other },
		"no public key":         func(o *webpush.Options) { o.Public = "" },
		"no contact":            func(o *webpush.Options) { o.Contact = "" },
		"a contact with a name": func(o *webpush.Options) { o.Contact = "Office <office@lantoa.example>" },
	} {
		o := good
		change(&o)
		if _, err := webpush.New(o); err == nil {
			t.Errorf("%s: no error", name)
		} else if strings.Contains(err.Error(), private) {
			t.Errorf("%s: the error quotes the key", name)
		}
	}
}
