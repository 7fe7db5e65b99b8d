package syncproto_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lantoa/syncproto"
)

var update = flag.Bool("update", false, "write the generated parts of SPEC.md anew")

func readSpec(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("SPEC.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// checkBlock compares a generated part of the SPEC with what the code says, or writes it.
func checkBlock(t *testing.T, name, want string) {
	t.Helper()
	spec := readSpec(t)
	open, end := "<!-- generated: "+name+" -->\n", "<!-- end -->"
	before, rest, found := strings.Cut(spec, open)
	old, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("SPEC.md has no block %q", name)
	}
	if old == want {
		return
	}
	if !*update {
		t.Fatalf("SPEC.md, block %q, is not what the code says; run the test with -update. Want:\n%s", name, want)
	}
	if err := os.WriteFile("SPEC.md", []byte(before+open+want+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestSpecCodes(t *testing.T) {
	codes := syncproto.Codes()
	var b strings.Builder
	b.WriteString("| code | kind |\n|---|---|\n")
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		fmt.Fprintf(&b, "| `%s` | %s |\n", code, codes[code])
	}
	checkBlock(t, "codes", b.String())
}

func TestSpecLimits(t *testing.T) {
	var b strings.Builder
	b.WriteString("| limit | value |\n|---|---|\n")
	for _, row := range []struct {
		what  string
		limit int
	}{
		{"bytes of a request, decompressed", syncproto.MaxRequestBytes},
		{"mutations of a request", syncproto.MaxBatch},
		{"bytes of a mutation", syncproto.MaxMutationBytes},
		{"nesting", syncproto.MaxDepth},
		{"members of an object; fields of a record", syncproto.MaxFields},
		{"items of a list", syncproto.MaxItems},
		{"bytes of a canonical member value", syncproto.MaxFieldBytes},
		{"bytes of a reason", syncproto.MaxReasonBytes},
		{"characters of a cursor", syncproto.MaxCursorBytes},
		{"scopes of a device by grants", syncproto.MaxGrantScopes},
		{"audiences of a device", syncproto.MaxAudiences},
		{"bytes of a media file", syncproto.MaxMediaBytes},
	} {
		fmt.Fprintf(&b, "| %s | %d |\n", row.what, row.limit)
	}
	checkBlock(t, "limits", b.String())
}

func TestSpecFields(t *testing.T) { checkBlock(t, "fields", syncproto.FieldTable()) }

var (
	clause  = regexp.MustCompile(`(?m)^\*\*S-(\d+)\.\*\*`)
	example = regexp.MustCompile("(?s)<!-- example: (\\w+) -->\n```json\n(.*?)```")
)

// TestSpecClauses holds that clauses stand in order, each once.
func TestSpecClauses(t *testing.T) {
	last := 0
	for _, m := range clause.FindAllStringSubmatch(readSpec(t), -1) {
		var n int
		if _, err := fmt.Sscan(m[1], &n); err != nil || n <= last {
			t.Errorf("S-%s stands after S-%d", m[1], last)
		}
		last = n
	}
}

// TestSpecExamples decodes every example and holds that it is canonical but for its line breaks.
func TestSpecExamples(t *testing.T) {
	spec := readSpec(t)
	found := example.FindAllStringSubmatch(spec, -1)
	if len(found) != strings.Count(spec, "```json") || len(found) < 7 {
		t.Errorf("%d examples are named, %d blocks are there", len(found), strings.Count(spec, "```json"))
	}
	for _, m := range found {
		again, err := recode(m[1], []byte(m[2]))
		if err != nil {
			t.Errorf("%s: %v", m[1], err)
			continue
		}
		if plain := regexp.MustCompile(`\n *`).ReplaceAllString(m[2], ""); plain != string(again) {
			t.Errorf("%s is not canonical:\n got %s\nwant %s", m[1], plain, again)
		}
	}
}

func recode(kind string, data []byte) ([]byte, error) {
	switch kind {
	case "request":
		r, err := syncproto.DecodeSyncRequest(data)
		if err != nil {
			return nil, err
		}
		for i := range r.Mutations {
			m := &r.Mutations[i]
			if m.Err != nil {
				return nil, m.Err
			}
			m.Wire = syncproto.AppendMutation(nil, &m.Mutation)
		}
		return syncproto.AppendSyncRequest(nil, r), nil
	case "response":
		r, err := syncproto.DecodeSyncResponse(data)
		if err != nil {
			return nil, err
		}
		for i := range r.Pages {
			var sum syncproto.Sum
			for j := range r.Pages[i].Changes {
				c := &r.Pages[i].Changes[j]
				if c.Wire, err = recode("record", c.Wire); err != nil {
					return nil, err
				}
				sum.Add(syncproto.HashRecord(c.Wire))
			}
			if sum != r.Pages[i].Sum {
				return nil, fmt.Errorf("the sum is %s, not %s", sum.Hex(), r.Pages[i].Sum.Hex())
			}
		}
		return syncproto.AppendSyncResponse(nil, r), nil
	case "record":
		r, err := syncproto.DecodeRecord(data)
		if err != nil {
			return nil, err
		}
		return syncproto.AppendRecord(nil, r), nil
	case "mutation":
		m, err := syncproto.DecodeMutation(data)
		if err != nil {
			return nil, err
		}
		return syncproto.AppendMutation(nil, m), m.Validate()
	case "outcome":
		o, err := syncproto.DecodeOutcome(data)
		return syncproto.AppendOutcome(nil, &o), err
	case "enrolled":
		r, err := syncproto.DecodeEnrollResponse(data)
		return syncproto.AppendEnrollResponse(nil, r), err
	case "problem":
		v, err := syncproto.ParseValue(data)
		return []byte(v), err
	}
	return nil, fmt.Errorf("nobody knows how to read %q", kind)
}
