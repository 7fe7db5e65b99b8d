package mobilesdk

import (
	"crypto/rand"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// SystemClock is the phone's own clock. Where the system does not say when it booted (iOS, some Androids), the process
// stands for the boot: a capture is then dated exactly as long as the app lives, and by the wall clock afterwards.
func SystemClock() Clock { return systemClock() }

var systemClock = sync.OnceValue(func() *machineClock {
	c := &machineClock{started: time.Now(), boot: "p-" + rand.Text()[:16]}
	raw, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return c
	}
	if uptime, ok := readUptime(); ok {
		if id := strings.TrimSpace(string(raw)); len(id) == 36 {
			c.boot, c.before, c.kernel = id, uptime, true
		}
	}
	return c
})

type machineClock struct {
	started time.Time // monotonic
	boot    string
	before  time.Duration // uptime at started
	kernel  bool
}

func (c *machineClock) Wall() time.Time { return time.Now() }
func (c *machineClock) Boot() string    { return c.boot }

// Uptime asks the kernel, whose count goes on while the phone sleeps; Go's monotonic clock may stop.
func (c *machineClock) Uptime() time.Duration {
	if c.kernel {
		if uptime, ok := readUptime(); ok {
			return uptime
		}
	}
	return c.before + time.Since(c.started)
}

func readUptime() (time.Duration, bool) {
	raw, err := os.ReadFile("/proc/uptime")
	if err != nil {
		return 0, false
	}
	first, _, _ := strings.Cut(string(raw), " ")
	seconds, err := strconv.ParseFloat(first, 64)
	return time.Duration(seconds * float64(time.Second)), err == nil
}
