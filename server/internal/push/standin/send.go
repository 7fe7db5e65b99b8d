package standin

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Nobody is a registration token that is none for any project, for dry runs.
const Nobody = "nobody"

// maxBody is more than any message has; the service's own limit is within.
const maxBody = 16 << 10

var buffers = sync.Pool{New: func() any { b := make([]byte, maxBody); return &b }}

// send is POST /v1/projects/{project}/messages:send.
func (s *Server) send(w http.ResponseWriter, r *http.Request) {
	project, ok := strings.CutPrefix(r.URL.Path, "/v1/projects/")
	if ok {
		project, ok = strings.CutSuffix(project, "/messages:send")
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	s.counters.requests.Add(1)
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	n, err := io.ReadFull(r.Body, *buffer)
	if err != io.EOF && err != io.ErrUnexpectedEOF {
		if err == nil {
			refuse(w, http.StatusRequestEntityTooLarge, "INVALID_ARGUMENT", "", "")
		}
		return
	}
	body := (*buffer)[:n]
	if n != int(r.ContentLength) {
		return // broken off: nobody took it
	}
	switch {
	case !s.tokens.valid(r.Header.Get("Authorization")):
		refuse(w, http.StatusUnauthorized, "UNAUTHENTICATED", "", "")
		return
	case project != s.opts.Project:
		refuse(w, http.StatusForbidden, "PERMISSION_DENIED", "", "")
		return
	}
	s.see(body)
	m, field := validate(body)
	if field != "" {
		s.behave.next("") // it counts all the same
		s.pause()
		refuse(w, http.StatusBadRequest, "INVALID_ARGUMENT", "", field)
		return
	}
	as, last := s.behave.next(m.target)
	if last {
		w.Header().Set("Connection", "close")
	}
	if m.target == Nobody && as == OK {
		as = BadToken
	}
	s.answer(w, r, m, as)
}

// answer behaves.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, m message, as Behaviour) {
	if ok, until, asDate := s.quota.pass(time.Now()); !ok && as == OK {
		setRetryAfter(w, until, asDate)
		s.pause()
		refuse(w, http.StatusTooManyRequests, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", "")
		return
	}
	switch {
	case m.dry:
		s.counters.dryRuns.Add(1)
	case as.taken():
		// It counts when it has arrived: a client that is killed while it waits has sent it.
		s.take(m.id, m.target)
	}
	s.pause()
	switch as {
	case OK:
		header := w.Header()
		header["Content-Type"] = jsonType
		b := make([]byte, 0, 96)
		b = append(b, `{"name":"projects/`...)
		b = append(b, s.opts.Project...)
		b = append(b, `/messages/0:`...)
		b = strconv.AppendInt(b, s.counters.accepted.Load(), 10)
		w.Write(append(b, '"', '}'))
	default:
		s.misbehave(w, r, as)
	}
}

var jsonType = []string{"application/json; charset=UTF-8"}

// misbehave answers in one of the ways that are not plain success.
func (s *Server) misbehave(w http.ResponseWriter, r *http.Request, as Behaviour) {
	switch as {
	case Unregistered:
		refuse(w, http.StatusNotFound, "NOT_FOUND", "UNREGISTERED", "")
	case BadToken:
		refuse(w, http.StatusBadRequest, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "")
	case BadTokenField:
		refuseWith(w, http.StatusBadRequest, "INVALID_ARGUMENT", fcmError("INVALID_ARGUMENT")+","+violation("message.token"))
	case BadField:
		refuse(w, http.StatusBadRequest, "INVALID_ARGUMENT", "", "message.android.ttl")
	case SenderMismatch:
		refuse(w, http.StatusForbidden, "PERMISSION_DENIED", "SENDER_ID_MISMATCH", "")
	case ThirdPartyAuth:
		refuse(w, http.StatusUnauthorized, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR", "")
	case Unauthenticated:
		refuse(w, http.StatusUnauthorized, "UNAUTHENTICATED", "", "")
	case Forbidden:
		refuse(w, http.StatusForbidden, "PERMISSION_DENIED", "", "")
	case APIDisabled:
		refuseWith(w, http.StatusForbidden, "PERMISSION_DENIED", `{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SERVICE_DISABLED","domain":"googleapis.com"}`)
	case QuotaExceeded:
		w.Header().Set("Retry-After", "2")
		refuse(w, http.StatusTooManyRequests, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", "")
	case Internal:
		refuse(w, http.StatusInternalServerError, "INTERNAL", "INTERNAL", "")
	case Unavailable, UnavailableTaken:
		w.Header().Set("Retry-After", "2")
		refuse(w, http.StatusServiceUnavailable, "UNAVAILABLE", "UNAVAILABLE", "")
	case BadGateway:
		page(w, http.StatusBadGateway)
	case GatewayTimeout:
		page(w, http.StatusGatewayTimeout)
	case BareNotFound:
		page(w, http.StatusNotFound)
	case Redirect:
		w.Header().Set("Location", s.origin+"/elsewhere")
		w.WriteHeader(http.StatusTemporaryRedirect)
	case Junk:
		page(w, http.StatusOK)
	case HalfAnswer:
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, `{"name":"projects/`)
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case ResetBefore, ResetAfter:
		panic(http.ErrAbortHandler)
	case CutBefore, CutAfter:
		cut(r)
	case Hang, HangAfter:
		s.hang(r)
	default:
		page(w, http.StatusNotImplemented)
	}
}

// refuse answers with an error of Google's form: with a messaging error code, a field violation, or no detail.
func refuse(w http.ResponseWriter, status int, name, code, field string) {
	switch {
	case code != "":
		refuseWith(w, status, name, fcmError(code))
	case field != "":
		refuseWith(w, status, name, violation(field))
	default:
		refuseWith(w, status, name, "")
	}
}

func fcmError(code string) string {
	return `{"@type":"type.googleapis.com/google.firebase.fcm.v1.FcmError","errorCode":"` + code + `"}`
}

func violation(field string) string {
	return fmt.Sprintf(`{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":%q,"description":"Invalid value."}]}`, field)
}

func refuseWith(w http.ResponseWriter, status int, name, detail string) {
	w.Header()["Content-Type"] = jsonType
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"error":{"code":%d,"message":"%s.","status":"%s","details":[%s]}}`, status, http.StatusText(status), name, detail)
}

func page(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	w.WriteHeader(status)
	io.WriteString(w, "<html><body>"+http.StatusText(status)+"</body></html>")
}

// setRetryAfter says when to come again, rounded up, since coming too early is worse.
func setRetryAfter(w http.ResponseWriter, until time.Time, asDate bool) {
	if asDate {
		w.Header().Set("Retry-After", until.Add(time.Second-1).UTC().Format(http.TimeFormat))
		return
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(max(time.Until(until).Seconds(), 1)))))
}
