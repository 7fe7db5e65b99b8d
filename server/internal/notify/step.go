package notify

import (
	"lantoa/syncproto/catalogue"
)

// steps says, for each stable code of a verdict that an operator can do something about, which sentence of the catalogue
// tells what ("push_step.NAME").
var steps = map[string]string{
	"credentials":       "credentials",
	"token_source":      "credentials",
	"auth":              "credentials",
	"forbidden":         "forbidden",
	"api_disabled":      "api_disabled",
	"not_found":         "project",
	"clock":             "clock",
	"tls":               "tls",
	"token_unreachable": "network",
	"unreachable":       "network",
	"unsent":            "network",
	"timeout":           "network",
	"reset":             "network",
	"canceled":          "network",
	"quota":             "quota",
	"internal":          "wait",
	"bad_gateway":       "wait",
	"unavailable":       "wait",
	"third_party_auth":  "apns",
	"sender_mismatch":   "sender",
	"vapid_mismatch":    "vapid",
	"no_answers":        "network",
	"no_sender":         "off",
	"not_configured":    "off",
	"bad_message":       "fault",
	"bad_request":       "fault",
	"too_large":         "fault",
	"sdk":               "fault",
}

// NextStep says in words what an operator does about the code of a verdict; "" for the code of what works.
func NextStep(lang catalogue.Language, code string) string {
	if code == "" {
		return ""
	}
	name, ok := steps[code]
	if !ok {
		name = "other"
	}
	return catalogue.Text(lang, "push_step."+name, nil)
}
