package push

import "context"

// discard accepts everything.
type discard struct{}

func (discard) Send(context.Context, *Message) Verdict { return Verdict{Result: Accepted} }
