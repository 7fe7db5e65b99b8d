package webpush

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// errForbidden is a connection that the guard did not let begin.
var errForbidden = errors.New("webpush: the address is not a public one")

// guard lets connections begin to public addresses alone. It looks at the address that is about to be dialled, after the
// name was resolved, so that a name that changes its mind between a check and the dial gains nothing.
type guard struct{ loopback bool }

func (g guard) dialer() *net.Dialer {
	return &net.Dialer{Timeout: 10 * time.Second, ControlContext: g.control}
}

func (g guard) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return errForbidden
	}
	ip := at.Addr().Unmap()
	if g.loopback && ip.IsLoopback() {
		return nil
	}
	if at.Port() != 443 || !public(ip) {
		return errForbidden
	}
	return nil
}

// special are the ranges of IANA's special-purpose registries (RFC 6890 and later) that netip has no word for, and
// those that carry an IPv4 address to somewhere else.
var special = func() (all []netip.Prefix) {
	for _, text := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
		"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	} {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}()

// globalV6 is all that is given out of IPv6; everything else is somebody's own.
var globalV6 = netip.MustParsePrefix("2000::/3")

// public reports whether an address is one of the open Internet.
func public(ip netip.Addr) bool {
	ip = ip.Unmap()
	if ip.Zone() != "" || !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.Is6() && !globalV6.Contains(ip) {
		return false
	}
	for _, p := range special {
		if p.Contains(ip) {
			return false
		}
	}
	return true
}
