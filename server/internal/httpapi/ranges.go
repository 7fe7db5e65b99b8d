package httpapi

import (
	"fmt"
	"math"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// part is a stretch of a file's bytes.
type part struct {
	first, length int64
	size          int64 // of the file
	some          bool  // it was asked for, also if it is all
}

func wholeOf(size int64) part { return part{length: size, size: size} }

// String is the Content-Range of the part.
func (p part) String() string {
	return fmt.Sprintf("bytes %d-%d/%d", p.first, p.first+p.length-1, p.size)
}

// unsatisfied is the Content-Range of an answer to a part that no byte lies in.
func (p part) unsatisfied() string { return fmt.Sprintf("bytes */%d", p.size) }

// rangesAsked returns what follows "bytes=", and "" if the request has no Range, several, or one of another unit: those
// a server passes over (RFC 9110, 14.2).
func rangesAsked(c *fiber.Ctx) string {
	lines := c.Context().Request.Header.PeekAll(fiber.HeaderRange)
	if len(lines) != 1 {
		return ""
	}
	unit, set, ok := strings.Cut(string(lines[0]), "=")
	if !ok || !strings.EqualFold(strings.Trim(unit, " \t"), "bytes") {
		return ""
	}
	return set
}

// rangeHolds reports whether a Range is meant for the present content: without an If-Range, or with one that has its
// tag. A date never has, since files have no date here, and a weak tag names no bytes (RFC 9110, 13.1.5).
func rangeHolds(c *fiber.Ctx, tag string) bool {
	condition := c.Get(fiber.HeaderIfRange)
	return condition == "" || condition == tag
}

// partOf reads a set of ranges (RFC 9110, 14.1.2). What is malformed, and a set of several, is passed over: the part is
// then the whole file. It is not satisfiable if no byte lies in it.
func partOf(set string, size int64) (p part, satisfiable bool) {
	whole, spec := wholeOf(size), ""
	for item := range strings.SplitSeq(set, ",") {
		item = strings.Trim(item, " \t")
		if item == "" {
			continue
		}
		if spec != "" {
			return whole, true
		}
		spec = item
	}
	from, to, ok := strings.Cut(spec, "-")
	first, hasFirst := decimal(from)
	last, hasLast := decimal(to)
	switch {
	case !ok || from != "" && !hasFirst || to != "" && !hasLast || !hasFirst && !hasLast || hasFirst && hasLast && last < first:
		return whole, true
	case !hasFirst: // the last so many bytes
		first, last = max(size-last, 0), size-1
	case !hasLast:
		last = size - 1
	}
	last = min(last, size-1)
	if first > last {
		return whole, false
	}
	return part{first: first, length: last - first + 1, size: size, some: true}, true
}

// decimal reads digits and nothing else. A number too large for any file is as good as the largest.
func decimal(text string) (n int64, ok bool) {
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return 0, false
		}
		if n > (math.MaxInt64-9)/10 {
			n = math.MaxInt64 / 10 // saturated: more digits only keep it there
			continue
		}
		n = n*10 + int64(c-'0')
	}
	return n, text != ""
}

// conditions returns the status with which the conditions of a request end it, in their order (RFC 9110, 13.2.2), and 0
// if they let it go on. Those with dates are passed over, since files have none here.
func conditions(c *fiber.Ctx, tag string) int {
	switch {
	case c.Context().Request.Header.Peek(fiber.HeaderIfMatch) != nil && !tagIn(c, fiber.HeaderIfMatch, tag, ""):
		return fiber.StatusPreconditionFailed
	case tagIn(c, fiber.HeaderIfNoneMatch, tag, "W/"):
		return fiber.StatusNotModified
	}
	return 0
}

// tagIn reports whether a list of entity tags names a tag. What comes before a weak tag is cut off if the comparison is
// the weak one (RFC 9110, 8.8.3.2).
func tagIn(c *fiber.Ctx, header, tag, weak string) bool {
	for _, line := range c.Context().Request.Header.PeekAll(header) {
		for item := range strings.SplitSeq(string(line), ",") {
			item = strings.Trim(item, " \t")
			if item == "*" || strings.TrimPrefix(item, weak) == tag {
				return true
			}
		}
	}
	return false
}
