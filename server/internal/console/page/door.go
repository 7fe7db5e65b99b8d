package page

import (
	"context"
	"io"

	"lantoa/server/internal/staff"
)

// Door is how a browser comes in: what its request tells of who makes it, and its cookies. The edge that knows the
// connection gives one to each request.
type Door interface {
	// Token is the token of the session that the browser carries, "" for none.
	Token() string
	// Visit is what staff.Service is told of a visitor, in copies.
	Visit() *staff.Visit
	// Remember gives the browser the session that somebody was let in with.
	Remember(*staff.Entry)
	// Forget takes it back.
	Forget()
	// Foreign is the error of a request that another site made the browser send.
	Foreign() error
	// Secure reports whether cookies are for TLS only.
	Secure() bool
}

// Streamer is a Door that sends a long body piece by piece after its page has returned, and breaks the connection off where
// writing fails: a download that was cut must not look like a whole one. ctx ends when the browser is gone.
type Streamer interface {
	Stream(write func(ctx context.Context, w io.Writer) error)
}

type doorKey struct{}

// WithDoor puts a door into the context of a request.
func WithDoor(ctx context.Context, d Door) context.Context {
	return context.WithValue(ctx, doorKey{}, d)
}

func doorOf(ctx context.Context) Door {
	d, _ := ctx.Value(doorKey{}).(Door)
	return d
}
