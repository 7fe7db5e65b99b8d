package deskcli

import (
	"strconv"
	"strings"

	"lantoa/server/internal/desk"
	"lantoa/syncproto"
)

// remark is a note on the command line, and what it is pinned to.
type remark struct{ text, on string }

// returnCommand asks for changes. Its notes go first: the author gets them with the reason.
func returnCommand(s *session) func() error {
	reason := s.flags.String("reason", "", "")
	var remarks []remark
	stray := false
	s.flags.Func("note", "", func(text string) error { remarks = append(remarks, remark{text: text}); return nil })
	s.flags.Func("on", "", func(text string) error {
		if stray = stray || len(remarks) == 0; !stray {
			remarks[len(remarks)-1].on = text
		}
		return nil
	})
	return func() error {
		all, err := s.all()
		switch {
		case err != nil:
			return err
		case strings.TrimSpace(*reason) == "":
			return s.misuse("desk.needs_reason", nil)
		case stray:
			return s.misuse("desk.on_without_note", nil)
		case len(remarks) > 0 && len(all) > 1:
			return s.misuse("desk.notes_on_one", nil)
		}
		var acts []desk.Act
		if len(remarks) > 0 {
			if acts, err = s.pin(all[0].Record, remarks); err != nil {
				return err
			}
		}
		for i := range all {
			act, err := s.step(all[i], syncproto.CommandReturn, 0)
			if err != nil {
				return err
			}
			act.Reason = *reason
			acts = append(acts, act)
		}
		return s.act(acts)
	}
}

// pin makes notes on fields and parts of a submission.
func (s *session) pin(id syncproto.ID, remarks []remark) ([]desk.Act, error) {
	story, r, err := s.read(id)
	if err != nil {
		return nil, err
	}
	parts, err := records(story.Parts)
	if err != nil {
		return nil, err
	}
	acts := make([]desk.Act, len(remarks))
	for i, n := range remarks {
		set := syncproto.Fields{"parent": syncproto.Text(string(r.ID)), "text": syncproto.Text(n.text)}
		part := partOf(parts, n.on)
		switch {
		case n.on == "":
		case part != nil:
			set["parent"] = syncproto.Text(string(part.ID))
		case r.Fields[n.on] != "" || syncproto.IsText(r.Kind, n.on):
			set["field"] = syncproto.Text(n.on)
		default:
			return nil, s.misuse("desk.no_place", map[string]string{"on": n.on})
		}
		acts[i] = desk.Act{ID: syncproto.NewID(), Record: syncproto.NewID(), Kind: syncproto.KindNote, Set: set}
	}
	return acts, nil
}

// partOf finds a part by its number on the screen or the end of its id.
func partOf(parts []*syncproto.Record, word string) *syncproto.Record {
	if n, err := strconv.Atoi(word); err == nil && n >= 1 && n <= len(parts) {
		return parts[n-1]
	}
	for _, p := range parts {
		if len(word) >= minShort && strings.HasSuffix(string(p.ID), strings.ToLower(word)) {
			return p
		}
	}
	return nil
}

// judgeCommand writes an editor's judgement of a crowd, of whom nobody can be asked.
func judgeCommand(s *session) func() error {
	text := s.flags.String("text", "", "")
	return func() error {
		named, err := s.named(0)
		if err != nil {
			return err
		}
		word, err := s.word(1, "PHOTO")
		if err != nil {
			return err
		}
		if strings.TrimSpace(*text) == "" {
			return s.misuse("desk.missing_word", map[string]string{"name": "-text"})
		}
		story, _, err := s.read(named.Record)
		if err != nil {
			return err
		}
		parts, err := records(story.Parts)
		if err != nil {
			return err
		}
		photo := partOf(parts, word)
		if photo == nil {
			return s.misuse("desk.no_place", map[string]string{"on": word})
		}
		return s.act([]desk.Act{{
			ID: syncproto.NewID(), Record: syncproto.NewID(), Kind: syncproto.KindConsent, Set: syncproto.Fields{
				"parent": syncproto.Text(string(photo.ID)), "how": syncproto.Text("judgement"), "text": syncproto.Text(*text),
				"uses": syncproto.List(syncproto.Text("publish")),
			},
		}})
	}
}

// changes declares the flag that sets fields.
func (s *session) changesFlag() syncproto.Fields {
	set := syncproto.Fields{}
	s.flags.Func("set", "", func(text string) error {
		name, value, _ := strings.Cut(text, "=")
		if set[name] = syncproto.Text(value); value == "" {
			set[name] = syncproto.Null
		}
		return nil
	})
	return set
}

func editCommand(s *session) func() error {
	set := s.changesFlag()
	return func() error {
		named, err := s.named(0)
		if err != nil {
			return err
		}
		if len(set) == 0 {
			return s.misuse("desk.missing_word", map[string]string{"name": "-set"})
		}
		act, err := s.edit(named, set)
		if err != nil {
			return err
		}
		return s.act([]desk.Act{act})
	}
}

// edit changes fields at the revision that was shown last.
func (s *session) edit(on listed, set syncproto.Fields) (desk.Act, error) {
	act, err := s.step(on, "", 0)
	if act.Set = set; act.BaseRevision == 0 {
		return act, s.misuse("desk.not_shown", map[string]string{"id": short(on.Record)})
	}
	return act, err
}

// correctCommand corrects what is published, and says why.
func correctCommand(s *session) func() error {
	reason := s.flags.String("reason", "", "")
	set := s.changesFlag()
	return func() error {
		named, err := s.named(0)
		if err != nil {
			return err
		}
		if strings.TrimSpace(*reason) == "" {
			return s.misuse("desk.needs_reason", nil)
		}
		step, err := s.step(named, syncproto.CommandCorrect, 0)
		if err != nil {
			return err
		}
		step.Reason = *reason
		if len(set) == 0 {
			return s.act([]desk.Act{step})
		}
		change, err := s.edit(named, set)
		if err != nil {
			return err
		}
		return s.act([]desk.Act{change, step})
	}
}
