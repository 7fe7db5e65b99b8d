package webpush

import (
	"context"
	"net/netip"
)

// Public reports whether the guard takes an address for one of the open Internet.
func Public(text string) bool { return public(netip.MustParseAddr(text)) }

// Dial reports what the guard says of a connection that is about to begin.
func Dial(address string) error {
	return guard{}.control(context.Background(), "tcp", address, nil)
}

// ErrForbidden is what it says of those that must not.
var ErrForbidden = errForbidden
