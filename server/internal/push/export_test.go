package push

import "time"

// Unpace lets an engine that does not run yet send as fast as it can, for benchmarks.
func (e *Engine) Unpace() {
	for _, l := range e.order {
		l.pacer = newPacer(1e6, -1*time.Second)
	}
}
