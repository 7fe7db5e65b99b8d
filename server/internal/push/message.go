package push

import (
	"context"
	"time"

	"lantoa/syncproto"
)

// Service names a way to a device. The set is closed; package storage keeps it as text.
type Service string

// The services.
const (
	FCM     Service = "fcm"     // Firebase Cloud Messaging: Android, iOS and browsers with Google's services
	WebPush Service = "webpush" // RFC 8030: browsers and UnifiedPush distributors without them
)

// TargetKind says what a target is.
type TargetKind string

// The kinds of targets.
const (
	Token    TargetKind = "token"    // an FCM registration token
	FID      TargetKind = "fid"      // a Firebase installation id
	Endpoint TargetKind = "endpoint" // a Web Push subscription's URL, with keys
)

// Platform is what the target runs on; it decides which options a message carries.
type Platform string

// The platforms.
const (
	Android Platform = "android"
	IOS     Platform = "ios"
	Web     Platform = "web"
)

// Target is where a message goes. All of it is secret: it is never logged, measured or shown.
type Target struct {
	Service  Service
	Kind     TargetKind
	Platform Platform
	Address  string // the token, the installation id or the URL
	P256DH   string // of a Web Push subscription, base64url without padding (RFC 8291)
	Auth     string
}

// Message is one notice to one target. It holds nothing about anybody (design §7).
type Message struct {
	Target Target
	// ID is the same for every attempt and every device of a person: it becomes the Android tag, the APNs collapse id, and
	// the web tag and Topic, so that a duplicate replaces what is shown. At most 32 characters of base64url.
	ID string
	// Collapse is the FCM collapse key; "" for none. Only wake-ups have one.
	Collapse string
	Kind     string        // of the notice: "urgent", "call", "returned" …; the Android channel too
	Record   syncproto.ID  // what opens; "" for the inbox
	Title    string        // from the catalogue, in the language of the target; the same for everybody
	Body     string        // likewise
	Link     string        // a path on the server for browsers, from "/"; "" for "/"
	TTL      time.Duration // how long the service may keep it; it says 0 rather than a time that has passed
	Urgent   bool          // wakes the phone at once
	DryRun   bool          // validated by the service, shown to nobody
}

// Sender sends one message with exactly one request and says what came of it. It is safe for concurrent use. It waits at
// most until ctx ends, which makes an open answer Unsure; it never sends again by itself.
type Sender interface {
	Send(ctx context.Context, m *Message) Verdict
}
