package fcm

import (
	"context"
	"strconv"
	"time"

	"firebase.google.com/go/v4/messaging"

	"lantoa/server/internal/push"
)

// Bare is the SDK's own call over the transport of a Sender, without what a Sender adds: the measure in benchmarks. It
// repeats by itself, as the SDK does, and it knows no installation ids. It is safe for concurrent use.
type Bare struct {
	client *messaging.Client
	tokens *tokens
	wire   *pool
	origin string
}

// NewBare returns a Bare with the transport that New would give a Sender. The caller closes it.
func NewBare(ctx context.Context, o Options) (*Bare, error) {
	account, err := readAccount(o)
	if err != nil {
		return nil, err
	}
	if o.Parallel <= 0 {
		o.Parallel = defaultParallel
	}
	wire := newPool(o)
	source := newTokens(o, account)
	client, err := newClient(ctx, o, account.Project, &auth{next: wire, tokens: source})
	if err != nil {
		source.close()
		return nil, err
	}
	return &Bare{client: client, tokens: source, wire: wire, origin: secureOrigin(o.Origin)}, nil
}

// Send gives m to the SDK in the SDK's own words and returns what it says.
func (b *Bare) Send(ctx context.Context, m *push.Message) error {
	_, err := b.client.Send(ctx, asSDK(m, b.origin, time.Now()))
	return err
}

// Close closes what New opened.
func (b *Bare) Close() error {
	b.tokens.close()
	b.wire.closeIdle()
	return nil
}

// asSDK says m in the SDK's types, the same as render says it in JSON.
func asSDK(m *push.Message, origin string, now time.Time) *messaging.Message {
	ttl := min(max(m.TTL, 0), maxTTL).Truncate(time.Second)
	out := &messaging.Message{
		Token:        m.Target.Address,
		Notification: &messaging.Notification{Title: m.Title, Body: m.Body},
		Data:         map[string]string{"n": m.ID, "k": m.Kind, "r": string(m.Record)},
	}
	platform := m.Target.Platform
	if platform == push.Android || platform == "" {
		out.Android = &messaging.AndroidConfig{
			Priority: "normal", TTL: &ttl, CollapseKey: m.Collapse,
			Notification: &messaging.AndroidNotification{Tag: m.ID, ChannelID: m.Kind, Visibility: messaging.VisibilityPrivate},
		}
		if m.Urgent {
			out.Android.Priority = "high"
		}
	}
	if platform == push.IOS || platform == "" {
		out.APNS = &messaging.APNSConfig{
			Headers: map[string]string{
				"apns-collapse-id": m.ID, "apns-expiration": strconv.FormatInt(now.Add(ttl).Unix(), 10),
				"apns-priority": "10", "apns-push-type": "alert",
			},
			Payload: &messaging.APNSPayload{Aps: &messaging.Aps{ThreadID: m.Kind, Sound: "default"}},
		}
	}
	if platform == push.Web || platform == "" {
		out.Webpush = &messaging.WebpushConfig{
			Headers:      map[string]string{"TTL": strconv.Itoa(int(ttl / time.Second)), "Urgency": "high", "Topic": m.ID},
			Notification: &messaging.WebpushNotification{Tag: m.ID},
		}
		if origin != "" {
			out.Webpush.FCMOptions = &messaging.WebpushFCMOptions{Link: origin + max(m.Link, "/")}
		}
	}
	return out
}
