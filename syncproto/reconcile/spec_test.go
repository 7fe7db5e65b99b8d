package reconcile_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

var updateSpec = flag.Bool("update", false, "write the generated parts of SPEC.md anew")

const specFile = "../SPEC.md"

// checkBlock compares a generated part of the SPEC with what the code says, or writes it.
func checkBlock(t *testing.T, name, want string) {
	t.Helper()
	spec, err := os.ReadFile(specFile)
	if err != nil {
		t.Fatal(err)
	}
	open, end := "<!-- generated: "+name+" -->\n", "<!-- end -->"
	before, rest, found := strings.Cut(string(spec), open)
	old, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("SPEC.md has no block %q", name)
	}
	if old == want {
		return
	}
	if !*updateSpec {
		t.Fatalf("SPEC.md, block %q, is not what the code says; run the test with -update. Want:\n%s", name, want)
	}
	if err := os.WriteFile(specFile, []byte(before+open+want+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestSpecMachine(t *testing.T) {
	var b strings.Builder
	b.WriteString("| machine | from | command | by | to | asks |\n|---|---|---|---|---|---|\n")
	for _, row := range reconcile.Transitions() {
		to := string(row.To)
		if row.Orphan != "" {
			to += ", or " + string(row.Orphan) + " (S-86)"
		}
		var asks []string
		for _, ask := range []struct {
			holds bool
			text  string
		}{{row.NeedsReason, "reason"}, {row.Exact, "exact (S-83)"}, {row.NotOwn, "not own (S-85)"}, {row.Held, "held (S-175)"}} {
			if ask.holds {
				asks = append(asks, ask.text)
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", row.Group, row.From, row.Command, row.By, to, strings.Join(asks, ", "))
	}
	checkBlock(t, "machine", b.String())
}

func TestSpecPolicies(t *testing.T) {
	kinds := []syncproto.Kind{
		syncproto.KindStory, syncproto.KindEvent, syncproto.KindPhoto, syncproto.KindNote, syncproto.KindAnswer, syncproto.KindReceipt,
		syncproto.KindConsent, syncproto.KindPreference,
	}
	fields := []string{
		"blood_units", "body", "choice", "muted", "shown_at", "caption", "end", "happened_at", "households", "place", "registered", "start", "taken_at", "text", "value_dong",
	}
	var b strings.Builder
	b.WriteString("| kind | `text` | `incoming` | otherwise |\n|---|---|---|---|\n")
	for _, kind := range kinds {
		by := map[reconcile.Policy][]string{}
		for _, field := range fields {
			p := reconcile.PolicyOf(kind, field)
			by[p] = append(by[p], field)
		}
		otherwise := reconcile.PolicyCurrent
		for _, p := range []reconcile.Policy{reconcile.PolicyLatest, reconcile.PolicyFirst} {
			if len(by[p]) == len(fields) {
				otherwise = p
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s | `%s` |\n", kind,
			strings.Join(by[reconcile.PolicyText], ", "), strings.Join(by[reconcile.PolicyIncoming], ", "), otherwise)
	}
	b.WriteString("| any other | | place, happened_at, taken_at | `current` |\n")
	checkBlock(t, "policies", b.String())
}
