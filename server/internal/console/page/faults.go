package page

import (
	"errors"

	"lantoa/server/internal/people"
	"lantoa/syncproto/catalogue"
)

// faults lists what is wrong with a table, in the order of its lines.
func (r *Request) faults(err error) []Line {
	table, ok := errors.AsType[*people.TableError](err)
	if !ok {
		return nil
	}
	var lines []Line
	for _, f := range table.Faults {
		lines = append(lines, Line{Number: f.Line, Column: f.Column, Sentence: catalogue.Sentence(r.Lang, f.Code)})
	}
	return lines
}
