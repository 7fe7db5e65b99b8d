package push

import "time"

// Result is what came of one attempt. The set is closed.
type Result string

// The results. What each one asks for stands in Engine.
const (
	Accepted Result = "accepted" // the service took it; nothing says that anybody saw it
	Unsure   Result = "unsure"   // it may have been taken: a reset, a timeout, an answer that cannot be read
	Later    Result = "later"    // it was not taken and may be, later: 429, 500, 502, 503
	Gone     Result = "gone"     // the registration ended (UNREGISTERED, 404 or 410 of a push service): retire it
	Bad      Result = "bad"      // the target is no target: retire it the second time
	Mismatch Result = "mismatch" // the target belongs to another project or key: retire it, tell the operator
	Refused  Result = "refused"  // the message itself is wrong: a fault of ours; the breaker counts it
	Config   Result = "config"   // credentials, project or address are wrong: nothing was sent, nothing is lost
)

// Verdict is a Result with what the service said.
type Verdict struct {
	Result Result
	// Code is a stable lower-case name for logs, metrics and the operator: "unregistered", "quota", "auth",
	// "sender_mismatch", "third_party_auth", "no_credentials", "clock", "reset", "timeout" … It never holds what the service
	// said in words, nor a target.
	Code string
	// After is how long the service asked to be left alone (Retry-After); 0 if it did not say.
	After time.Duration
	// Lane says that Later concerns all messages of the service and not this target alone: a quota.
	Lane bool
	// Platform says that Config concerns this platform only (APNs credentials); "" for all.
	Platform Platform
}

// The codes that the engine itself knows.
const (
	// CodeQuota with Later and Lane: too many messages. The lane rests and its rate is halved.
	CodeQuota = "quota"
	// CodeUnreachable with Later and Lane: no connection to the service could be made, whoever the message was for.
	CodeUnreachable = "unreachable"
	// CodeUnsent with Later: this message did not leave the server in its time.
	CodeUnsent = "unsent"
)

// unreachable reports whether the service cannot be reached at all.
func (v Verdict) unreachable() bool { return v.Result == Later && v.Lane && v.Code == CodeUnreachable }
