package page

import (
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"lantoa/syncproto"
)

// Input is what somebody sent: the fields of a form and the parameters of the address, the form first. Texts are in NFC,
// their lines end in "\n", and white space around them is gone. The first field that is wrong is the error of all (Err).
type Input struct {
	values url.Values
	files  map[string][]byte
	err    error
}

// Err is invalid_value for the first field that could not be read, with its name as detail.
func (in *Input) Err() error { return in.err }

// Wrong says that a field cannot be read.
func (in *Input) Wrong(name string) {
	if in.err == nil {
		in.err = &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: "read form", Detail: name}
	}
}

// Text is the first value of a field, "" for none.
func (in *Input) Text(name string) string { return clean(in.values.Get(name)) }

// Raw is the first value of a field as it came: for passwords and codes.
func (in *Input) Raw(name string) string { return in.values.Get(name) }

// Sent reports whether a field was sent at all. A box that is not ticked is not.
func (in *Input) Sent(name string) bool { return in.values.Has(name) }

// Texts are all values of a field that are not empty.
func (in *Input) Texts(name string) []string {
	var out []string
	for _, v := range in.values[name] {
		if v = clean(v); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// ID reads an id; "" for a field that is empty or not there.
func (in *Input) ID(name string) syncproto.ID {
	id := syncproto.ID(in.Text(name))
	if id != "" && !id.Valid() {
		in.Wrong(name)
		return ""
	}
	return id
}

// IDs reads all values of a field as ids, each once.
func (in *Input) IDs(name string) []syncproto.ID {
	var out []syncproto.ID
	for _, v := range in.Texts(name) {
		id := syncproto.ID(v)
		if !id.Valid() {
			in.Wrong(name)
			return nil
		}
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// Number reads an integer from 0 on, with or without the points and spaces between thousands; 0 for an empty field.
func (in *Input) Number(name string) int64 {
	text := strings.NewReplacer(".", "", " ", "", "\u00a0", "").Replace(in.Text(name))
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > syncproto.MaxInteger {
		in.Wrong(name)
		return 0
	}
	return n
}

// layouts are how browsers write dates and times, and how people do in a field without one.
var layouts = []string{
	"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02",
	"15:04 02/01/2006", "02/01/2006 15:04", "02/01/2006", "2/1/2006 15:04", "2/1/2006",
}

// Time reads a date and time of Vietnam (UTC+7) as Unix ms; 0 for an empty field.
func (in *Input) Time(name string) int64 {
	text := in.Text(name)
	if text == "" {
		return 0
	}
	for _, layout := range layouts {
		if at, err := time.ParseInLocation(layout, text, Zone); err == nil && at.Year() >= 1900 && at.Year() < 2200 {
			return at.UnixMilli()
		}
	}
	in.Wrong(name)
	return 0
}

// File is the content of a file that was sent, nil for none.
func (in *Input) File(name string) []byte { return in.files[name] }

// Values are all fields that were sent, as they came. The map must not be changed.
func (in *Input) Values() url.Values { return in.values }

func clean(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	return norm.NFC.String(strings.TrimSpace(strings.ToValidUTF8(text, "\uFFFD")))
}

// readForm reads what was posted, no more than limit bytes and MaxFields fields.
func (r *Request) readForm(limit Limit) error {
	const op = "read form"
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return &syncproto.Error{Code: syncproto.CodeBadEncoding, Op: op, Detail: "content-type", Err: err}
	}
	body := http.MaxBytesReader(nil, r.Body, int64(limit))
	switch kind {
	case "application/x-www-form-urlencoded":
		data, err := io.ReadAll(body)
		if err != nil {
			return syncproto.E(syncproto.CodeTooLarge, op, err)
		}
		if strings.Count(string(data), "&") >= MaxFields {
			return syncproto.E(syncproto.CodeTooMany, op, nil)
		}
		form, err := url.ParseQuery(string(data))
		if err != nil {
			return syncproto.E(syncproto.CodeMalformed, op, err)
		}
		r.take(form)
	case "multipart/form-data":
		return r.readParts(multipart.NewReader(body, params["boundary"]))
	default:
		return &syncproto.Error{Code: syncproto.CodeBadEncoding, Op: op, Detail: "content-type"}
	}
	return nil
}

// readParts reads a form with files into memory; the limit of the body bounds it.
func (r *Request) readParts(parts *multipart.Reader) error {
	const op = "read form"
	form := url.Values{}
	r.files = map[string][]byte{}
	for n := 0; ; n++ {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return syncproto.E(syncproto.CodeMalformed, op, err)
		}
		if n >= MaxFields {
			return syncproto.E(syncproto.CodeTooMany, op, nil)
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return syncproto.E(syncproto.CodeTooLarge, op, err)
		}
		if part.FileName() != "" {
			r.files[part.FormName()] = data
		} else {
			form.Add(part.FormName(), string(data))
		}
	}
	r.take(form)
	return nil
}

// take puts the fields of a form before the parameters of the address.
func (r *Request) take(form url.Values) {
	for name, values := range r.values {
		if !form.Has(name) {
			form[name] = values
		}
	}
	r.values = form
}

func readAll(from io.Reader, limit int64) string {
	if from == nil {
		return ""
	}
	data, _ := io.ReadAll(io.LimitReader(from, limit))
	return string(data)
}
