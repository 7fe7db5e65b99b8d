package standin

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"strings"
	"time"
)

// maxRecord is what push services take (RFC 8030 §7.2).
const maxRecord = 4096

// push is POST /push/{subscription}: RFC 8030 for the headers, RFC 8291 for the body, RFC 8292 for who sends.
func (s *Server) push(w http.ResponseWriter, r *http.Request) {
	s.counters.requests.Add(1)
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRecord+1))
	if err != nil {
		return
	}
	s.browsers.mu.RLock()
	b := s.browsers.of[r.URL.Path[len(pushPath):]]
	s.browsers.mu.RUnlock()
	if b == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Date", s.tokens.clock().UTC().Format(http.TimeFormat))
	if status := s.checkPush(b, r, body); status != 0 {
		s.behave.next("")
		w.WriteHeader(status)
		return
	}
	plain, err := b.Open(body)
	var payload struct {
		ID string `json:"n"`
	}
	if err != nil || json.Unmarshal(plain, &payload) != nil {
		w.WriteHeader(http.StatusBadRequest) // a browser would drop it in silence; here somebody is told
		return
	}
	s.see(plain)
	as, last := s.behave.next(b.Endpoint)
	if last {
		w.Header().Set("Connection", "close")
	}
	if ok, until, asDate := s.quota.pass(time.Now()); !ok && as == OK {
		setRetryAfter(w, until, asDate)
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	if as.taken() {
		s.take(payload.ID, b.Endpoint)
	}
	s.pause()
	switch as {
	case OK:
		w.Header().Set("Location", s.origin+"/message")
		w.WriteHeader(http.StatusCreated)
	case Unregistered:
		w.WriteHeader(http.StatusGone)
	default:
		s.misbehave(w, r, as)
	}
}

// checkPush returns the status for a request that is wrong, and 0 for one that is right.
func (s *Server) checkPush(b *Subscription, r *http.Request, body []byte) int {
	h := r.Header
	topic, urgency := h.Get("Topic"), h.Get("Urgency")
	switch {
	case len(body) > maxRecord:
		return http.StatusRequestEntityTooLarge
	case !isDigits([]byte(h.Get("TTL"))), h.Get("Content-Encoding") != "aes128gcm",
		topic != "" && !isTopic([]byte(topic)),
		urgency != "" && !isUrgency([]byte(urgency)):
		return http.StatusBadRequest
	}
	return s.checkVAPID(b, h.Get("Authorization"))
}

// checkVAPID checks who sends (RFC 8292 §§2–4).
func (s *Server) checkVAPID(b *Subscription, header string) int {
	rest, ok := strings.CutPrefix(header, "vapid ")
	token, public, both := strings.Cut(rest, ",")
	token, okT := strings.CutPrefix(strings.TrimSpace(token), "t=")
	public, okK := strings.CutPrefix(strings.TrimSpace(public), "k=")
	if !ok || !both || !okT || !okK {
		return http.StatusUnauthorized
	}
	if b.sender != "" && public != b.sender {
		return http.StatusForbidden
	}
	point, err := base64.RawURLEncoding.DecodeString(public)
	if err != nil || len(point) != 65 {
		return http.StatusForbidden
	}
	if !verifyES256(token, point) || !s.checkClaims(token) {
		return http.StatusForbidden
	}
	return 0
}

func verifyES256(token string, point []byte) bool {
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return false
	}
	signed, mark, ok := cutLast(token)
	signature, err := base64.RawURLEncoding.DecodeString(mark)
	if !ok || err != nil || len(signature) != 64 {
		return false
	}
	digest := sha256.Sum256([]byte(signed))
	return ecdsa.Verify(key, digest[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
}

func (s *Server) checkClaims(token string) bool {
	parts := strings.Split(token, ".")
	var claims struct {
		Audience string `json:"aud"`
		Subject  string `json:"sub"`
		Expires  int64  `json:"exp"`
	}
	if len(parts) != 3 {
		return false
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(raw, &claims) != nil {
		return false
	}
	now := s.tokens.clock()
	ends := time.Unix(claims.Expires, 0)
	return claims.Audience == s.origin && ends.After(now) && ends.Before(now.Add(24*time.Hour)) &&
		(strings.HasPrefix(claims.Subject, "mailto:") && strings.Count(claims.Subject, "mailto:") == 1 || strings.HasPrefix(claims.Subject, "https://"))
}
