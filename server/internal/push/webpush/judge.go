package webpush

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"lantoa/server/internal/push"
)

// maxAfter bounds what a push service may ask for; anybody can run one.
const maxAfter = 24 * time.Hour

// clockOff: a VAPID token lives for twelve hours from our now and is refused when that is past or more than a day ahead
// (RFC 8292 §2). A clock that is off by less is not the reason.
const clockOff = 11 * time.Hour

// judgeError reads what came instead of an answer.
func judgeError(q *request, err error) push.Verdict {
	var dial *net.OpError
	var refused *tls.CertificateVerificationError
	switch {
	case !q.asked:
		return push.Verdict{Result: push.Bad, Code: "bad_target"} // the library could not use the keys
	case errors.Is(err, errForbidden):
		return push.Verdict{Result: push.Bad, Code: "forbidden_address"}
	case errors.As(err, &refused):
		return push.Verdict{Result: push.Later, Code: "tls"}
	case errors.As(err, &dial) && dial.Op == "dial":
		return push.Verdict{Result: push.Later, Code: "unreachable"}
	case q.unsent():
		return push.Verdict{Result: push.Later, Code: "unsent"}
	case errors.Is(err, context.DeadlineExceeded) || os.IsTimeout(err):
		return push.Verdict{Result: push.Unsure, Code: "timeout"}
	case errors.Is(err, context.Canceled):
		return push.Verdict{Result: push.Unsure, Code: "canceled"}
	}
	return push.Verdict{Result: push.Unsure, Code: "reset"}
}

// judge reads an answer (RFC 8030 §§5, 7.3, 8.4; RFC 8292 §4.2).
func judge(resp *http.Response) push.Verdict {
	switch code := resp.StatusCode; {
	case code == http.StatusCreated || code == http.StatusOK || code == http.StatusAccepted || code == http.StatusNoContent:
		return push.Verdict{Result: push.Accepted}
	case code == http.StatusNotFound || code == http.StatusGone:
		return push.Verdict{Result: push.Gone, Code: "unregistered"}
	case code == http.StatusRequestEntityTooLarge:
		return push.Verdict{Result: push.Refused, Code: "too_large"}
	case code == http.StatusTooManyRequests:
		return push.Verdict{Result: push.Later, Code: "quota", After: retryAfter(resp.Header)}
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		// A clock that is half a day off makes every service refuse. Retiring on it would empty the table of targets.
		if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil && time.Since(date).Abs() > clockOff {
			return push.Verdict{Result: push.Later, Code: "clock"}
		}
		return push.Verdict{Result: push.Mismatch, Code: "vapid_mismatch"}
	case code == http.StatusInternalServerError || code == http.StatusBadGateway || code == http.StatusServiceUnavailable:
		return push.Verdict{Result: push.Later, Code: "http_" + strconv.Itoa(code), After: retryAfter(resp.Header)}
	case code >= 500:
		return push.Verdict{Result: push.Unsure, Code: "http_" + strconv.Itoa(code)}
	case code >= 300 && code < 400:
		return push.Verdict{Result: push.Bad, Code: "redirect"} // subscriptions do not move
	case code >= 400:
		return push.Verdict{Result: push.Bad, Code: "http_" + strconv.Itoa(code)}
	}
	return push.Verdict{Result: push.Unsure, Code: "junk"}
}

// retryAfter reads both forms of the header (RFC 9110 §10.2.3), a date from the answer's own date on.
func retryAfter(h http.Header) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(text, 10, 32); err == nil {
		return min(time.Duration(seconds)*time.Second, maxAfter)
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	from, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		from = time.Now()
	}
	return min(max(until.Sub(from), 0), maxAfter)
}
