package main

import (
	"fmt"
	"strconv"
	"strings"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/syncproto"
)

func consentActs() []act {
	return []act{
		{"list", "ID", 1},
		{"add", "ID -who … -age adult|from_seven|under_seven -by self,representative -how written|voice|spoken -uses publish,… [-file F]", 1},
		{"shows", "PHOTO nobody|crowd|people [N]", 3},
		{"lacks", "ID", 1},
		{"withdraw", "CONSENT -reason …", 1},
	}
}

func consentCommand(s *session) func() error {
	var c mobilesdk.Consent
	s.flags.StringVar(&c.Who, "who", "", "")
	s.flags.StringVar(&c.Age, "age", "", "")
	s.flags.StringVar(&c.Representative, "representative", "", "")
	s.flags.StringVar(&c.How, "how", "", "")
	s.flags.StringVar(&c.Text, "text", "", "")
	by := s.flags.String("by", "", "")
	uses := s.flags.String("uses", syncproto.UsePublish, "")
	expires := s.flags.String("expires", "", "")
	reason := s.flags.String("reason", "", "")
	file := s.flags.String("file", "", "")
	return func() error {
		act, err := s.word(0, "list|add|shows|lacks|withdraw")
		if err != nil {
			return err
		}
		switch act {
		case "add":
			c.GivenBy, c.Uses = list(*by), list(*uses)
			if *expires != "" {
				at, ok := moment(*expires)
				if !ok {
					return s.misuse("phone.wrong_value", map[string]string{"flag": "expires", "value": *expires})
				}
				c.ExpiresAt, _ = at.AsInt()
			}
			return s.addConsent(c, *file)
		case "shows":
			return s.shows()
		case "withdraw":
			return s.withdrawConsent(*reason)
		}
		id, _, err := s.named(1)
		if err != nil {
			return err
		}
		if act == "lacks" {
			return s.lacks(id)
		}
		return s.consents(id)
	}
}

func list(text string) (out []string) {
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}

func (s *session) addConsent(c mobilesdk.Consent, file string) error {
	record, item, err := s.named(1)
	if err != nil {
		return err
	}
	id, err := s.engine.AddConsent(s.ctx, record, c)
	if err != nil {
		return err
	}
	if file != "" {
		if _, err := s.engine.AttachFile(s.ctx, id, nil, mobilesdk.File{Path: file}); err != nil {
			return err
		}
	}
	if err := s.done("phone.consent_added", id, item); err != nil || s.json {
		return err
	}
	return s.lackLines(record)
}

func (s *session) shows() error {
	id, item, err := s.named(1)
	if err != nil {
		return err
	}
	whom, err := s.word(2, "nobody|crowd|people")
	if err != nil {
		return err
	}
	people := 0
	if len(s.words) > 3 {
		if people, err = strconv.Atoi(s.words[3]); err != nil {
			return s.misuse("phone.wrong_value", map[string]string{"flag": "N", "value": s.words[3]})
		}
	}
	if err := s.engine.SetShows(s.ctx, id, whom, people); err != nil {
		return err
	}
	if err := s.done("phone.saved_change", id, item); err != nil || s.json {
		return err
	}
	return s.lackLines(id)
}

func (s *session) withdrawConsent(reason string) error {
	part, err := s.word(1, "CONSENT")
	if err != nil {
		return err
	}
	id, err := s.findKind(syncproto.KindConsent, part)
	if err != nil {
		return err
	}
	item, err := s.engine.Show(s.ctx, id)
	if err != nil {
		return err
	}
	if err := s.engine.WithdrawConsent(s.ctx, id, reason); err != nil {
		return err
	}
	return s.done("phone.consent_withdrawn", id, item)
}

func (s *session) consents(record syncproto.ID) error {
	items, err := s.engine.Consents(s.ctx, record)
	if err != nil || s.json {
		return s.printOr(err, items)
	}
	if len(items) == 0 {
		s.line("phone.consents_empty", nil)
	}
	for i := range items {
		c := &items[i]
		fmt.Fprintf(s.out, "%s %s  %-12s %s · %s · %s · %s\n", s.mark(c.Sending), short(c.ID), s.state(c.State), c.Who, c.Age, c.How,
			strings.Join(c.Uses, ", "))
		if len(c.Evidence) > 0 {
			fmt.Fprintln(s.out, "      "+s.say("phone.consent_evidence", map[string]string{"n": strconv.Itoa(len(c.Evidence))}))
		}
	}
	return nil
}

func (s *session) lacks(record syncproto.ID) error {
	lacking, err := s.engine.Lacks(s.ctx, record)
	if lacking == nil {
		lacking = []mobilesdk.Lacking{}
	}
	if err != nil || s.json {
		return s.printOr(err, lacking)
	}
	if len(lacking) == 0 {
		s.line("phone.lacks_nothing", nil)
	}
	return s.lackLines(record)
}

// lackLines tells what publishing a record will still need.
func (s *session) lackLines(record syncproto.ID) error {
	lacking, err := s.engine.Lacks(s.ctx, record)
	if err != nil || len(lacking) == 0 {
		return err
	}
	s.line("phone.lacks", nil)
	for _, l := range lacking {
		fmt.Fprintf(s.out, "  %s %s  %s\n", short(l.Record), cut(l.Title, 30), l.Sentence)
	}
	return nil
}
