package answers

import (
	"sync"

	"lantoa/syncproto"
)

// mostGuesses is how many wrong check-in codes of one answer are looked at in an hour. A code has four characters at least, and
// one request of a phone holds 500 answers.
const mostGuesses = 10

// guessesFor is how long wrong codes are counted together, in ms.
const guessesFor = 60 * 60 * 1000

// guesses counts wrong codes by answer, in memory: a restart gives ten more.
type guesses struct {
	mu    sync.Mutex
	since int64
	wrong map[syncproto.ID]int
}

func newGuesses() *guesses { return &guesses{wrong: map[syncproto.ID]int{}} }

// barred reports whether a code is not to be looked at any more, and counts one that was wrong. Of an answer without a code it
// counts nothing.
func (g *guesses) barred(answer syncproto.ID, hasCode, wrong bool, now int64) bool {
	if g == nil || !hasCode {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if now-g.since >= guessesFor || now < g.since {
		g.since = now
		clear(g.wrong)
	}
	if g.wrong[answer] >= mostGuesses {
		return true
	}
	if wrong {
		g.wrong[answer]++
	}
	return false
}
