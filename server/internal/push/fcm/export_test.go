package fcm

import (
	"time"

	"lantoa/server/internal/push"
)

// AppendText is appendText, for the fuzz test.
var AppendText = appendText

// Render is the JSON of a message as it is sent at a time.
func Render(m *push.Message, origin string, now time.Time) ([]byte, push.Verdict) {
	return render(m, origin, now)
}

// AgeToken makes the token in hand as old as if it had been fetched so long ago.
func (s *Sender) AgeToken(d time.Duration) {
	if b := s.tokens.now.Load(); b != nil {
		s.tokens.now.Store(&bearer{header: b.header, begins: b.begins.Add(-d), ends: b.ends.Add(-d)})
	}
}

// ForgetFailure lets the next send visit the token endpoint though the last visit failed within the second.
func (s *Sender) ForgetFailure() {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	s.tokens.failed = nil
}
