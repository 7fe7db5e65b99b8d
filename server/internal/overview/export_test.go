package overview

// StepOf says into which step a time falls, for tests.
func StepOf(ms int64) int { return stepOf(ms) }

// TookOf reads steps, for tests.
func TookOf(counts map[string]int64, name string) Took { return took(counts, name) }
