package overview

import (
	"math"
	"strconv"
	"strings"
)

// Took is how long something took, in ms. Times are kept in steps of a fifth or so, from a minute to two months: the median and
// the ninetieth are right to within a tenth.
type Took struct {
	Count  int64 `json:"count"`
	Median int64 `json:"median"` // half took no longer
	Ninety int64 `json:"p90"`    // nine of ten took no longer
}

const (
	perDouble = 4        // steps until the time has doubled
	minute    = 60_000.0 // ms
	lastStep  = 17 * perDouble
)

// stepOf is the step that a time falls into: step n ends at a minute times two to the power of n/4.
func stepOf(ms int64) int {
	if ms <= minute {
		return 0
	}
	return min(int(math.Ceil(perDouble*math.Log2(float64(ms)/minute)-1e-9)), lastStep)
}

// stepEnd is where a step ends, in ms.
func stepEnd(step int) float64 { return minute * math.Exp2(float64(step)/perDouble) }

// took reads the steps that are counted under a name.
func took(counts map[string]int64, name string) Took {
	var steps [lastStep + 1]int64
	t := Took{}
	for key, n := range counts {
		rest, ok := strings.CutPrefix(key, name)
		if step, err := strconv.Atoi(rest); ok && err == nil && step >= 0 && step <= lastStep {
			steps[step] += n
			t.Count += n
		}
	}
	t.Median, t.Ninety = quantile(&steps, t.Count, 0.5), quantile(&steps, t.Count, 0.9)
	return t
}

// quantile is the time that a share of all took at most, as far as the steps tell: within one, times lie evenly.
func quantile(steps *[lastStep + 1]int64, count int64, share float64) int64 {
	if count <= 0 {
		return 0
	}
	want, below := share*float64(count), 0.0
	for step, n := range steps {
		if n <= 0 {
			continue
		}
		if below += float64(n); below < want {
			continue
		}
		start := 0.0
		if step > 0 {
			start = stepEnd(step - 1)
		}
		part := 1 - (below-want)/float64(n)
		return int64(math.Round(start + part*(stepEnd(step)-start)))
	}
	return int64(stepEnd(lastStep))
}
