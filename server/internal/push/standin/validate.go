package standin

import (
	"bytes"
	"strconv"
	"sync"
	"unicode/utf8"
)

// message is what the stand-in remembers of one.
type message struct {
	id     string // data["n"], or the tag where there is none
	target string
	dry    bool
}

// maxPayload is what FCM lets reach a phone (firebase.google.com/docs/cloud-messaging/concept-options).
const maxPayload = 4096

var walkers = sync.Pool{New: func() any { return new(walker) }}

// validate reads a request of messages:send, and names the field that is wrong.
func validate(body []byte) (m message, field string) {
	if !utf8.Valid(body) {
		return m, "request"
	}
	w := walkers.Get().(*walker)
	defer walkers.Put(w)
	*w = walker{b: body, keys: w.keys[:0]}
	field, ok := w.value(&requestSchema, nil)
	switch {
	case !ok && field == "", ok && (w.space() != 0 || w.at != len(body)):
		return m, "request"
	case !ok:
		return m, field
	case w.count.targets != 1:
		return m, "message"
	case w.count.payload > maxPayload:
		return m, "message"
	}
	return w.found, ""
}

func text(check func(text []byte) bool) *schema {
	return &schema{kind: isText, check: func(_ *walker, _, text []byte) bool { return check(text) }}
}

// texts is an object of strings.
func texts(check func(w *walker, key, text []byte) bool) *schema {
	return &schema{kind: isTexts, each: &schema{kind: isText, check: check}}
}

// counted is a text that reaches the phone.
func counted() *schema {
	return &schema{kind: isText, check: func(w *walker, _, text []byte) bool {
		w.count.payload += len(text)
		return true
	}}
}

func target() *schema {
	return &schema{kind: isText, check: func(w *walker, _, text []byte) bool {
		w.count.targets++
		w.found.target = string(text)
		return len(text) > 0
	}}
}

var (
	free   = &schema{kind: isAny}
	truth  = &schema{kind: isBool}
	anyOne = &schema{kind: isText}
	labels = &schema{kind: isObject, fields: map[string]*schema{"analytics_label": anyOne}}
	data   = texts(checkData)
	tag    = &schema{kind: isText, check: func(w *walker, _, text []byte) bool {
		if w.found.id == "" {
			w.found.id = string(text)
		}
		w.count.payload += len(text)
		return true
	}}
)

var requestSchema = schema{kind: isObject, fields: map[string]*schema{
	"validate_only": {kind: isBool, check: func(w *walker, _, text []byte) bool {
		w.found.dry = text[0] == 't'
		return true
	}},
	"message": {kind: isObject, fields: map[string]*schema{
		"token": target(), "fid": target(), "topic": target(), "condition": target(),
		"name": anyOne, "data": data, "fcm_options": labels,
		"notification": {kind: isObject, fields: map[string]*schema{"title": counted(), "body": counted(), "image": anyOne}},
		"android":      androidSchema, "apns": apnsSchema, "webpush": webpushSchema,
	}},
}}

var androidSchema = &schema{kind: isObject, fields: map[string]*schema{
	"collapse_key": anyOne, "restricted_package_name": anyOne, "direct_boot_ok": truth, "data": data, "fcm_options": labels,
	"priority": text(oneOf("HIGH", "NORMAL", "high", "normal")),
	"ttl":      text(isDuration),
	"notification": {kind: isObject, fields: map[string]*schema{
		"title": counted(), "body": counted(), "icon": anyOne, "color": anyOne, "sound": anyOne, "tag": tag, "click_action": anyOne,
		"body_loc_key": anyOne, "body_loc_args": free, "title_loc_key": anyOne, "title_loc_args": free, "channel_id": anyOne,
		"ticker": anyOne, "sticky": truth, "event_time": anyOne, "local_only": truth, "default_sound": truth,
		"default_vibrate_timings": truth, "default_light_settings": truth, "vibrate_timings": free, "light_settings": free,
		"notification_count": free, "image": anyOne, "proxy": anyOne,
		"notification_priority": text(oneOf("PRIORITY_MIN", "PRIORITY_LOW", "PRIORITY_DEFAULT", "PRIORITY_HIGH", "PRIORITY_MAX")),
		"visibility":            text(oneOf("PRIVATE", "PUBLIC", "SECRET")),
	}},
}}

var apnsSchema = &schema{kind: isObject, fields: map[string]*schema{
	"payload": free, "live_activity_token": anyOne,
	"fcm_options": {kind: isObject, fields: map[string]*schema{"analytics_label": anyOne, "image": anyOne}},
	"headers": texts(func(_ *walker, key, text []byte) bool {
		switch string(key) {
		case "apns-collapse-id":
			return len(text) > 0 && len(text) <= 64
		case "apns-expiration":
			return isDigits(text)
		case "apns-priority":
			return isPriority(text)
		case "apns-push-type":
			return isPushType(text)
		}
		return bytes.HasPrefix(key, []byte("apns-"))
	}),
}}

var webpushSchema = &schema{kind: isObject, fields: map[string]*schema{
	"data": data, "notification": free,
	"headers": texts(func(_ *walker, key, text []byte) bool {
		switch string(key) {
		case "TTL":
			return isDigits(text)
		case "Urgency":
			return isUrgency(text)
		case "Topic":
			return isTopic(text)
		}
		return false
	}),
	"fcm_options": {kind: isObject, fields: map[string]*schema{
		"analytics_label": anyOne,
		"link":            text(func(text []byte) bool { return bytes.HasPrefix(text, []byte("https://")) }),
	}},
}}

// checkData refuses the keys that FCM uses itself.
func checkData(w *walker, key, text []byte) bool {
	w.count.payload += len(key) + len(text)
	if string(key) == "n" {
		w.found.id = string(text)
	}
	return len(key) > 0 && string(key) != "from" && string(key) != "message_type" &&
		!bytes.HasPrefix(key, []byte("google")) && !bytes.HasPrefix(key, []byte("gcm"))
}

var (
	isPriority = oneOf("1", "5", "10")
	isPushType = oneOf("alert", "background")
	isUrgency  = oneOf("very-low", "low", "normal", "high")
)

func oneOf(texts ...string) func([]byte) bool {
	return func(text []byte) bool {
		for _, one := range texts {
			if string(text) == one {
				return true
			}
		}
		return false
	}
}

func isDigits(text []byte) bool {
	_, err := strconv.ParseUint(string(text), 10, 63)
	return err == nil
}

// isTopic: at most 32 characters of base64url (RFC 8030 §5.4).
func isTopic(text []byte) bool {
	if len(text) == 0 || len(text) > 32 {
		return false
	}
	for _, c := range text {
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// isDuration: seconds with at most nine decimals and an s, and at most four weeks.
func isDuration(text []byte) bool {
	number, ok := bytes.CutSuffix(text, []byte("s"))
	whole, part, dotted := bytes.Cut(number, []byte("."))
	if dotted && (len(part) == 0 || len(part) > 9 || !isDigits(part)) {
		return false
	}
	seconds, err := strconv.ParseUint(string(whole), 10, 63)
	return ok && err == nil && seconds <= 4*7*24*3600
}
