package standin

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// account is the service account's name.
const account = "sender@standin.iam.gserviceaccount.com"

// tokenLife is Google's.
const tokenLife = 3599 * time.Second

// key is the service account's; making it takes longer than a short test, so a process has one.
var key = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // only without a random source
	}
	return key
})

// tokens are the access tokens that are out.
type tokens struct {
	mu      sync.RWMutex
	out     map[string]time.Time // "Bearer …" and its end
	made    int
	life    time.Duration
	skew    time.Duration
	behaves Behaviour
}

func (t *tokens) init() { t.out, t.life = make(map[string]time.Time), tokenLife }

func (t *tokens) valid(header string) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	ends, ok := t.out[header]
	return ok && time.Now().Before(ends)
}

func (t *tokens) issue() (token string, life time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.made++
	token = fmt.Sprintf("standin-%d", t.made)
	t.out["Bearer "+token] = time.Now().Add(t.life)
	return token, t.life
}

// Token gives out an access token and its end, for those who have no credentials.
func (s *Server) Token() (token string, ends time.Time) {
	token, life := s.tokens.issue()
	return token, time.Now().Add(life)
}

// Revoke ends every access token that is out.
func (s *Server) Revoke() {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	clear(s.tokens.out)
}

// SetTokenLife changes how long the tokens live that are given out from now on; an hour at first.
func (s *Server) SetTokenLife(d time.Duration) {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	s.tokens.life = d
}

// clock is the time as the token endpoint and the push service have it.
func (t *tokens) clock() time.Time {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return time.Now().Add(t.skew)
}

// SetSkew sets the clock of the token endpoint and of the push service ahead of the real one, or behind.
func (s *Server) SetSkew(d time.Duration) {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	s.tokens.skew = d
}

// TokenBehave makes the token endpoint answer in this way from now on: Unauthenticated refuses the account, the others as
// their names say.
func (s *Server) TokenBehave(as Behaviour) {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	s.tokens.behaves = as
}

// Credentials is the JSON of a service account whose token endpoint is the stand-in's.
func (s *Server) Credentials() []byte {
	der, err := x509.MarshalPKCS8PrivateKey(key())
	if err != nil {
		panic(err) // the key is ours
	}
	out, err := json.Marshal(map[string]string{
		"type": "service_account", "project_id": s.opts.Project, "private_key_id": "standin",
		"private_key":  string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		"client_email": account, "client_id": "1", "token_uri": s.origin + "/token",
	})
	if err != nil {
		panic(err) // strings alone
	}
	return out
}

// token is POST /token, the OAuth 2 exchange of a signed assertion (RFC 7523) for an access token.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	s.counters.tokens.Add(1)
	s.tokens.mu.RLock()
	as := s.tokens.behaves
	s.tokens.mu.RUnlock()
	now := s.tokens.clock()
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	w.Header().Set("Content-Type", "application/json")
	if as == Unauthenticated {
		invalidGrant(w, "Invalid grant: account not found")
		return
	}
	if as != OK {
		s.misbehave(w, r, as)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if r.ParseForm() != nil || r.PostForm.Get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
		invalidGrant(w, "Bad request")
		return
	}
	if reason := s.checkAssertion(r.PostForm.Get("assertion"), now); reason != "" {
		invalidGrant(w, reason)
		return
	}
	token, life := s.tokens.issue()
	json.NewEncoder(w).Encode(map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": int(life / time.Second)})
}

func invalidGrant(w http.ResponseWriter, reason string) {
	w.WriteHeader(http.StatusBadRequest)
	json.NewEncoder(w).Encode(map[string]string{"error": "invalid_grant", "error_description": reason})
}

// checkAssertion says why an assertion is refused, in Google's words.
func (s *Server) checkAssertion(assertion string, now time.Time) string {
	signed, mark, ok := cutLast(assertion)
	if !ok {
		return "Invalid JWT"
	}
	signature, err := base64.RawURLEncoding.DecodeString(mark)
	digest := sha256.Sum256([]byte(signed))
	if err != nil || rsa.VerifyPKCS1v15(&key().PublicKey, crypto.SHA256, digest[:], signature) != nil {
		return "Invalid JWT Signature."
	}
	var claims struct {
		Issuer   string `json:"iss"`
		Scope    string `json:"scope"`
		Audience string `json:"aud"`
		Issued   int64  `json:"iat"`
		Expires  int64  `json:"exp"`
	}
	_, middle, _ := strings.Cut(signed, ".")
	raw, err := base64.RawURLEncoding.DecodeString(middle)
	if err != nil || json.Unmarshal(raw, &claims) != nil || claims.Issuer != account || claims.Audience != s.origin+"/token" {
		return "Invalid JWT"
	}
	if !strings.Contains(claims.Scope, "https://www.googleapis.com/auth/firebase.messaging") {
		return "Invalid OAuth scope"
	}
	if claims.Issued > now.Add(time.Minute).Unix() || claims.Expires < now.Unix() || claims.Expires-claims.Issued > 3660 {
		return "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim."
	}
	return ""
}

// cutLast cuts a JWT before its signature.
func cutLast(token string) (signed, signature string, ok bool) {
	i := strings.LastIndexByte(token, '.')
	if i < 0 {
		return "", "", false
	}
	return token[:i], token[i+1:], true
}
