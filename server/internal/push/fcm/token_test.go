package fcm_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"lantoa/server/internal/push"
	"lantoa/server/internal/push/fcm"
	"lantoa/server/internal/push/standin"
)

// config is a verdict that says that nothing was sent and the operator has to act.
func config(code string) push.Verdict { return push.Verdict{Result: push.Config, Code: code} }

func TestNoToken(t *testing.T) {
	for _, row := range []struct {
		name string
		set  func(t *testing.T, srv *standin.Server, o *fcm.Options)
		want string
	}{
		{"a private key that is none", func(t *testing.T, srv *standin.Server, o *fcm.Options) {
			o.Credentials = with(t, srv.Credentials(), "private_key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
		}, "credentials"},
		{"an account that is unknown", func(t *testing.T, srv *standin.Server, o *fcm.Options) {
			srv.TokenBehave(standin.Unauthenticated)
		}, "credentials"},
		{"an account of somebody else", func(t *testing.T, srv *standin.Server, o *fcm.Options) {
			o.Credentials = with(t, srv.Credentials(), "client_email", "other@example.iam.gserviceaccount.com")
		}, "credentials"},
		{"a token endpoint that nobody serves", func(t *testing.T, srv *standin.Server, o *fcm.Options) {
			o.Credentials = with(t, srv.Credentials(), "token_uri", "https://"+freePort(t)+"/token")
		}, "token_unreachable"},
		{"a token endpoint that fails", func(t *testing.T, srv *standin.Server, o *fcm.Options) {
			srv.TokenBehave(standin.Internal)
		}, "token_unreachable"},
		{"a token endpoint that breaks off", func(t *testing.T, srv *standin.Server, o *fcm.Options) {
			srv.TokenBehave(standin.CutBefore)
		}, "token_unreachable"},
		{"a token endpoint that breaks off within the answer", func(t *testing.T, srv *standin.Server, o *fcm.Options) {
			srv.TokenBehave(standin.HalfAnswer)
		}, "token_unreachable"},
		{"a page in the place of a token", func(t *testing.T, srv *standin.Server, o *fcm.Options) {
			srv.TokenBehave(standin.Junk)
		}, "token_unreachable"},
		{"a clock that is two hours behind", func(t *testing.T, srv *standin.Server, o *fcm.Options) {
			srv.SetSkew(2 * time.Hour)
		}, "clock"},
		{"a clock that is ten minutes ahead", func(t *testing.T, srv *standin.Server, o *fcm.Options) {
			srv.SetSkew(-10 * time.Minute)
		}, "clock"},
		{"a source of tokens that fails", func(t *testing.T, srv *standin.Server, o *fcm.Options) {
			o.Tokens = func(context.Context) (string, time.Time, error) { return "", time.Time{}, errors.New("no token today") }
		}, "token_source"},
	} {
		t.Run(row.name, func(t *testing.T) {
			srv, err := standin.New(standin.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer srv.Close()
			o := fcm.Options{Project: srv.Project(), Endpoint: srv.Endpoint(), Roots: srv.Roots()}
			row.set(t, srv, &o)
			if o.Credentials == nil && o.Tokens == nil {
				o.Credentials = srv.Credentials()
			}
			sender, err := fcm.New(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer sender.Close()
			began := time.Now()
			var all sync.WaitGroup
			for range 20 {
				all.Go(func() {
					if got := sender.Send(t.Context(), call("phone")); got != config(row.want) {
						t.Errorf("got %+v, want config %s", got, row.want)
					}
				})
			}
			all.Wait()
			stats := srv.Stats()
			if stats.Requests != 0 || stats.Tokens > 1 {
				t.Errorf("the service saw %d messages and %d visits for a token, want none and at most one", stats.Requests, stats.Tokens)
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("it took %v; somebody waits to repeat", took)
			}
		})
	}
}

// with returns credentials with another value of one field.
func with(t *testing.T, credentials []byte, field, value string) []byte {
	t.Helper()
	fields := map[string]string{}
	if err := json.Unmarshal(credentials, &fields); err != nil {
		t.Fatal(err)
	}
	fields[field] = value
	out, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestUnreadableOptions(t *testing.T) {
	secret := []byte(`{"type":"service_account","project_id":"","private_key":"SECRET","client_email":"SECRET"}`)
	for name, o := range map[string]fcm.Options{
		"nothing":            {},
		"no JSON":            {Credentials: []byte("SECRET")},
		"no service account": {Credentials: []byte(`{"type":"authorized_user","refresh_token":"SECRET"}`)},
		"no project":         {Credentials: secret},
	} {
		_, err := fcm.New(t.Context(), o)
		if err == nil {
			t.Errorf("%s: no error", name)
		} else if strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: the error quotes the credentials", name)
		}
	}
}

func TestOneTokenServesAll(t *testing.T) {
	srv, sender := world(t, standin.Options{}, fcm.Options{})
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			if got := sender.Send(t.Context(), call("phone")); got.Result != push.Accepted {
				t.Errorf("got %+v", got)
			}
		})
	}
	all.Wait()
	if n := srv.Stats().Tokens; n != 1 {
		t.Errorf("%d visits for a token, want 1", n)
	}
}

// TestTokenIsReplacedAhead: while the token nears its end, sends go on with it though the token endpoint hangs.
func TestTokenIsReplacedAhead(t *testing.T) {
	srv, sender := world(t, standin.Options{}, fcm.Options{})
	send := func(wait time.Duration) push.Verdict {
		ctx, cancel := context.WithTimeout(t.Context(), wait)
		defer cancel()
		return sender.Send(ctx, call("phone"))
	}
	if got := send(time.Minute); got.Result != push.Accepted {
		t.Fatalf("the first: %+v", got)
	}
	srv.TokenBehave(standin.Hang)
	sender.AgeToken(57 * time.Minute)
	for range 3 {
		if got := send(time.Minute); got.Result != push.Accepted {
			t.Errorf("with a token that nears its end: %+v", got)
		}
	}
	sender.AgeToken(4 * time.Minute)
	if got, want := send(300*time.Millisecond), (push.Verdict{Result: push.Later, Code: "unsent"}); got != want {
		t.Errorf("with a token that ended: %+v, want %+v", got, want)
	}
}

func TestRefusedTokenIsReplaced(t *testing.T) {
	srv, sender := world(t, standin.Options{}, fcm.Options{})
	sender.Send(t.Context(), call("phone"))
	srv.Revoke()
	for range 3 {
		if got := sender.Send(t.Context(), call("phone")); got != config("auth") {
			t.Fatalf("with a token that was revoked: %+v", got)
		}
	}
	if n := srv.Stats().Tokens; n != 1 {
		t.Errorf("%d visits for a token within seconds, want 1", n)
	}
	sender.AgeToken(time.Minute)
	if got := sender.Send(t.Context(), call("phone")); got != config("auth") {
		t.Fatalf("with a token that was revoked a minute ago: %+v", got)
	}
	if got := sender.Send(t.Context(), call("phone")); got.Result != push.Accepted {
		t.Errorf("after that: %+v, want another token", got)
	}
}

func TestTokenEndpointComesBack(t *testing.T) {
	srv, sender := world(t, standin.Options{}, fcm.Options{})
	srv.TokenBehave(standin.Internal)
	if got := sender.Send(t.Context(), call("phone")); got != config("token_unreachable") {
		t.Fatalf("got %+v", got)
	}
	srv.TokenBehave(standin.OK)
	sender.ForgetFailure()
	if got := sender.Send(t.Context(), call("phone")); got.Result != push.Accepted {
		t.Errorf("got %+v", got)
	}
}

func TestClosedSenderSendsNothing(t *testing.T) {
	srv, sender := world(t, standin.Options{}, fcm.Options{})
	sender.Close()
	if got, want := sender.Send(t.Context(), call("phone")), (push.Verdict{Result: push.Later, Code: "unsent"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if srv.Stats().Requests+srv.Stats().Tokens != 0 {
		t.Error("a closed sender asked somebody")
	}
}

func TestCheck(t *testing.T) {
	srv, sender := world(t, standin.Options{}, fcm.Options{})
	c := sender.Check(t.Context())
	life := time.Until(c.TokenExpires)
	if !c.Works || c.Verdict != (push.Verdict{Result: push.Bad, Code: "bad_target"}) || c.Project != "standin" ||
		!strings.Contains(c.Account, "@") || c.Protocol != "HTTP/2.0" || c.Clock.Abs() > 30*time.Second || life < 58*time.Minute || life > time.Hour {
		t.Errorf("got %+v", c)
	}
	if stats := srv.Stats(); stats.Accepted != 0 || stats.DryRuns != 1 {
		t.Errorf("%d messages and %d dry runs, want 0 and 1", stats.Accepted, stats.DryRuns)
	}
	srv.BehaveAll(standin.Forbidden)
	if c := sender.Check(t.Context()); c.Works || c.Verdict != config("forbidden") {
		t.Errorf("without the right: %+v", c)
	}

	_, wrong := world(t, standin.Options{}, fcm.Options{Project: "another"})
	if c := wrong.Check(t.Context()); c.Works || c.Verdict != config("forbidden") || c.Project != "another" {
		t.Errorf("with another project: %+v", c)
	}

	late, sender := world(t, standin.Options{}, fcm.Options{})
	late.SetSkew(3 * time.Hour)
	if c := sender.Check(t.Context()); c.Works || c.Verdict != config("clock") || (c.Clock+3*time.Hour).Abs() > 30*time.Second {
		t.Errorf("with a clock that is behind: %+v", c)
	}
}

func TestDryRunReachesNobody(t *testing.T) {
	srv, sender := world(t, standin.Options{Keep: 1}, fcm.Options{})
	m := call("phone")
	m.DryRun = true
	if got := sender.Send(t.Context(), m); got.Result != push.Accepted {
		t.Fatalf("got %+v", got)
	}
	if srv.Accepted() != 0 || !bytes.Contains(srv.Bodies()[0], []byte(`"validate_only":true`)) {
		t.Error("the service took it for a message")
	}
}
