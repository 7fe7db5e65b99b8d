package loadtest

import (
	"bytes"
	"fmt"
	"strconv"

	"lantoa/syncproto"
)

// answer is what the generator reads of a sync response.
type answer struct {
	cursor   string // "" if it did not change
	accepted int64
	more     bool
	outcomes int
	applied  int
	changes  int
	pushCode syncproto.Code
}

var (
	pagesKey    = []byte(`"pages":[`)
	idKey       = []byte(`"id":"`)
	numberKey   = []byte(`"n":`)
	appliedText = []byte(`"result":"applied"`)
	moreText    = []byte(`"more":true`)
)

// skim reads a response by looking for what it needs, in a tenth of the time of the decoder, which would make the
// generator and not the server what is measured. It may trust the canonical form: members come in byte order, and a
// quote inside text is always escaped, so none of these patterns occurs in what people wrote.
func skim(body []byte) (a answer, err error) {
	head, pages, _ := bytes.Cut(body, pagesKey)
	if a.accepted, err = numberAfter(head, `"accepted":`); err != nil {
		return a, err
	}
	a.cursor = textAfter(head, `"cursor":"`)
	a.more = bytes.Contains(head, moreText)
	a.outcomes = bytes.Count(head, numberKey)
	a.applied = bytes.Count(head, appliedText)
	a.changes = bytes.Count(pages, idKey)
	tail := body[max(0, len(body)-200):]
	a.pushCode = syncproto.Code(textAfter(tail, `"push_code":"`))
	return a, nil
}

// decode reads a response with the strict decoder.
func decode(body []byte) (a answer, err error) {
	r, err := syncproto.DecodeSyncResponse(body)
	if err != nil {
		return a, err
	}
	a = answer{cursor: r.Cursor, accepted: r.Accepted, more: r.More, outcomes: len(r.Outcomes), pushCode: r.PushCode}
	for _, o := range r.Outcomes {
		if o.Result == syncproto.Applied {
			a.applied++
		}
	}
	for i := range r.Pages {
		a.changes += len(r.Pages[i].Changes)
	}
	return a, nil
}

// read skims a response and, if whole is set, holds the result against the decoder's.
func read(body []byte, whole bool) (answer, error) {
	quick, err := skim(body)
	if err != nil || !whole {
		return quick, err
	}
	strict, err := decode(body)
	if err == nil && strict != quick {
		err = fmt.Errorf("read answer: skimmed %+v, decoded %+v", quick, strict)
	}
	return strict, err
}

func textAfter(body []byte, key string) string {
	_, rest, _ := bytes.Cut(body, []byte(key))
	text, _, _ := bytes.Cut(rest, []byte{'"'})
	return string(text)
}

func numberAfter(body []byte, key string) (int64, error) {
	_, rest, found := bytes.Cut(body, []byte(key))
	if !found {
		return 0, nil // a zero is not written
	}
	end := 0
	for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	return strconv.ParseInt(string(rest[:end]), 10, 64)
}
