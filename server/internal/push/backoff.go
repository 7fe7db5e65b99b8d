package push

import "time"

const (
	// backoffBase and backoffCap bound the wait before a repetition. FCM asks for exponential back-off with jitter from ten
	// seconds on (firebase.google.com/docs/cloud-messaging/scale-fcm).
	backoffBase = 10 * time.Second
	backoffCap  = 10 * time.Minute
	// backoffLeast keeps full jitter from drawing an immediate repetition.
	backoffLeast = time.Second
	// patience is how long after its first attempt a delivery is given up at the latest; FCM asks to drop then.
	patience = time.Hour
	// repeats is how often a message that may have been taken is sent again. Two more see a service through a dropped
	// connection; beyond that the inbox is the better way, because each may ring a phone anew.
	repeats = 2
)

// backoff says how long a delivery waits after so many attempts: full jitter over an exponentially growing span, so that
// those that failed together do not come back together. draw lies in [0, 1).
func backoff(tries int, draw float64) time.Duration {
	span := backoffCap
	if tries < 7 { // 10 s << 6 is above the cap
		span = min(backoffBase<<max(tries-1, 0), backoffCap)
	}
	return max(time.Duration(draw*float64(span)), backoffLeast)
}

// around stretches a wait by up to a tenth, so that lanes and servers that were sent away together come back one by one.
func around(wait time.Duration, draw float64) time.Duration {
	return wait + time.Duration(draw*float64(wait)/10)
}
