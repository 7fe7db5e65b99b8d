package deskcli

import (
	"strconv"
	"strings"

	"lantoa/server/internal/desk"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
	"lantoa/syncproto/reconcile"
)

// commandWord is how a command of the table is called here.
func commandWord(c syncproto.Command) string { return strings.ReplaceAll(string(c), "_", "-") }

// exact are the commands for which somebody must have read the revision that they are about; needsReason those whose author
// is told why.
var exact, needsReason = func() (exact, reason map[syncproto.Command]bool) {
	exact, reason = map[syncproto.Command]bool{}, map[syncproto.Command]bool{}
	for _, t := range reconcile.Transitions() {
		if t.Group == reconcile.GroupSubmission {
			exact[t.Command] = exact[t.Command] || t.Exact
			reason[t.Command] = reason[t.Command] || t.NeedsReason
		}
	}
	return exact, reason
}()

// stepCommand is a step of the workflow, of one submission or of many.
func stepCommand(command syncproto.Command) func(s *session) func() error {
	return func(s *session) func() error {
		reason := s.flags.String("reason", "", "")
		revision := s.flags.Int64("revision", 0, "")
		to := s.flags.String("to", "", "")
		return func() error {
			all, err := s.all()
			if err != nil {
				return err
			}
			if needsReason[command] && strings.TrimSpace(*reason) == "" {
				return s.misuse("desk.needs_reason", nil)
			}
			if *revision != 0 && len(all) > 1 {
				return s.misuse("desk.one_revision", nil)
			}
			var goesOn syncproto.ID
			if command == syncproto.CommandHandOver {
				if goesOn, err = s.somebody(*to); err != nil {
					return err
				}
			}
			acts := make([]desk.Act, len(all))
			for i := range all {
				if acts[i], err = s.step(all[i], command, *revision); err != nil {
					return err
				}
				acts[i].Reason, acts[i].To = *reason, goesOn
			}
			return s.act(acts)
		}
	}
}

// step is an act on a submission at the revision that was read: as given, or as shown last. A step that does not depend on
// what was read does without.
func (s *session) step(on listed, command syncproto.Command, revision int64) (desk.Act, error) {
	act := desk.Act{ID: syncproto.NewID(), Record: on.Record, Kind: on.Kind, Command: command, BaseRevision: revision}
	if revision == 0 {
		act.BaseRevision = s.kept.revision(on.Record)
	}
	if act.BaseRevision == 0 && exact[command] {
		return act, s.misuse("desk.not_shown", map[string]string{"id": short(on.Record)})
	}
	return act, nil
}

// act sends acts and tells what became of each. Two runs of the same command are two acts: a script that does not know
// whether the first arrived gets wrong_state for the second, and nothing happens twice.
func (s *session) act(acts []desk.Act) error {
	outcomes, err := s.sendActs(acts)
	if err != nil {
		return err
	}
	refused := 0
	for i := range outcomes {
		d := &outcomes[i]
		if d.Result == syncproto.Rejected || d.Result == desk.Failed {
			refused++
		} else if seen := s.kept.revision(d.Record); seen != 0 && d.Revision == seen+1 {
			s.kept.saw(d.Record, d.Revision) // nobody else came between what was read and this act of one's own
		}
	}
	if err := s.store(); err != nil {
		return err
	}
	if s.json {
		if err := s.print(map[string]any{"outcomes": outcomes}); err != nil {
			return err
		}
	} else {
		for i := range outcomes {
			s.outcome(&acts[i], &outcomes[i])
		}
	}
	switch {
	case refused == 0:
		return nil
	case len(outcomes) == 1:
		return told{outcomes[0].Code}
	}
	return errSome
}

func (s *session) sendActs(acts []desk.Act) ([]desk.Done, error) {
	var answer struct {
		Outcomes []desk.Done `json:"outcomes"`
	}
	err := s.post("/v1/desk/acts", map[string]any{"acts": acts}, &answer)
	if err == nil && len(answer.Outcomes) != len(acts) {
		err = syncproto.E(syncproto.CodeMalformed, "read outcomes", nil)
	}
	return answer.Outcomes, err
}

// outcome prints what became of an act.
func (s *session) outcome(a *desk.Act, d *desk.Done) {
	what := commandWord(a.Command)
	switch {
	case a.Kind == syncproto.KindNote:
		what = s.kind(syncproto.KindNote)
	case what == "":
		what = "edit"
	}
	if d.Code == "" {
		s.printf("✓ %s  %s → %s\n", short(d.Record), what, s.say("desk.done", map[string]string{"revision": strconv.FormatInt(d.Revision, 10)}))
		return
	}
	if d.Code == syncproto.CodeConsentMissing {
		s.printf("✗ %s  %s: %s\n", short(d.Record), what, d.Sentence)
		s.missing(d.Detail)
		return
	}
	s.printf("✗ %s  %s: %s\n", short(d.Record), what, s.detailed(d.Code, d.Detail, d.Sentence))
	if d.Difference != nil {
		s.comparison(d.Difference)
	}
}

// missing prints what each photo lacks, from the detail of consent_missing (S-182).
func (s *session) missing(detail string) {
	for lack := range strings.FieldsSeq(detail) {
		photo, code, found := strings.Cut(lack, ":")
		if found {
			s.printf("    %s: %s\n", short(syncproto.ID(photo)), catalogue.Sentence(s.lang, syncproto.Code(code)))
		}
	}
}
