package fcm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
	"golang.org/x/oauth2/jwt"
)

const (
	// scope is the one right that sending needs.
	scope = "https://www.googleapis.com/auth/firebase.messaging"
	// refreshAhead is how long before its end a token is replaced; Google's live for an hour.
	refreshAhead = 5 * time.Minute
	// lastUse is how long before its end a token is trusted no more.
	lastUse = 10 * time.Second
	// fetchTime bounds one visit to the token endpoint.
	fetchTime = 10 * time.Second
	// failureKept is how long a failure stands for everybody who asks, so that four hundred sends are one visit.
	failureKept = time.Second
)

// TokenFunc fetches an access token and says when it ends. It is called by one goroutine at a time.
type TokenFunc func(ctx context.Context) (token string, ends time.Time, err error)

// account is what the options say about who sends.
type account struct {
	Type    string `json:"type"`
	Project string `json:"project_id"`
	Email   string `json:"client_email"`
}

// readAccount reads the options as far as that needs no key and no network. Its errors never quote the credentials.
func readAccount(o Options) (account, error) {
	var a account
	switch {
	case o.Credentials != nil:
		if err := json.Unmarshal(o.Credentials, &a); err != nil {
			return a, errors.New("fcm: the credentials are no JSON; download the key of the service account again")
		}
		if a.Type != "service_account" {
			return a, errors.New("fcm: the credentials are not those of a service account")
		}
	case o.Tokens == nil:
		return a, errNoCredentials
	}
	if o.Project != "" {
		a.Project = o.Project
	}
	if a.Project == "" {
		return a, errors.New("fcm: no project id, neither in the options nor in the credentials")
	}
	return a, nil
}

// bearer is an access token, ready for the wire.
type bearer struct {
	header []string
	begins time.Time
	ends   time.Time
}

// tokenError is why there is no token. Nothing was sent.
type tokenError struct {
	code string
	err  error
}

func (e *tokenError) Error() string { return fmt.Sprintf("no access token (%s)", e.code) }
func (e *tokenError) Unwrap() error { return e.err }

// tokens holds the access token of a Sender. A token that nears its end is replaced in the background while sends go on
// with the old one; only the first send, and the first after an hour of silence, waits.
type tokens struct {
	fetch TokenFunc
	visit *visit // the way to the token endpoint; nil for a TokenFunc of the caller's
	now   atomic.Pointer[bearer]

	ctx  context.Context // ends with the Sender; fetches belong to no single send
	stop context.CancelFunc
	done sync.WaitGroup

	mu     sync.Mutex
	flight *flight
	failed *tokenError
	until  time.Time // until when failed stands
}

// flight is a fetch under way.
type flight struct {
	landed chan struct{}
	bearer *bearer
	failed *tokenError
}

func newTokens(o Options, a account) *tokens {
	t := &tokens{fetch: o.Tokens}
	t.ctx, t.stop = context.WithCancel(context.Background())
	if o.Credentials != nil {
		t.visit = newVisit(o)
		conf, err := google.JWTConfigFromJSON(o.Credentials, scope)
		t.fetch = func(ctx context.Context) (string, time.Time, error) {
			if err != nil {
				return "", time.Time{}, err
			}
			return t.visit.token(ctx, conf)
		}
	}
	return t
}

// get returns the token, fetching it where there is none. A caller whose ctx ends stops waiting; the fetch goes on.
func (t *tokens) get(ctx context.Context) (*bearer, *tokenError) {
	b, at := t.now.Load(), time.Now()
	if b != nil && at.Before(b.ends.Add(-refreshAhead)) {
		return b, nil
	}
	f, failed := t.begin(at)
	if b != nil && at.Before(b.ends.Add(-lastUse)) {
		return b, nil
	}
	if failed != nil {
		return nil, failed
	}
	select {
	case <-f.landed:
		return f.bearer, f.failed
	case <-ctx.Done():
		return nil, &tokenError{code: "token_unreachable", err: ctx.Err()}
	}
}

// begin returns the fetch under way, a new one, or the failure that still stands.
func (t *tokens) begin(at time.Time) (*flight, *tokenError) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.flight != nil {
		return t.flight, nil
	}
	if t.failed != nil && at.Before(t.until) {
		return nil, t.failed
	}
	if t.ctx.Err() != nil {
		return nil, &tokenError{code: "closed", err: t.ctx.Err()}
	}
	f := &flight{landed: make(chan struct{})}
	t.flight = f
	t.done.Go(func() { t.run(f) })
	return f, nil
}

func (t *tokens) run(f *flight) {
	ctx, cancel := context.WithTimeout(t.ctx, fetchTime)
	defer cancel()
	began := time.Now()
	token, ends, err := t.fetch(ctx)
	if err == nil && token == "" {
		err = errors.New("the token endpoint gave an empty token")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.flight = nil
	if err != nil {
		f.failed = t.visit.judge(err)
		t.failed, t.until = f.failed, time.Now().Add(failureKept)
	} else {
		f.bearer = &bearer{header: []string{"Bearer " + token}, begins: began, ends: ends}
		t.failed = nil
		t.now.Store(f.bearer)
	}
	close(f.landed)
}

// distrust forgets a token that the service refused, so that the next send fetches another. One that is seconds old is
// kept: a service that refuses those refuses all of them, and asking again for each message would help nobody.
func (t *tokens) distrust(b *bearer) {
	if time.Since(b.begins) > lastUse {
		t.now.CompareAndSwap(b, nil)
	}
}

// close ends a fetch under way and waits for it.
func (t *tokens) close() {
	t.mu.Lock()
	t.stop()
	t.mu.Unlock()
	t.done.Wait()
	if t.visit != nil {
		t.visit.wire.CloseIdleConnections()
	}
}

// visit is the way to the token endpoint. It keeps what was answered, because package jwt turns errors of the network into
// text.
type visit struct {
	wire *http.Transport

	mu     sync.Mutex
	err    error
	status int
	skew   time.Duration // how far our clock is ahead of theirs, as the last answer's date tells
	dated  bool
}

func newVisit(o Options) *visit {
	return &visit{wire: newWire(Options{Roots: o.Roots}, 1)}
}

// clock says how far our clock is ahead, and 0 where nobody told.
func (v *visit) clock() time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.skew.Round(time.Second)
}

// token fetches one token with the service account's signed assertion.
func (v *visit) token(ctx context.Context, conf *jwt.Config) (string, time.Time, error) {
	v.mu.Lock()
	v.err, v.status, v.dated = nil, 0, false
	v.mu.Unlock()
	client := &http.Client{
		Transport:     visitor{v, ctx},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	token, err := conf.TokenSource(context.WithValue(ctx, oauth2.HTTPClient, client)).Token()
	if err != nil {
		return "", time.Time{}, err
	}
	return token.AccessToken, token.Expiry, nil
}

// visitor lends one fetch its context, which package jwt does not pass on.
type visitor struct {
	v   *visit
	ctx context.Context
}

func (w visitor) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := w.v.wire.RoundTrip(r.WithContext(w.ctx))
	w.v.mu.Lock()
	defer w.v.mu.Unlock()
	w.v.err = err
	if err == nil {
		w.v.status = resp.StatusCode
		if date, bad := http.ParseTime(resp.Header.Get("Date")); bad == nil {
			w.v.skew, w.v.dated = time.Since(date), true
		}
	}
	return resp, err
}
