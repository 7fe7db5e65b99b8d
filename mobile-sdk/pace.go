package mobilesdk

import (
	"sync"
	"time"

	"lantoa/syncproto"
)

// The sizes that a round begins with. A batch of 48 KiB is a minute of 2G at its worst; larger ones would be lost whole
// when such a link breaks. Nothing is known of the link at first, so the page that holds what a person needs first, their
// rights, own records and calls, is a small one.
const (
	firstBudget = syncproto.MinPageBytes
	batchBytes  = 48 << 10
	leastBatch  = 4 << 10
	// pageSeconds is how long a page may take to arrive: long enough to use a link, short enough to lose.
	pageSeconds = 4
	// slowest is the link, in bytes a second, on which a request must still be able to end.
	slowest = 1 << 10
)

// pace fits the sizes of requests to the link, by what the last ones achieved.
type pace struct {
	mu     sync.Mutex
	budget int // bytes of pages, compressed
	batch  int // bytes of mutations, uncompressed
	most   int // mutations
}

func (p *pace) reset() { p.budget, p.batch, p.most = firstBudget, batchBytes, syncproto.MaxBatch }

func (p *pace) ask() (budget, batch, most int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.budget, p.batch, p.most
}

// worked learns from an answer: what came down in how long. Small answers say nothing about the link.
func (p *pace) worked(received int64, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.batch, p.most = min(p.batch*2, batchBytes), syncproto.MaxBatch
	if received < 1<<10 || took <= 0 {
		return
	}
	could := int(float64(received) / took.Seconds() * pageSeconds)
	could = min(max(could, p.budget/2), p.budget*2)
	p.budget = min(max(could, syncproto.MinPageBytes), syncproto.MaxPageBytes)
}

// broke makes the next request smaller after one that got no answer.
func (p *pace) broke() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.budget = max(p.budget/2, syncproto.MinPageBytes)
	p.batch = max(p.batch/2, leastBatch)
}

// refused halves the batch after the server took offence at a request as a whole, to find what offends it.
func (p *pace) refused(sent int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.most = max(sent/2, 1)
}

// timeout is how long a request may take: a base for the round trip, and what its bytes need on the slowest link.
func timeout(up, down int) time.Duration {
	return 20*time.Second + time.Duration(up+down)*time.Second/slowest
}
