package page

import (
	"bytes"
	"errors"
	"html"

	"lantoa/syncproto"
)

// Several people work at an office's computer, and one may sign in while a page of another is still open in a second
// window. So each form says for whom it was drawn, and each script, too; what comes from somebody's page is never done as
// somebody else.
const signField = "_person"

// SignHeader is how a script says it.
const SignHeader = "X-Person"

// errOther says in a log why a session is none for a request.
var errOther = errors.New("the page was drawn for somebody else")

// DrawnFor is the person for whom the page was drawn that a request comes from, "" if it does not say.
func (r *Request) DrawnFor() syncproto.ID { return r.drawnFor }

// readSign takes the sign of a request off its fields.
func (r *Request) readSign() {
	said := syncproto.ID(r.values.Get(signField))
	r.values.Del(signField)
	if said == "" {
		said = syncproto.ID(r.Header.Get(SignHeader))
	}
	if said.Valid() {
		r.drawnFor = said
	}
}

var formStart, postMethod = []byte("<form "), []byte(`method="post"`)

// sign writes into every form that is posted for whom it was drawn. Only templates write tags: what people typed is escaped.
func sign(page []byte, person string) []byte {
	field := []byte(`<input type="hidden" name="` + signField + `" value="` + html.EscapeString(person) + `">`)
	out := make([]byte, 0, len(page)+8*len(field))
	for {
		at := bytes.Index(page, formStart)
		if at < 0 {
			return append(out, page...)
		}
		end := bytes.IndexByte(page[at:], '>')
		if end < 0 {
			return append(out, page...)
		}
		end += at + 1
		out = append(out, page[:end]...)
		if bytes.Contains(page[at:end], postMethod) {
			out = append(out, field...)
		}
		page = page[end:]
	}
}
