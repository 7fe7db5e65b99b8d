package demo

import (
	"strconv"
	"sync/atomic"
	"time"
)

// phoneClock is a phone's clock: real uptime, and a wall clock that may be far off.
type phoneClock struct {
	off   time.Duration
	boots atomic.Int64
	since time.Time
	name  string
}

func newClock(name string, off time.Duration) *phoneClock {
	return &phoneClock{off: off, since: time.Now(), name: name}
}

func (c *phoneClock) Wall() time.Time       { return time.Now().Add(c.off) }
func (c *phoneClock) Boot() string          { return c.name + "-" + strconv.FormatInt(c.boots.Load(), 10) }
func (c *phoneClock) Uptime() time.Duration { return time.Since(c.since) }
