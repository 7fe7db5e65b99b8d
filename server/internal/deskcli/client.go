package deskcli

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"lantoa/syncproto"
)

// patience bounds one exchange; maxAnswer what is read of an answer.
const (
	patience  = time.Minute
	maxAnswer = 32 << 20
)

// client follows no redirect: a password or a token is for the server that was named.
var client = &http.Client{
	Timeout:       patience,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// get reads something of the desk.
func (s *session) get(path string, query url.Values, into any) error {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return s.send(http.MethodGet, path, nil, into)
}

// post sends a value.
func (s *session) post(path string, value, into any) error {
	return s.send(http.MethodPost, path, value, into)
}

// send makes one exchange with the server of the session. Errors: *refusal, offline, malformed for what is no answer of a
// Lantoa server.
func (s *session) send(method, path string, value, into any) error {
	var body io.Reader
	if value != nil {
		data, err := json.Marshal(value)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(s.ctx, method, s.kept.Server+path, body)
	if err != nil {
		return syncproto.E(syncproto.CodeUsage, "make request", err)
	}
	request.Header.Set("Accept-Language", string(s.lang))
	request.Header.Set("User-Agent", "lantoa-desk")
	if value != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if s.kept.Token != "" {
		request.Header.Set("Authorization", "Bearer "+s.kept.Token)
	}
	answer, err := client.Do(request)
	if err != nil {
		return syncproto.E(syncproto.CodeOffline, "ask server", err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return syncproto.E(syncproto.CodeOffline, "read answer", err)
	}
	return take(answer, data, into)
}

// take reads an answer. A proxy's own page is no word of the server.
func take(answer *http.Response, data []byte, into any) error {
	const op = "read answer"
	if answer.StatusCode >= 400 {
		r := &refusal{}
		if err := json.Unmarshal(data, r); err == nil && r.Code != "" {
			return r
		}
	}
	if answer.StatusCode >= 500 {
		return syncproto.E(syncproto.CodeUnavailable, op, nil)
	}
	if answer.StatusCode >= 300 {
		return &syncproto.Error{Code: syncproto.CodeOffline, Op: op, Detail: answer.Status}
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(data, into); err != nil {
		return syncproto.E(syncproto.CodeMalformed, op, err)
	}
	return nil
}

// cleanServer checks an address as a person typed it. Without a scheme it is encrypted, unless it is on this machine or a
// private network, where a server speaks for itself.
func cleanServer(text string) (string, bool) {
	text = strings.TrimRight(strings.TrimSpace(text), "/")
	if text != "" && !strings.Contains(text, "://") {
		text = schemeOf(text) + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.User != nil {
		return "", false
	}
	return u.String(), true
}

func schemeOf(address string) string {
	host, _, _ := strings.Cut(address, "/")
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	at, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if host == "localhost" || err == nil && (at.IsLoopback() || at.IsPrivate()) {
		return "http://"
	}
	return "https://"
}
