package reconcile

// RunMark says of a run of text whether it stands in both of two texts.
type RunMark string

// The marks of a run.
const (
	RunSame    RunMark = "same"
	RunAdded   RunMark = "added"   // in the second text only
	RunRemoved RunMark = "removed" // in the first text only
)

// Run is a piece of text with its mark. No two runs that follow each other have the same mark.
type Run struct {
	Mark RunMark `json:"mark"`
	Text string  `json:"text"`
}

// CompareText compares two texts by syllable, as MergeText does, for somebody who reads them. Joined without what was added
// the runs are the first text, and without what was removed the second, byte for byte. Time is bounded like that of a
// merge: texts that would need more are one run removed and one added.
func CompareText(from, to string) []Run {
	in := interner{ids: make(map[string]int32)}
	o, n := in.tokens(from), in.tokens(to)
	budget := mergeBudget
	changes, ok := in.changes(o, n, &budget)
	if !ok {
		changes = []change{{f1: len(o), t1: len(n)}}
	}
	var runs []Run
	add := func(mark RunMark, tokens []int32) {
		if len(tokens) > 0 {
			runs = append(runs, Run{Mark: mark, Text: string(in.join(nil, tokens))})
		}
	}
	at := 0
	for _, c := range changes {
		add(RunSame, o[at:c.f0])
		add(RunRemoved, o[c.f0:c.f1])
		add(RunAdded, n[c.t0:c.t1])
		at = c.f1
	}
	add(RunSame, o[at:])
	return runs
}
