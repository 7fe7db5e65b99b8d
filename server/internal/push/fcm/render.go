package fcm

import (
	"net/url"
	"strconv"
	"time"
	"unicode/utf8"

	"lantoa/server/internal/push"
)

const (
	// maxWire bounds the whole request. FCM allows 4,096 bytes for what reaches the phone; names and headers that FCM
	// adds for APNs are in the rest.
	maxWire = 3800
	// maxAddress bounds a target; registration tokens have some 160 bytes and no promised length.
	maxAddress = 1024
	// maxID is what the Topic of a Web Push holds (RFC 8030 §5.4), the narrowest of the places where it goes.
	maxID = 32
	// maxTTL is the longest that FCM keeps a message: four weeks.
	maxTTL = 28 * 24 * time.Hour
)

// render returns the JSON of m for FCM's HTTP v1 API, or the verdict on a message that is not sent at all. The target's
// platform decides which options are in it; without one all are.
func render(m *push.Message, origin string, now time.Time) ([]byte, push.Verdict) {
	if verdict := check(m); verdict.Result != "" {
		return nil, verdict
	}
	// The largest part is the target; one allocation holds nearly every message.
	b := make([]byte, 0, 768+len(m.Target.Address)+len(m.Title)+len(m.Body)+len(m.Link)+len(origin))
	b = append(b, `{"message":{"`...)
	b = append(b, m.Target.Kind...)
	b = append(b, `":`...)
	b = appendText(b, m.Target.Address)
	if shown(m) {
		b = append(b, `,"notification":{"title":`...)
		b = appendText(b, m.Title)
		b = append(b, `,"body":`...)
		b = appendText(b, m.Body)
		b = append(b, '}')
	}
	b = append(b, `,"data":{"n":"`...)
	b = append(b, m.ID...)
	b = append(b, `","k":"`...)
	b = append(b, m.Kind...)
	b = append(b, `","r":"`...)
	b = append(b, m.Record...)
	b = append(b, `"}`...)
	ttl := min(max(m.TTL, 0), maxTTL).Truncate(time.Second)
	platform := m.Target.Platform
	if platform == push.Android || platform == "" {
		b = appendAndroid(b, m, ttl)
	}
	if platform == push.IOS || platform == "" {
		b = appendAPNs(b, m, ttl, now)
	}
	if platform == push.Web || platform == "" {
		b = appendWeb(b, m, ttl, origin)
	}
	b = append(b, '}')
	if m.DryRun {
		b = append(b, `,"validate_only":true`...)
	}
	b = append(b, '}')
	if len(b) > maxWire {
		return nil, push.Verdict{Result: push.Refused, Code: "too_large"}
	}
	return b, push.Verdict{}
}

// check finds what the service would refuse, and what would not be JSON.
func check(m *push.Message) push.Verdict {
	t := &m.Target
	switch {
	case t.Kind != push.Token && t.Kind != push.FID, t.Address == "", len(t.Address) > maxAddress, !utf8.ValidString(t.Address):
		return push.Verdict{Result: push.Bad, Code: "bad_target"}
	case m.ID == "", len(m.ID) > maxID, !plain(m.ID), m.Kind == "", len(m.Kind) > maxID, !plain(m.Kind),
		len(m.Collapse) > maxID, !plain(m.Collapse), m.Record != "" && !m.Record.Valid(),
		!inside(m.Link):
		return push.Verdict{Result: push.Refused, Code: "bad_message"}
	}
	return push.Verdict{}
}

// inside reports whether a link is a path on the server: "//host" and "/\host" lead browsers elsewhere.
func inside(link string) bool {
	return link == "" || link[0] == '/' && (len(link) == 1 || link[1] != '/' && link[1] != '\\')
}

// shown says whether the message has something to show; a wake-up has not.
func shown(m *push.Message) bool { return m.Title != "" || m.Body != "" }

// appendAndroid: the tag replaces what is shown already, and high priority is kept for messages that show something,
// since FCM takes it away from apps whose high-priority messages show nothing.
func appendAndroid(b []byte, m *push.Message, ttl time.Duration) []byte {
	b = append(b, `,"android":{"priority":"`...)
	if m.Urgent && shown(m) {
		b = append(b, "HIGH"...)
	} else {
		b = append(b, "NORMAL"...)
	}
	b = append(b, `","ttl":"`...)
	b = strconv.AppendInt(b, int64(ttl/time.Second), 10)
	b = append(b, `s"`...)
	if m.Collapse != "" {
		b = append(b, `,"collapse_key":"`...)
		b = append(b, m.Collapse...)
		b = append(b, '"')
	}
	if shown(m) {
		b = append(b, `,"notification":{"tag":"`...)
		b = append(b, m.ID...)
		b = append(b, `","channel_id":"`...)
		b = append(b, m.Kind...)
		b = append(b, `","visibility":"PRIVATE"}`...)
	}
	return append(b, '}')
}

// appendAPNs: Apple shows one notification for each collapse id, and drops what it could not deliver when it expires.
func appendAPNs(b []byte, m *push.Message, ttl time.Duration, now time.Time) []byte {
	b = append(b, `,"apns":{"headers":{"apns-collapse-id":"`...)
	b = append(b, m.ID...)
	b = append(b, `","apns-expiration":"`...)
	if ttl > 0 {
		b = strconv.AppendInt(b, now.Add(ttl).Unix(), 10)
	} else {
		b = append(b, '0') // tried once, at once
	}
	b = append(b, `","apns-priority":"`...)
	if !shown(m) {
		b = append(b, `5","apns-push-type":"background"},"payload":{"aps":{"content-available":1}}}`...)
		return b
	}
	if m.Urgent {
		b = append(b, "10"...)
	} else {
		b = append(b, '5')
	}
	b = append(b, `","apns-push-type":"alert"},"payload":{"aps":{"thread-id":"`...)
	b = append(b, m.Kind...)
	b = append(b, '"')
	if m.Urgent {
		b = append(b, `,"sound":"default"`...) // without it Apple shows in silence; Android's channels have their own
	}
	return append(b, "}}}"...)
}

func appendWeb(b []byte, m *push.Message, ttl time.Duration, origin string) []byte {
	b = append(b, `,"webpush":{"headers":{"TTL":"`...)
	b = strconv.AppendInt(b, int64(ttl/time.Second), 10)
	b = append(b, `","Urgency":"`...)
	switch {
	case !shown(m):
		b = append(b, "low"...)
	case m.Urgent:
		b = append(b, "high"...)
	default:
		b = append(b, "normal"...)
	}
	b = append(b, `","Topic":"`...)
	b = append(b, m.ID...)
	b = append(b, `"}`...)
	if shown(m) {
		b = append(b, `,"notification":{"tag":"`...)
		b = append(b, m.ID...)
		b = append(b, `"}`...)
		if origin != "" {
			b = append(b, `,"fcm_options":{"link":`...)
			b = appendText(b, origin+max(m.Link, "/"))
			b = append(b, '}')
		}
	}
	return append(b, '}')
}

// secureOrigin returns an https origin without its path, and "" for everything else, which FCM refuses as a link.
func secureOrigin(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return ""
	}
	return "https://" + u.Host
}

// plain reports whether text is of base64url's characters, which need no care in JSON and in headers.
func plain(text string) bool {
	for i := range len(text) {
		c := text[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// appendText appends a JSON string. What is no UTF-8 becomes U+FFFD, as encoding/json does.
func appendText(b []byte, text string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < 0x20:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			b = append(b, c)
		default:
			r, size := utf8.DecodeRuneInString(text[i:])
			b = utf8.AppendRune(b, r)
			i += size
			continue
		}
		i++
	}
	return append(b, '"')
}
