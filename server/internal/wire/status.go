package wire

import (
	"net/http"

	"lantoa/syncproto"
)

// Status is the HTTP status of a kind of error (S-90), for the API and for pages alike.
func Status(kind syncproto.ErrorKind) int {
	switch kind {
	case syncproto.Invalid:
		return http.StatusBadRequest
	case syncproto.Unauthenticated:
		return http.StatusUnauthorized
	case syncproto.Forbidden:
		return http.StatusForbidden
	case syncproto.NotFound:
		return http.StatusNotFound
	case syncproto.Conflict:
		return http.StatusConflict
	case syncproto.Expired:
		return http.StatusGone
	case syncproto.TooLarge:
		return http.StatusRequestEntityTooLarge
	case syncproto.Exhausted:
		return http.StatusTooManyRequests
	case syncproto.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}
