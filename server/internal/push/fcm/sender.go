package fcm

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"time"

	firebase "firebase.google.com/go/v4"
	"firebase.google.com/go/v4/messaging"
	"google.golang.org/api/option"

	"lantoa/server/internal/push"
)

// defaultParallel is how many sends a Sender is built for when nobody says: 2,000 a second at 150 ms, with room.
const defaultParallel = 400

// Options say whose messages a Sender sends, and how.
type Options struct {
	// Credentials is the JSON of a service account as the Firebase console gives it out. It is kept by the Sender.
	Credentials []byte
	// Tokens replaces Credentials where access tokens come from somewhere else, such as a metadata server.
	Tokens TokenFunc
	// Project is the Firebase project id; "" takes the one in Credentials.
	Project string
	// Endpoint replaces https://fcm.googleapis.com/v1, for a stand-in.
	Endpoint string
	// Roots are the authorities that a stand-in's certificate is checked against; nil for the system's.
	Roots *x509.CertPool
	// Parallel is how many sends run at once at most; 0 means 400. More of them wait for one another.
	Parallel int
	// HTTP1 makes the Sender speak HTTP/1.1, a connection for each send, for a way to Google that lets nothing else pass.
	HTTP1 bool
	// Origin is where browsers reach this server, such as https://lantoa.example. Links need https and are left out
	// without it.
	Origin string
}

// Sender sends through FCM. It is safe for concurrent use. It is a push.Sender.
type Sender struct {
	client  *messaging.Client
	tokens  *tokens
	wire    *pool
	project string
	account string
	origin  string
}

var _ push.Sender = (*Sender)(nil)

// New returns a Sender, and an error where the options cannot be read. A private key that is none, a project that is not
// the account's and a service that is out of reach are found by the first Send or by Check: a server starts without
// them. ctx is for the construction alone. The caller closes the Sender.
func New(ctx context.Context, o Options) (*Sender, error) {
	account, err := readAccount(o)
	if err != nil {
		return nil, err
	}
	if o.Parallel <= 0 {
		o.Parallel = defaultParallel
	}
	wire := newPool(o)
	source := newTokens(o, account)
	client, err := newClient(ctx, o, account.Project, &once{next: &auth{next: &splice{next: wire}, tokens: source}})
	if err != nil {
		source.close()
		return nil, err
	}
	return &Sender{
		client: client, tokens: source, wire: wire,
		project: account.Project, account: account.Email, origin: secureOrigin(o.Origin),
	}, nil
}

// newClient returns the SDK's client over the given way to the network.
func newClient(ctx context.Context, o Options, project string, way http.RoundTripper) (*messaging.Client, error) {
	client := &http.Client{
		Transport: way,
		// A redirect would be a second request, and one to nobody knows whom.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	options := []option.ClientOption{option.WithHTTPClient(client), option.WithTelemetryDisabled()}
	if o.Endpoint != "" {
		options = append(options, option.WithEndpoint(o.Endpoint))
	}
	app, err := firebase.NewApp(ctx, &firebase.Config{ProjectID: project}, options...)
	if err != nil {
		return nil, fmt.Errorf("set up Firebase: %w", err)
	}
	sender, err := app.Messaging(ctx)
	if err != nil {
		return nil, fmt.Errorf("set up Firebase messaging: %w", err)
	}
	return sender, nil
}

// placeholder satisfies the SDK's own check of a message; splice replaces it on the wire.
var placeholder = &messaging.Message{Token: "-"}

// Send sends m with exactly one request, or none where the verdict says that nothing was sent.
func (s *Sender) Send(ctx context.Context, m *push.Message) push.Verdict {
	body, verdict := render(m, s.origin, time.Now())
	if verdict.Result != "" {
		return verdict
	}
	x := &exchange{body: body}
	name, err := s.ask(ctx, x, m.DryRun)
	return judge(ctx, x, name, err, m.Target.Platform)
}

// ask lets the SDK carry one exchange and returns what the SDK says.
func (s *Sender) ask(ctx context.Context, x *exchange, dry bool) (name string, err error) {
	ctx = context.WithValue(ctx, exchangeKey{}, x)
	if dry {
		return s.client.SendDryRun(ctx, placeholder)
	}
	return s.client.Send(ctx, placeholder)
}

// Close ends the refreshing of tokens and closes idle connections. Sends that are still under way end by their own
// contexts; none may begin.
func (s *Sender) Close() error {
	s.tokens.close()
	s.wire.closeIdle()
	return nil
}

var errNoCredentials = errors.New("fcm: neither credentials nor a source of tokens")
