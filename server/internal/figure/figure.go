// Package figure shows how many people there are of something without showing who: small groups are not told apart (Law
// 91/2025/QH15 counts what can be traced to one person as theirs).
package figure

import (
	"encoding/json"
	"strconv"

	"lantoa/syncproto"
)

// Least is the smallest group of which the number is told.
const Least = 5

// Figure is a number of people as it is shown. In JSON it is the number, "<5" for one from 1 to 4, or null for one that is kept
// back, because it would tell another that is.
type Figure struct {
	N    int64 // what it is; nobody is shown it if it is not Told
	Kind Kind
}

// Kind says how a figure is shown.
type Kind int8

// The kinds.
const (
	Told  Kind = iota // the number
	Few               // from 1 to 4
	Quiet             // kept back
)

// Of returns the figure of a number that nothing else tells.
func Of(n int64) Figure {
	if n > 0 && n < Least {
		return Figure{n, Few}
	}
	return Figure{N: n}
}

// Exact returns a number as it is, where who it counts is no secret.
func Exact(n int64) Figure { return Figure{N: n} }

// None is a figure that is kept back.
func None() Figure { return Figure{Kind: Quiet} }

// String is how the figure stands in a table.
func (f Figure) String() string {
	switch f.Kind {
	case Told:
		return strconv.FormatInt(f.N, 10)
	case Few:
		return "<" + strconv.Itoa(Least)
	}
	return "…"
}

// MarshalJSON implements json.Marshaler.
func (f Figure) MarshalJSON() ([]byte, error) {
	switch f.Kind {
	case Told:
		return strconv.AppendInt(nil, f.N, 10), nil
	case Few:
		return json.Marshal(f.String())
	}
	return []byte("null"), nil
}

// UnmarshalJSON implements json.Unmarshaler. Of what is not told N is 0.
func (f *Figure) UnmarshalJSON(b []byte) error {
	switch text := string(b); text {
	case "null":
		*f = None()
		return nil
	case `"<5"`, `"\u003c5"`:
		*f = Figure{Kind: Few}
		return nil
	default:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return syncproto.E(syncproto.CodeWrongType, "read figure", err)
		}
		*f = Figure{N: n}
		return nil
	}
}
