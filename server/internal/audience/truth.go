package audience

// truth is a value of Kleene's logic.
type truth int8

const (
	no      truth = -1
	unknown truth = 0
	yes     truth = 1
)

func truthOf(ok bool) truth {
	if ok {
		return yes
	}
	return no
}
