package walk_test

import "slices"

// screens are all screens of the console: each page at least once, and the states of it that look different.
func screens(w *town) []screen {
	return slices.Concat(w.frameScreens())
}

func (w *town) frameScreens() []screen {
	return []screen{
		{name: "frame/missing", path: "/console/no-such-page", who: w.Editor, fault: "answer 404"},
	}
}
