package standin_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/push/standin"
)

// world is a stand-in and a client that trusts it.
func world(t testing.TB, o standin.Options) (*standin.Server, *http.Client) {
	t.Helper()
	srv, err := standin.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	wire := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: srv.Roots()}, ForceAttemptHTTP2: !o.HTTP1}
	t.Cleanup(wire.CloseIdleConnections)
	return srv, &http.Client{Transport: wire}
}

// post sends a message to a target and returns the answer's status and body.
func post(t testing.TB, srv *standin.Server, client *http.Client, bearer, id, target string) (int, http.Header, string) {
	t.Helper()
	body := fmt.Sprintf(`{"message":{"token":%q,"data":{"n":%q}}}`, target, id)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.Endpoint()+"/projects/standin/messages:send", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+bearer)
	resp, err := client.Do(r)
	if err != nil {
		return 0, nil, ""
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil, ""
	}
	return resp.StatusCode, resp.Header, string(answer)
}

func TestLedgerCountsCopies(t *testing.T) {
	srv, client := world(t, standin.Options{Remember: 64})
	token, _ := srv.Token()
	before := time.Now()
	for _, target := range []string{"a", "b", "a", "a"} {
		if status, _, body := post(t, srv, client, token, "m-1", target); status != http.StatusOK || !strings.Contains(body, `"name":"projects/standin/messages/`) {
			t.Fatalf("%d %s", status, body)
		}
	}
	post(t, srv, client, token, "m-2", "a")
	if a, b, c := srv.Copies("m-1", "a"), srv.Copies("m-1", "b"), srv.Copies("m-1", "c"); a != 3 || b != 1 || c != 0 {
		t.Errorf("%d, %d and %d copies, want 3, 1 and 0", a, b, c)
	}
	if srv.Accepted() != 5 || srv.Duplicates() != 2 {
		t.Errorf("%d taken, %d twice, want 5 and 2", srv.Accepted(), srv.Duplicates())
	}
	if at := srv.At("m-1", "a"); at.Before(before.Add(-time.Second)) || at.After(time.Now()) {
		t.Errorf("taken at %v", at)
	}
	if !srv.At("m-1", "c").IsZero() {
		t.Error("what was never taken has no time")
	}
	for i := range 200 {
		post(t, srv, client, token, fmt.Sprint(i), "x")
	}
	if stats := srv.Stats(); stats.Forgotten < 100 || stats.Accepted != 205 {
		t.Errorf("a memory of 64 forgot %d of %d", stats.Forgotten, stats.Accepted)
	}
}

func TestOnlyThoseWithATokenMaySend(t *testing.T) {
	srv, client := world(t, standin.Options{})
	if status, _, _ := post(t, srv, client, "made up", "m", "a"); status != http.StatusUnauthorized {
		t.Errorf("with a token that was made up: %d", status)
	}
	srv.SetTokenLife(-time.Second)
	ended, _ := srv.Token()
	if status, _, _ := post(t, srv, client, ended, "m", "a"); status != http.StatusUnauthorized {
		t.Errorf("with a token that ended: %d", status)
	}
	if srv.Accepted() != 0 {
		t.Error("a message was taken")
	}
}

func TestShareIsTheSeeds(t *testing.T) {
	picked := func(seed uint64) (targets string, n int) {
		srv, client := world(t, standin.Options{Seed: seed})
		token, _ := srv.Token()
		srv.Share(standin.Unregistered, 0.1)
		for i := range 300 {
			target := fmt.Sprint("phone-", i)
			status, _, _ := post(t, srv, client, token, "m", target)
			if gone := status == http.StatusNotFound; gone != (srv.Behaves(target) == standin.Unregistered) {
				t.Errorf("%s: %d, but %q", target, status, srv.Behaves(target))
			} else if gone {
				targets, n = targets+target+" ", n+1
			}
		}
		return targets, n
	}
	one, n := picked(1)
	again, _ := picked(1)
	other, _ := picked(2)
	if one != again || one == other || n < 10 || n > 60 {
		t.Errorf("%d of 300 picked; the same again: %v; the same with another seed: %v", n, one == again, one == other)
	}
}

func TestQuotaIsAWindow(t *testing.T) {
	srv, client := world(t, standin.Options{})
	token, _ := srv.Token()
	srv.Quota(2, 30*time.Second, false)
	for i, want := range []int{200, 200, 429, 429} {
		status, header, _ := post(t, srv, client, token, fmt.Sprint(i), "a")
		if status != want {
			t.Errorf("message %d: %d, want %d", i, status, want)
		}
		if after := header.Get("Retry-After"); want == 429 && after != "30" && after != "29" {
			t.Errorf("Retry-After is %q", after)
		}
	}
	srv.Quota(0, 0, false)
	if status, _, _ := post(t, srv, client, token, "5", "a"); status != 200 {
		t.Errorf("without a quota: %d", status)
	}
}

func TestConnectionsAreCounted(t *testing.T) {
	for _, http1 := range []bool{false, true} {
		srv, client := world(t, standin.Options{HTTP1: http1})
		token, _ := srv.Token()
		srv.CloseEvery(5)
		for i := range 20 {
			if status, _, _ := post(t, srv, client, token, fmt.Sprint(i), "a"); status != 200 {
				t.Fatalf("HTTP/1 %v, message %d: %d", http1, i, status)
			}
		}
		if n := srv.Stats().Connections; n < 4 || n > 5 {
			t.Errorf("HTTP/1 %v: %d connections, want one for each five messages", http1, n)
		}
	}
}

func TestForbiddenTexts(t *testing.T) {
	seen := 0
	srv, client := world(t, standin.Options{Keep: 2, Inspect: func([]byte) { seen++ }})
	token, _ := srv.Token()
	srv.Forbid("nhóm máu", "0912345678")
	post(t, srv, client, token, "1", "a")
	if srv.Leaks() != nil {
		t.Errorf("leaks %v", srv.Leaks())
	}
	post(t, srv, client, token, "nhóm máu O", "a")
	post(t, srv, client, token, "3", "a")
	if leaks := srv.Leaks(); len(leaks) != 1 || leaks[0] != "nhóm máu" {
		t.Errorf("leaks %v", leaks)
	}
	if len(srv.Bodies()) != 2 || seen != 3 {
		t.Errorf("%d bodies kept and %d inspected, want 2 and 3", len(srv.Bodies()), seen)
	}
}

// TestCloseLeavesNothing: not even a request that hangs.
func TestCloseLeavesNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("world", func(t *testing.T) {
		srv, client := world(t, standin.Options{})
		token, _ := srv.Token()
		srv.Behave("hangs", standin.Hang)
		done := make(chan int)
		go func() {
			status, _, _ := post(t, srv, client, token, "m", "hangs")
			done <- status
		}()
		for srv.Stats().Requests == 0 {
			runtime.Gosched()
		}
		srv.BehaveAll(standin.OK)
		if srv.Accepted() != 0 {
			t.Error("what hangs was taken")
		}
		client.CloseIdleConnections()
		go srv.Close()
		if status := <-done; status != 0 {
			t.Errorf("what hangs was answered with %d", status)
		}
	})
	for end := time.Now().Add(time.Minute); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines, want %d", runtime.NumGoroutine(), before)
		}
	}
}
