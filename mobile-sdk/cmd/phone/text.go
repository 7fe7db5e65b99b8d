package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

func (s *session) line(key string, args map[string]string) { fmt.Fprintln(s.out, s.say(key, args)) }

// screen writes what people wrote, also strangers, without the control characters by which a text could move the
// cursor, retitle the window or hide a line. JSON is written whole.
type screen struct{ io.Writer }

func (t screen) Write(p []byte) (int, error) {
	clean := bytes.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || 0x80 <= r && r < 0xa0 || 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069 {
			return '\uFFFD'
		}
		return r
	}, p)
	if _, err := t.Writer.Write(clean); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (s *session) print(v any) error {
	enc := json.NewEncoder(s.raw)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func (s *session) printOr(err error, v any) error {
	if err != nil {
		return err
	}
	return s.print(v)
}

func (s *session) done(key string, id syncproto.ID, item *mobilesdk.Item) error {
	if s.json {
		return s.print(map[string]string{"id": string(id)})
	}
	s.line(key, map[string]string{"id": short(id), "title": title(item)})
	return nil
}

// named finds the record that the i-th word names.
func (s *session) named(i int) (syncproto.ID, *mobilesdk.Item, error) {
	word, err := s.word(i, "ID")
	if err != nil {
		return "", nil, err
	}
	id, err := s.find(word)
	if err != nil {
		return "", nil, err
	}
	item, err := s.engine.Show(s.ctx, id)
	return id, item, err
}

// find resolves any unique part of a record's id.
func (s *session) find(part string) (syncproto.ID, error) { return s.findKind("", part) }

// findKind is find among the records of one kind; "" for those that a list without a kind shows.
func (s *session) findKind(kind syncproto.Kind, part string) (syncproto.ID, error) {
	if syncproto.ID(part).Valid() {
		return syncproto.ID(part), nil
	}
	var ids []syncproto.ID
	for after := ""; ; {
		list, err := s.engine.List(s.ctx, mobilesdk.Filter{Kind: kind, Limit: 500, After: after})
		if err != nil {
			return "", err
		}
		for i := range list.Items {
			ids = append(ids, list.Items[i].ID)
		}
		if after = list.Next; after == "" {
			return match(s, ids, part)
		}
	}
}

func match(s *session, ids []syncproto.ID, part string) (found syncproto.ID, err error) {
	for _, id := range ids {
		if !strings.Contains(string(id), strings.ToLower(part)) {
			continue
		}
		if found != "" && found != id {
			return "", s.misuse("phone.ambiguous_id", map[string]string{"id": part})
		}
		found = id
	}
	if found == "" {
		return "", &syncproto.Error{Code: syncproto.CodeNotThere, Op: "find record", Detail: part}
	}
	return found, nil
}

// short shows the random end of an id: ids made in the same second begin alike.
func short(id syncproto.ID) string {
	if len(id) < 8 {
		return string(id)
	}
	return string(id[len(id)-8:])
}

// title is what a person recognises a record by.
func title(it *mobilesdk.Item) string {
	for _, field := range []string{"title", "caption", "text", "name", "body"} {
		if text, ok := it.Fields[field].AsText(); ok && text != "" {
			return cut(text, 60)
		}
	}
	return short(it.ID)
}

func cut(text string, limit int) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return text
}

func readable(field string, v syncproto.Value) string {
	if n, ok := v.AsInt(); ok && (strings.HasSuffix(field, "_at") || field == "start" || field == "end") {
		return when(n)
	}
	if text, ok := v.AsText(); ok {
		return strings.ReplaceAll(text, "\n", "\n               ")
	}
	if items, ok := v.AsList(); ok {
		words := make([]string, len(items))
		for i, item := range items {
			words[i] = item.TextOr(string(item))
		}
		return strings.Join(words, ", ")
	}
	if place, ok := v.AsObject(); ok && place["text"] != "" {
		return place["text"].TextOr("")
	}
	return string(v)
}

func when(unixMilli int64) string {
	return time.UnixMilli(unixMilli).In(vietnam).Format("02/01/2006 15:04")
}

// kind is the name of a kind in the person's language.
func (s *session) kind(kind syncproto.Kind) string {
	if key := "kind." + string(kind); catalogue.Has(key) {
		return s.say(key, nil)
	}
	return string(kind)
}

func (s *session) state(state syncproto.State) string {
	if state == "" {
		return "–"
	}
	if key := "state." + string(state); catalogue.Has(key) {
		return s.say(key, nil)
	}
	return string(state)
}

// mark is one sign before a title, so that what needs attention is seen in a long list.
func (s *session) mark(sending mobilesdk.Sending) string {
	switch sending {
	case mobilesdk.SendingRejected:
		return "✗"
	case mobilesdk.SendingConflict:
		return "≠"
	case mobilesdk.SendingWaiting:
		return "↑"
	case mobilesdk.SendingMerged, mobilesdk.SendingSent:
		return "✓"
	}
	return " "
}
