package syncer

import "lantoa/syncproto"

// Notifier hears, after each commit, which scopes have something new. It must not block: it runs before the phone that
// pushed gets its answer.
type Notifier interface {
	Changed(scopes []syncproto.Scope, by syncproto.ID)
}

// NotifierFunc is a function as a Notifier.
type NotifierFunc func(scopes []syncproto.Scope, by syncproto.ID)

// Changed implements Notifier.
func (f NotifierFunc) Changed(scopes []syncproto.Scope, by syncproto.ID) { f(scopes, by) }
