package fcm

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"firebase.google.com/go/v4/errorutils"
	"firebase.google.com/go/v4/messaging"
	"golang.org/x/oauth2"

	"lantoa/server/internal/push"
)

// maxAfter bounds what a service may ask for: nobody is left alone for longer than a day by one header.
const maxAfter = 24 * time.Hour

// clockOff is from when on a clock that is ahead or behind is named as the reason for a refused assertion. Google allows
// some minutes.
const clockOff = 2 * time.Minute

// judge says what came of one exchange. err is the SDK's own, as it was returned.
func judge(ctx context.Context, x *exchange, name string, err error, platform push.Platform) push.Verdict {
	switch {
	case x.token != nil:
		if x.token.code == "closed" || ctx.Err() != nil {
			return push.Verdict{Result: push.Later, Code: "unsent"}
		}
		return push.Verdict{Result: push.Config, Code: x.token.code}
	case x.err != nil:
		return judgeTransport(x)
	case x.status == 0:
		return push.Verdict{Result: push.Refused, Code: "sdk"} // the SDK did not ask: a fault of ours
	case x.broken != nil:
		return push.Verdict{Result: push.Unsure, Code: "cut_answer"}
	case x.status == http.StatusOK && err == nil && name != "":
		return push.Verdict{Result: push.Accepted}
	case x.status < 300:
		return push.Verdict{Result: push.Unsure, Code: "junk"}
	}
	v := judgeStatus(x, err, platform)
	if v.Result == push.Later || v.Result == push.Unsure {
		v.After = retryAfter(x.header)
	}
	return v
}

// judgeTransport tells a message that never left from one that may have arrived.
func judgeTransport(x *exchange) push.Verdict {
	var dial *net.OpError
	switch {
	case untrusted(x.err) != "":
		return push.Verdict{Result: push.Config, Code: untrusted(x.err)}
	case errors.As(x.err, &dial) && dial.Op == "dial":
		return push.Verdict{Result: push.Later, Code: "unreachable", Lane: true}
	case x.unsent():
		return push.Verdict{Result: push.Later, Code: "unsent"}
	case errors.Is(x.err, context.DeadlineExceeded) || os.IsTimeout(x.err):
		return push.Verdict{Result: push.Unsure, Code: "timeout"}
	case errors.Is(x.err, context.Canceled):
		return push.Verdict{Result: push.Unsure, Code: "canceled"}
	}
	return push.Verdict{Result: push.Unsure, Code: "reset"}
}

// untrusted names a certificate that was refused: "clock" where it is not yet or no longer valid, which a wrong clock
// explains more often than Google's does; "" for other errors.
func untrusted(err error) string {
	var invalid x509.CertificateInvalidError
	var refused *tls.CertificateVerificationError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "clock"
	case errors.As(err, &refused):
		return "tls"
	}
	return ""
}

// judgeStatus reads the status and the details of a refusal.
func judgeStatus(x *exchange, err error, platform push.Platform) push.Verdict {
	switch x.status {
	case http.StatusBadRequest:
		return judgeBad(err)
	case http.StatusUnauthorized, http.StatusForbidden:
		return judgeForbidden(x.status, err, platform)
	case http.StatusNotFound:
		if messaging.IsUnregistered(err) {
			return push.Verdict{Result: push.Gone, Code: "unregistered"}
		}
		// A page that says nothing of the registration comes from a wrong address or project. Retiring on it would
		// empty the table of targets.
		return push.Verdict{Result: push.Config, Code: "not_found"}
	case http.StatusRequestEntityTooLarge:
		return push.Verdict{Result: push.Refused, Code: "too_large"}
	case http.StatusTooManyRequests:
		return push.Verdict{Result: push.Later, Code: "quota", Lane: true}
	case http.StatusInternalServerError:
		return push.Verdict{Result: push.Later, Code: "internal"}
	case http.StatusBadGateway:
		return push.Verdict{Result: push.Later, Code: "bad_gateway"}
	case http.StatusServiceUnavailable:
		// FCM has answered 503 for messages that it delivered (firebase-admin-node 1248).
		return push.Verdict{Result: push.Unsure, Code: "unavailable"}
	}
	if x.status >= 500 {
		return push.Verdict{Result: push.Unsure, Code: "http_" + strconv.Itoa(x.status)}
	}
	return push.Verdict{Result: push.Config, Code: "http_" + strconv.Itoa(x.status)}
}

// refusal is the part of an answer that the SDK does not read.
type refusal struct {
	Error struct {
		Details []struct {
			Type       string `json:"@type"`
			Reason     string `json:"reason"` // of an ErrorInfo
			Violations []struct {
				Field string `json:"field"`
			} `json:"fieldViolations"`
		} `json:"details"`
	} `json:"error"`
}

func readRefusal(err error) (r refusal) {
	if resp := errorutils.HTTPResponse(err); resp != nil {
		if body, bad := io.ReadAll(resp.Body); bad == nil {
			json.Unmarshal(body, &r) // a page that is no JSON has no details
		}
	}
	return r
}

// judgeBad tells a target that is none from a message that is wrong. Answers for a broken token name no field, or the
// token's alone.
func judgeBad(err error) push.Verdict {
	target := messaging.IsInvalidArgument(err)
	for _, d := range readRefusal(err).Error.Details {
		for _, v := range d.Violations {
			if v.Field != "message.token" && v.Field != "message.fid" {
				return push.Verdict{Result: push.Refused, Code: "bad_message"}
			}
			target = true
		}
	}
	if target {
		return push.Verdict{Result: push.Bad, Code: "bad_target"}
	}
	return push.Verdict{Result: push.Refused, Code: "bad_request"}
}

func judgeForbidden(status int, err error, platform push.Platform) push.Verdict {
	switch {
	case messaging.IsSenderIDMismatch(err):
		return push.Verdict{Result: push.Mismatch, Code: "sender_mismatch"}
	case messaging.IsThirdPartyAuthError(err):
		if platform != push.Web {
			platform = push.IOS // the third party of a browser is its push service, of everybody else APNs
		}
		return push.Verdict{Result: push.Config, Code: "third_party_auth", Platform: platform}
	case status == http.StatusUnauthorized:
		return push.Verdict{Result: push.Config, Code: "auth"}
	}
	for _, d := range readRefusal(err).Error.Details {
		if d.Reason == "SERVICE_DISABLED" {
			return push.Verdict{Result: push.Config, Code: "api_disabled"}
		}
	}
	return push.Verdict{Result: push.Config, Code: "forbidden"}
}

// retryAfter reads both forms of the header (RFC 9110 §10.2.3). A date is counted from the answer's own date, so that our
// clock does not matter.
func retryAfter(h http.Header) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return 0
	}
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

// judge says why a fetch of a token failed. v is nil where the caller's own function fetched.
func (v *visit) judge(err error) *tokenError {
	if v == nil {
		return &tokenError{code: "token_source", err: err}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	var refused *oauth2.RetrieveError
	code := "credentials" // nothing was asked: the key cannot be read or cannot sign
	switch {
	case v.err != nil && untrusted(v.err) != "":
		code = untrusted(v.err)
	case v.err != nil:
		code = "token_unreachable"
	case errors.As(err, &refused) && v.status != http.StatusBadRequest && v.status != http.StatusUnauthorized && v.status != http.StatusForbidden:
		code = "token_unreachable"
	case errors.As(err, &refused) && v.dated && v.skew.Abs() > clockOff:
		code = "clock"
	case errors.As(err, &refused):
	case v.status != 0:
		code = "token_unreachable" // an answer that cannot be read: a proxy's page
	}
	return &tokenError{code: code, err: err}
}
