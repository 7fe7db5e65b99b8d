package app_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"lantoa/syncproto"
)

// story is a round that brings one new story under a number.
func story(n int64) []byte {
	m := syncproto.Mutation{
		Number: n, ID: syncproto.NewID(), Record: syncproto.NewID(), Kind: syncproto.KindStory,
		Set: syncproto.Fields{"title": syncproto.Text("Áo ấm cho em"), "body": syncproto.Text(strings.Repeat("một ", 2000))},
	}
	return syncproto.AppendSyncRequest(nil, &syncproto.SyncRequest{
		Protocol: 1, App: "test", Mutations: []syncproto.PushedMutation{{Mutation: m, Wire: syncproto.AppendMutation(nil, &m)}},
	})
}

func (p *program) synced(url, token string, body []byte) *syncproto.SyncResponse {
	p.t.Helper()
	status, answer := post(p.t, url+"/v1/sync", token, body)
	if status != http.StatusOK {
		p.t.Fatalf("sync: %d %s", status, answer)
	}
	resp, err := syncproto.DecodeSyncResponse(answer)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp
}

func TestShutdownFinishesWhatItAccepted(t *testing.T) {
	p := newProgram(t)
	s := p.serve()
	phone := p.enrolled(s.url)
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// The interim response proves that the request is being served while its body is still on the way.
	body := story(1)
	_, err = fmt.Fprintf(conn, "POST /v1/sync HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"+
		"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n", phone.Token, len(body))
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	if line, err := r.ReadString('\n'); err != nil || !strings.Contains(line, "100") {
		t.Fatalf("got %q, %v", line, err)
	}
	if _, err := r.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	s.stop()
	s.refuses(t)
	if _, err := conn.Write(body); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !resp.Close {
		t.Errorf("the request that was running got %d, close %v, %v", resp.StatusCode, resp.Close, err)
	}
	if code := s.end(t); code != 0 {
		t.Errorf("exit %d", code)
	}
	first, err := syncproto.DecodeSyncResponse(answer)
	if err != nil || first.Accepted != 1 || len(first.Outcomes) != 1 || first.Outcomes[0].Result != syncproto.Applied {
		t.Fatalf("the push was answered with %s, %v", answer, err)
	}

	s = p.serve()
	again := p.synced(s.url, phone.Token, body)
	if again.Accepted != 1 || len(again.Outcomes) != 1 || again.Outcomes[0].Result != first.Outcomes[0].Result {
		t.Errorf("after the restart the same push got %+v", again.Outcomes)
	}
	s.end(t)
}

// refuses waits until the server takes no new connections.
func (s *served) refuses(t *testing.T) {
	t.Helper()
	tick, end := time.NewTicker(time.Millisecond), time.After(time.Minute)
	defer tick.Stop()
	for {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			return
		}
		conn.Close()
		select {
		case <-tick.C:
		case <-end:
			t.Fatal("the server still takes connections")
		}
	}
}
