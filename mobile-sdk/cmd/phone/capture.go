package main

import (
	"io"
	"strconv"
	"strings"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/syncproto"
)

// vietnam is the one time zone of the product: UTC+7, without summer time.
var vietnam = time.FixedZone("UTC+7", 7*60*60)

// draft collects what the flags of story, photo and event say about one record.
type draft struct {
	s      *session
	kind   syncproto.Kind
	record string
	parent string
	submit bool
	patch  mobilesdk.Patch
	files  *attached // of a photo
	err    error
}

func (s *session) draft(kind syncproto.Kind) *draft {
	d := &draft{s: s, kind: kind, patch: mobilesdk.Patch{
		Set: syncproto.Fields{}, Add: map[string][]syncproto.Value{}, Remove: map[string][]syncproto.Value{},
	}}
	s.flags.StringVar(&d.record, "record", "", "")
	s.flags.BoolVar(&d.submit, "submit", false, "")
	d.text("place", "place", func(text string) (syncproto.Value, bool) {
		return syncproto.Object(syncproto.Fields{"text": syncproto.Text(text)}), true
	})
	s.flags.Func("tag", "", d.items(d.patch.Add))
	s.flags.Func("untag", "", d.items(d.patch.Remove))
	return d
}

func (d *draft) items(into map[string][]syncproto.Value) func(string) error {
	return func(text string) error {
		for item := range strings.SplitSeq(text, ",") {
			if item = strings.TrimSpace(item); item != "" {
				into["tags"] = append(into["tags"], syncproto.Text(item))
			}
		}
		return nil
	}
}

// text declares a flag that sets a field. An empty text clears the field.
func (d *draft) text(flagName, field string, value func(string) (syncproto.Value, bool)) {
	d.s.flags.Func(flagName, "", func(text string) error {
		if text == "" {
			d.patch.Set[field] = syncproto.Null
			return nil
		}
		v, ok := value(text)
		if !ok {
			d.err = d.s.misuse("phone.wrong_value", map[string]string{"flag": flagName, "value": text})
			return nil
		}
		d.patch.Set[field] = v
		return nil
	})
}

func plainText(text string) (syncproto.Value, bool) { return syncproto.Text(text), true }

func count(text string) (syncproto.Value, bool) {
	n, err := strconv.ParseInt(strings.ReplaceAll(text, ".", ""), 10, 64) // 1.234.567, as it is written here
	return syncproto.Int(n), err == nil
}

// moment reads dates as they are written in Vietnam, with or without a time of day.
func moment(text string) (syncproto.Value, bool) {
	for _, layout := range []string{"02/01/2006 15:04", "02/01/2006", time.RFC3339} {
		if t, err := time.ParseInLocation(layout, text, vietnam); err == nil {
			return syncproto.Int(t.UnixMilli()), true
		}
	}
	return "", false
}

// body reads a long text; "-" stands for standard input.
func (d *draft) body(text string) (syncproto.Value, bool) {
	if text != "-" {
		return syncproto.Text(text), true
	}
	all, err := io.ReadAll(io.LimitReader(d.s.in, syncproto.MaxFieldBytes+1))
	return syncproto.Text(strings.TrimSpace(string(all))), err == nil
}

// save captures the draft: a new record, or a change of an existing one.
func (d *draft) save() error {
	if d.err != nil {
		return d.err
	}
	id, created, err := d.write()
	if err != nil {
		return err
	}
	if d.submit {
		if err := d.s.engine.Command(d.s.ctx, id, syncproto.CommandSubmit, ""); err != nil {
			return err
		}
	}
	item, err := d.s.engine.Show(d.s.ctx, id)
	if err != nil {
		return err
	}
	if d.s.json {
		return d.s.print(item)
	}
	key := "phone.saved_change"
	if created {
		key = "phone.saved_new"
	}
	d.s.line(key, map[string]string{"id": string(id), "title": title(item)})
	if d.kind == syncproto.KindPhoto {
		return d.s.lackLines(id)
	}
	return nil
}

func (d *draft) write() (id syncproto.ID, created bool, err error) {
	if d.files != nil && d.files.file.Path != "" {
		return d.attach(d.files)
	}
	if d.record != "" {
		if id, err = d.s.find(d.record); err != nil {
			return "", false, err
		}
		if len(d.patch.Set)+len(d.patch.Add)+len(d.patch.Remove) == 0 {
			if d.submit {
				return id, false, nil
			}
			return "", false, d.s.misuse("phone.nothing_to_change", nil)
		}
		return id, false, d.s.engine.Edit(d.s.ctx, id, d.patch)
	}
	var parent syncproto.ID
	if d.parent != "" {
		if parent, err = d.s.find(d.parent); err != nil {
			return "", false, err
		}
	}
	if tags := d.patch.Add["tags"]; tags != nil {
		d.patch.Set["tags"] = syncproto.List(tags...)
	}
	if len(d.patch.Set) == 0 {
		return "", false, d.s.misuse("phone.nothing_to_save", nil)
	}
	id, err = d.s.engine.Create(d.s.ctx, d.kind, parent, d.patch.Set)
	return id, true, err
}

func storyCommand(s *session) func() error {
	d := s.draft(syncproto.KindStory)
	d.text("title", "title", plainText)
	d.text("body", "body", d.body)
	d.text("type", "type", plainText)
	d.text("happened", "happened_at", moment)
	return d.save
}

func eventCommand(s *session) func() error {
	d := s.draft(syncproto.KindEvent)
	d.text("title", "title", plainText)
	d.text("body", "body", d.body)
	d.text("type", "type", plainText)
	d.text("start", "start", moment)
	d.text("end", "end", moment)
	d.text("registered", "registered", count)
	d.text("blood", "blood_units", count)
	d.text("households", "households", count)
	d.text("value", "value_dong", count)
	return d.save
}

func photoCommand(s *session) func() error {
	d := s.draft(syncproto.KindPhoto)
	s.flags.StringVar(&d.parent, "story", "", "")
	d.text("caption", "caption", plainText)
	d.text("taken", "taken_at", moment)
	d.text("shows", syncproto.ShowsField, plainText)
	d.text("people", syncproto.PeopleField, count)
	d.files = s.attached()
	return d.save
}

func deleteCommand(s *session) func() error {
	return func() error {
		id, item, err := s.named(0)
		if err != nil {
			return err
		}
		if err := s.engine.Delete(s.ctx, id); err != nil {
			return err
		}
		return s.done("phone.deleted", id, item)
	}
}

func doCommand(s *session) func() error {
	reason := s.flags.String("reason", "", "")
	return func() error {
		id, item, err := s.named(0)
		if err != nil {
			return err
		}
		act, err := s.word(1, "COMMAND")
		if err != nil {
			return err
		}
		if !syncproto.ValidName(act) {
			return s.misuse("phone.wrong_value", map[string]string{"flag": "COMMAND", "value": act})
		}
		if err := s.engine.Command(s.ctx, id, syncproto.Command(act), *reason); err != nil {
			return err
		}
		return s.done("phone.commanded", id, item)
	}
}
