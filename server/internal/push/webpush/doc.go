// Package webpush sends messages to browsers and UnifiedPush distributors by Web Push: RFC 8030 for the way, RFC 8291 for
// the encryption and RFC 8292 (VAPID) for who sends.
//
// An endpoint is a URL that a client named, so this package is what a hostile client would use to reach into the
// operator's network. It speaks to public addresses alone, checked after a name was resolved and on the connection that
// is then used; https on port 443; no redirects; no proxy, which would resolve names for itself; answers are read for a
// few hundred bytes. And since anybody can run a push service, no answer closes the way for others: a refusal concerns its
// target and is never push.Config.
package webpush
