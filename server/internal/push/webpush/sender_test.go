package webpush_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"lantoa/server/internal/push"
	"lantoa/server/internal/push/standin"
	"lantoa/server/internal/push/webpush"
)

// keys makes a pair and returns it.
func keys(t testing.TB) (private, public string) {
	t.Helper()
	private, public, err := webpush.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	return private, public
}

// world is a push service and a Sender that may speak to it; public is the key that browsers subscribe with.
func world(t testing.TB) (srv *standin.Server, sender *webpush.Sender, public string) {
	t.Helper()
	srv, err := standin.New(standin.Options{Keep: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	private, public := keys(t)
	sender, err = webpush.New(webpush.Options{
		Private: private, Public: public, Contact: "mailto:office@lantoa.example", Stand: &webpush.Stand{Roots: srv.Roots()},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sender.Close() })
	return srv, sender, public
}

// call is an urgent call to one browser.
func call(b *standin.Subscription) *push.Message {
	return &push.Message{
		Target: push.Target{Service: push.WebPush, Kind: push.Endpoint, Platform: push.Web, Address: b.Endpoint, P256DH: b.P256DH, Auth: b.Auth},
		ID:     "m-0123456789abcdef", Kind: "urgent", Record: "0190a5c4-7c3e-7000-8000-000000000001",
		Title: "Có việc gấp gần bạn", Body: "Mở ứng dụng để xem và trả lời.", Link: "/calls/1", TTL: time.Hour, Urgent: true,
	}
}

// TestBrowserReadsIt: the stand-in opens the message as a browser does, and checks the headers and who sends.
func TestBrowserReadsIt(t *testing.T) {
	srv, sender, public := world(t)
	b := srv.Subscribe(public)
	m := call(b)
	if got := sender.Send(t.Context(), m); got != (push.Verdict{Result: push.Accepted}) {
		t.Fatalf("got %+v", got)
	}
	if n := srv.Copies(m.ID, b.Endpoint); n != 1 {
		t.Errorf("%d copies, want 1", n)
	}
	var got map[string]string
	if err := json.Unmarshal(srv.Bodies()[0], &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"n": m.ID, "k": "urgent", "r": string(m.Record), "title": m.Title, "body": m.Body, "link": "/calls/1"}
	if len(got) != len(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for key, value := range want {
		if got[key] != value {
			t.Errorf("%s is %q, want %q", key, got[key], value)
		}
	}
}

func TestEveryAnswerIsOneRequest(t *testing.T) {
	srv, sender, public := world(t)
	for _, row := range []struct {
		as     standin.Behaviour
		want   push.Verdict
		copies int
	}{
		{standin.OK, push.Verdict{Result: push.Accepted}, 1},
		{standin.Unregistered, push.Verdict{Result: push.Gone, Code: "unregistered"}, 0},
		{standin.BareNotFound, push.Verdict{Result: push.Gone, Code: "unregistered"}, 0},
		{standin.SenderMismatch, push.Verdict{Result: push.Mismatch, Code: "vapid_mismatch"}, 0},
		{standin.Unauthenticated, push.Verdict{Result: push.Mismatch, Code: "vapid_mismatch"}, 0},
		{standin.BadField, push.Verdict{Result: push.Bad, Code: "http_400"}, 0},
		{standin.QuotaExceeded, push.Verdict{Result: push.Later, Code: "quota", After: 2 * time.Second}, 0},
		{standin.Internal, push.Verdict{Result: push.Later, Code: "http_500"}, 0},
		{standin.BadGateway, push.Verdict{Result: push.Later, Code: "http_502"}, 0},
		{standin.GatewayTimeout, push.Verdict{Result: push.Unsure, Code: "http_504"}, 1},
		{standin.Unavailable, push.Verdict{Result: push.Later, Code: "http_503", After: 2 * time.Second}, 0},
		{standin.Redirect, push.Verdict{Result: push.Bad, Code: "redirect"}, 0},
		{standin.ResetBefore, push.Verdict{Result: push.Unsure, Code: "reset"}, 0},
		{standin.ResetAfter, push.Verdict{Result: push.Unsure, Code: "reset"}, 1},
		{standin.CutAfter, push.Verdict{Result: push.Unsure, Code: "reset"}, 1},
		{standin.HangAfter, push.Verdict{Result: push.Unsure, Code: "timeout"}, 1},
	} {
		b := srv.Subscribe(public)
		m := call(b)
		srv.Behave(b.Endpoint, row.as)
		wait := time.Minute
		if row.as == standin.HangAfter {
			wait = time.Second // within which the request is there
		}
		ctx, cancel := context.WithTimeout(t.Context(), wait)
		before := srv.Stats().Requests
		if got := sender.Send(ctx, m); got != row.want {
			t.Errorf("%s: got %+v, want %+v", row.as, got, row.want)
		}
		cancel()
		if n := srv.Stats().Requests - before; n != 1 {
			t.Errorf("%s: %d requests, want 1", row.as, n)
		}
		if n := srv.Copies(m.ID, b.Endpoint); n != row.copies {
			t.Errorf("%s: %d copies, want %d", row.as, n, row.copies)
		}
	}
}

func TestAnotherKeyIsAMismatch(t *testing.T) {
	srv, sender, _ := world(t)
	_, other := keys(t)
	want := push.Verdict{Result: push.Mismatch, Code: "vapid_mismatch"}
	if got := sender.Send(t.Context(), call(srv.Subscribe(other))); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestWrongClockRetiresNobody: with a clock that is a day off every service refuses, and that is no word about a target.
func TestWrongClockRetiresNobody(t *testing.T) {
	for _, skew := range []time.Duration{26 * time.Hour, -26 * time.Hour} {
		srv, sender, public := world(t)
		srv.SetSkew(skew)
		want := push.Verdict{Result: push.Later, Code: "clock"}
		if got := sender.Send(t.Context(), call(srv.Subscribe(public))); got != want {
			t.Errorf("%v: got %+v, want %+v", skew, got, want)
		}
	}
}

func TestQuotaIsTheServices(t *testing.T) {
	for _, asDate := range []bool{false, true} {
		srv, sender, public := world(t)
		srv.Quota(1, time.Minute, asDate)
		sender.Send(t.Context(), call(srv.Subscribe(public)))
		got := sender.Send(t.Context(), call(srv.Subscribe(public)))
		if got.Result != push.Later || got.Lane || got.After < 30*time.Second || got.After > 62*time.Second {
			t.Errorf("date %v: got %+v, want Later in a minute, for this target alone", asDate, got)
		}
	}
}

// TestLengthTellsNothing: every message is padded to one record, whatever it says.
func TestLengthTellsNothing(t *testing.T) {
	srv, sender, public := world(t)
	b := srv.Subscribe(public)
	m := call(b)
	m.Title, m.Body = strings.Repeat("ệ", 200), strings.Repeat("ử", 500)
	if got := sender.Send(t.Context(), m); got.Result != push.Accepted {
		t.Errorf("the largest message: %+v", got)
	}
	m.Body = strings.Repeat("ử", 1500)
	if got, want := sender.Send(t.Context(), m), (push.Verdict{Result: push.Refused, Code: "too_large"}); got != want {
		t.Errorf("a larger one: %+v, want %+v", got, want)
	}
	for size := 3900; size <= 4000; size++ { // around the border, nothing but these two come out
		m.Title, m.Body = strings.Repeat("x", size-200), ""
		if got := sender.Send(t.Context(), m); got.Result != push.Accepted && got.Code != "too_large" {
			t.Fatalf("%d bytes: %+v", size, got)
		}
	}
}

func TestWrongMessagesAreNotSent(t *testing.T) {
	srv, sender, public := world(t)
	bad := push.Verdict{Result: push.Bad, Code: "bad_target"}
	refused := push.Verdict{Result: push.Refused, Code: "bad_message"}
	for name, row := range map[string]struct {
		change func(m *push.Message)
		want   push.Verdict
	}{
		"a target of FCM":  {func(m *push.Message) { m.Target.Kind = push.Token }, bad},
		"no keys":          {func(m *push.Message) { m.Target.P256DH = "" }, bad},
		"odd keys":         {func(m *push.Message) { m.Target.Auth = "x" }, bad},
		"no https":         {func(m *push.Message) { m.Target.Address = "http" + m.Target.Address[5:] }, bad},
		"a long id":        {func(m *push.Message) { m.ID = strings.Repeat("i", 33) }, refused},
		"an id with dots":  {func(m *push.Message) { m.ID = "a.b" }, refused},
		"a wrong record":   {func(m *push.Message) { m.Record = "x" }, refused},
		"a link elsewhere": {func(m *push.Message) { m.Link = "https://elsewhere.example/" }, refused},
		"a link to a host": {func(m *push.Message) { m.Link = "//elsewhere.example/" }, refused},
		"a link to a host, as old browsers read it": {func(m *push.Message) { m.Link = "/\\elsewhere.example/" }, refused},
	} {
		m := call(srv.Subscribe(public))
		row.change(m)
		if got := sender.Send(t.Context(), m); got != row.want {
			t.Errorf("%s: got %+v, want %+v", name, got, row.want)
		}
	}
	m := call(srv.Subscribe(public))
	m.DryRun = true
	if got := sender.Send(t.Context(), m); got.Result != push.Accepted {
		t.Errorf("a dry run: %+v", got)
	}
	if n := srv.Stats().Requests; n != 0 {
		t.Errorf("%d requests, want none", n)
	}
}

func TestManyBrowsersAtOnce(t *testing.T) {
	srv, sender, public := world(t)
	srv.CloseEvery(40)
	var all sync.WaitGroup
	for range 200 {
		b := srv.Subscribe(public)
		all.Go(func() {
			if got := sender.Send(t.Context(), call(b)); got.Result != push.Accepted {
				t.Errorf("got %+v", got)
			}
		})
	}
	all.Wait()
	if stats := srv.Stats(); stats.Accepted != 200 || stats.Duplicates != 0 {
		t.Errorf("got %+v", stats)
	}
}

// TestTTLIsNeverNegative, and the largest is four weeks; the stand-in refuses what is no number.
func TestTTLIsNeverNegative(t *testing.T) {
	srv, sender, public := world(t)
	for _, ttl := range []time.Duration{-time.Hour, 0, time.Millisecond, 365 * 24 * time.Hour} {
		m := call(srv.Subscribe(public))
		m.TTL = ttl
		if got := sender.Send(t.Context(), m); got.Result != push.Accepted {
			t.Errorf("%v: %+v", ttl, got)
		}
	}
}

func TestForbiddenTextIsSeen(t *testing.T) {
	srv, sender, public := world(t)
	srv.Forbid("Nguyễn Thị Lan")
	m := call(srv.Subscribe(public))
	sender.Send(t.Context(), m)
	if leaks := srv.Leaks(); leaks != nil {
		t.Errorf("leaks %v", leaks)
	}
	m.Body = "Nguyễn Thị Lan"
	sender.Send(t.Context(), m)
	if leaks := srv.Leaks(); len(leaks) != 1 || !bytes.Contains(bytes.Join(srv.Bodies(), nil), []byte(m.Body)) {
		t.Errorf("the stand-in sees through no encryption: %v", leaks)
	}
}
