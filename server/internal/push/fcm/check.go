package fcm

import (
	"context"
	"time"

	"lantoa/server/internal/push"
)

// Check is what an operator is told about the way to FCM.
type Check struct {
	Project      string
	Account      string        // the service account's address; "" where tokens come from a TokenFunc
	TokenExpires time.Time     // zero where no token was given
	Clock        time.Duration // how far our clock is ahead of Google's; within a second, and 0 where nobody told
	Protocol     string        // "HTTP/2.0" is right; anything else makes sends slow
	// Works says that a message would be taken: the dry run came back with a word about its target alone.
	Works bool
	// Verdict is what came of the dry run; its Code names what is wrong where Works is false.
	Verdict push.Verdict
}

// nobody is a target that the service refuses as soon as it trusts who asks.
const nobody = "nobody"

// Check fetches a token and sends a dry run to a target that is none. It reaches no phone. It ends with ctx.
func (s *Sender) Check(ctx context.Context) Check {
	c := Check{Project: s.project, Account: s.account}
	m := &push.Message{
		Target: push.Target{Service: push.FCM, Kind: push.Token, Platform: push.Android, Address: nobody},
		ID:     "check", Kind: "check", DryRun: true,
	}
	body, verdict := render(m, s.origin, time.Now())
	if verdict.Result != "" {
		c.Verdict = verdict
		return c
	}
	x := &exchange{body: body}
	name, err := s.ask(ctx, x, true)
	c.Verdict = judge(ctx, x, name, err, "")
	c.Protocol = x.proto
	if b := s.tokens.now.Load(); b != nil {
		c.TokenExpires = b.ends
	}
	if v := s.tokens.visit; v != nil {
		c.Clock = v.clock()
	}
	switch c.Verdict.Result {
	case push.Accepted, push.Bad, push.Gone:
		c.Works = true
	}
	return c
}
