package httpapi

import (
	"net/netip"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"lantoa/storage"
	"lantoa/syncproto"
)

// device returns the device whose token the request carries, if its access has not ended.
func (a *API) device(c *fiber.Ctx) (*storage.Device, error) {
	device, err := a.bringer(c)
	if err == nil && device.Revoked != 0 {
		return nil, syncproto.E(syncproto.CodeTokenRevoked, "authenticate", nil)
	}
	return device, err
}

// bringer is device for what a device may still do for a while after its access ended: bring what it holds (S-188). A good
// token always passes; an address that keeps sending bad ones is told to wait, so that a phone behind the same gateway
// never suffers for its neighbour.
func (a *API) bringer(c *fiber.Ctx) (*storage.Device, error) {
	ctx, cancel := a.work()
	defer cancel()
	device, err := a.cfg.Sync.Authenticate(ctx, bearer(c))
	if err == nil || syncproto.KindOf(err) != syncproto.Unauthenticated {
		return device, err
	}
	from := a.remote(c)
	if wait := a.tokens.Wait(from); wait > 0 {
		return nil, tooFast(wait)
	}
	a.tokens.Failed(from)
	return nil, err
}

// bearer returns the token of the Authorization header, as a copy: the header's memory is reused.
func bearer(c *fiber.Ctx) string {
	scheme, token, _ := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
	if !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return strings.Clone(strings.TrimSpace(token))
}

// remote returns the address that a request comes from. X-Forwarded-For is read from its right end, one step for each
// trusted proxy; what a client writes into it itself is further left.
func (a *API) remote(c *fiber.Ctx) netip.Addr {
	addr, _ := netip.ParseAddrPort(c.Context().RemoteAddr().String())
	at := addr.Addr().Unmap()
	hops := strings.Split(c.Get(fiber.HeaderXForwardedFor), ",")
	for i := len(hops) - 1; i >= 0 && a.trusts(at); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		at = hop.Unmap()
	}
	return at
}

func (a *API) trusts(at netip.Addr) bool {
	for _, p := range a.cfg.Trusted {
		if p.Contains(at) {
			return true
		}
	}
	return false
}

// waitError is rate_limited with the time to wait.
type waitError struct {
	error
	wait time.Duration
}

func (e waitError) Unwrap() error { return e.error }

func tooFast(wait time.Duration) error {
	return waitError{error: syncproto.E(syncproto.CodeRateLimited, "limit attempts", nil), wait: wait}
}
