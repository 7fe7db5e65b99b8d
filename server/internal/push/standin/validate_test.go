package standin_test

import (
	"encoding/json"
	"strings"
	"testing"

	"lantoa/server/internal/push/standin"
)

// full has every part that Lantoa sends.
const full = `{"message":{"token":"phone","notification":{"title":"Có việc gấp","body":"Mở \"ứng dụng\""},` +
	`"data":{"n":"m-1","k":"urgent","r":"0190a5c4-7c3e-7000-8000-000000000001"},` +
	`"android":{"priority":"HIGH","ttl":"3600s","collapse_key":"sync","notification":{"tag":"m-1","channel_id":"urgent","visibility":"PRIVATE"}},` +
	`"apns":{"headers":{"apns-collapse-id":"m-1","apns-expiration":"1795327200","apns-priority":"10","apns-push-type":"alert"},"payload":{"aps":{"thread-id":"urgent"}}},` +
	`"webpush":{"headers":{"TTL":"3600","Urgency":"high","Topic":"m-1"},"notification":{"tag":"m-1"},"fcm_options":{"link":"https://lantoa.example/"}}},"validate_only":true}`

func TestRightMessages(t *testing.T) {
	field, id, target, dry := standin.Validate([]byte(full))
	if field != "" || id != "m-1" || target != "phone" || !dry {
		t.Errorf("field %q, id %q, target %q, dry %v", field, id, target, dry)
	}
	for _, body := range []string{
		`{"message":{"fid":"installation"}}`,
		` { "message" : { "topic" : "news" , "data" : { } } } `,
		`{"message":{"token":"a\u00e9\"b","android":{"ttl":"0s"}},"validate_only":false}`,
		`{"message":{"token":"x","android":{"ttl":"1.5s","priority":"normal"},"apns":{"payload":{"aps":{"alert":[1,{"a":null}]}}}}}`,
	} {
		if field, _, target, _ := standin.Validate([]byte(body)); field != "" || target == "" {
			t.Errorf("%s: %q is wrong, target %q", body, field, target)
		}
	}
}

func TestWrongMessages(t *testing.T) {
	for body, want := range map[string]string{
		``:                                      "request",
		`[]`:                                    "request",
		`{"message":{"token":"x"}`:              "request",
		`{"message":{"token":"x"}}{`:            "request",
		`{"massage":{}}`:                        "massage",
		`{"message":{}}`:                        "message",
		`{"message":{"token":"x","fid":"y"}}`:   "message",
		`{"message":{"token":"x","token":"y"}}`: "message.token",
		`{"message":{"token":""}}`:              "message.token",
		`{"message":{"token":7}}`:               "message.token",
		`{"message":{"token":"x","android_v3":{}}}`:                                             "message.android_v3",
		`{"message":{"token":"x","android":{"ttl":"-1s"}}}`:                                     "message.android.ttl",
		`{"message":{"token":"x","android":{"ttl":"60"}}}`:                                      "message.android.ttl",
		`{"message":{"token":"x","android":{"ttl":"1.s"}}}`:                                     "message.android.ttl",
		`{"message":{"token":"x","android":{"ttl":"2419201s"}}}`:                                "message.android.ttl",
		`{"message":{"token":"x","android":{"ttl":60}}}`:                                        "message.android.ttl",
		`{"message":{"token":"x","android":{"priority":"urgent"}}}`:                             "message.android.priority",
		`{"message":{"token":"x","android":{"notification":{"tagg":"x"}}}}`:                     "message.android.notification.tagg",
		`{"message":{"token":"x","android":{"notification":{"visibility":"no"}}}}`:              "message.android.notification.visibility",
		`{"message":{"token":"x","data":{"from":"x"}}}`:                                         "message.data.from",
		`{"message":{"token":"x","data":{"google.a":"x"}}}`:                                     "message.data.google.a",
		`{"message":{"token":"x","data":{"gcm_x":"x"}}}`:                                        "message.data.gcm_x",
		`{"message":{"token":"x","data":{"n":1}}}`:                                              "message.data.n",
		`{"message":{"token":"x","data":{"n":"1","n":"2"}}}`:                                    "message.data.n",
		`{"message":{"token":"x","apns":{"headers":{"apns-expiration":"-5"}}}}`:                 "message.apns.headers.apns-expiration",
		`{"message":{"token":"x","apns":{"headers":{"apns-priority":"9"}}}}`:                    "message.apns.headers.apns-priority",
		`{"message":{"token":"x","webpush":{"headers":{"TTL":"-1"}}}}`:                          "message.webpush.headers.TTL",
		`{"message":{"token":"x","webpush":{"headers":{"Topic":"a b"}}}}`:                       "message.webpush.headers.Topic",
		`{"message":{"token":"x","webpush":{"headers":{"Urgency":"now"}}}}`:                     "message.webpush.headers.Urgency",
		`{"message":{"token":"x","webpush":{"fcm_options":{"link":"http://x"}}}}`:               "message.webpush.fcm_options.link",
		`{"message":{"token":"x"},"validate_only":"true"}`:                                      "validate_only",
		`{"message":{"token":"x","notification":{"body":"` + strings.Repeat("x", 4097) + `"}}}`: "message",
	} {
		if field, _, _, _ := standin.Validate([]byte(body)); field != want {
			t.Errorf("%.80s: %q is wrong, want %q", body, field, want)
		}
	}
}

// FuzzValidate: what the walker takes is JSON, and nothing makes it panic.
func FuzzValidate(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte(`{"message":{"token":"\ud800","apns":{"payload":[[[[1e9]]]]}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if field, _, _, _ := standin.Validate(body); field == "" && !json.Valid(body) {
			t.Errorf("%q was taken", body)
		}
	})
}

func BenchmarkValidate(b *testing.B) {
	body := []byte(full)
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if field, _, _, _ := standin.Validate(body); field != "" {
			b.Fatal(field)
		}
	}
}
