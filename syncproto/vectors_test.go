package syncproto_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lantoa/syncproto"
	"lantoa/syncproto/vectors"
)

// header is what every case has.
type header struct {
	Name   string `json:"name"`
	Clause string `json:"clause"`
}

func (h header) about() header { return h }

// load reads a vector file. An unknown member is fatal: a case that nobody runs is worse than none.
func load[C interface{ about() header }](t *testing.T, file string) []C {
	t.Helper()
	data, err := vectors.Files.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out struct {
		About string `json:"about"`
		Cases []C    `json:"cases"`
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&out); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	seen := map[string]bool{}
	for _, c := range out.Cases {
		if h := c.about(); h.Name == "" || h.Clause == "" || seen[h.Name] {
			t.Errorf("%s: case %q (%s) has no name or clause, or occurs twice", file, h.Name, h.Clause)
		}
		seen[c.about().Name] = true
	}
	return out.Cases
}

// run runs each case of a file as a subtest.
func run[C interface{ about() header }](t *testing.T, file string, check func(t *testing.T, c C)) {
	for _, c := range load[C](t, file) {
		t.Run(c.about().Name, func(t *testing.T) {
			t.Log(c.about().Clause)
			check(t, c)
		})
	}
}

// refused reports whether a case ends here: with the refusal that it wants, or with one that it does not.
func refused(t *testing.T, err error, want string) bool {
	t.Helper()
	if want == "" && err == nil {
		return false
	}
	if err == nil || want == "" || string(syncproto.CodeOf(err)) != want {
		t.Errorf("got error %v, want code %q", err, want)
	}
	return true
}

func equal(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got %.2000s\nwant %.2000s", what, got, want)
	}
}

type cursorCase struct {
	header
	Key    string       `json:"key"`
	Device syncproto.ID `json:"device"`
	Cursor *struct {
		Epoch     string `json:"epoch"`
		Accepted  int64  `json:"accepted"`
		Access    uint64 `json:"access"`
		Positions []struct {
			Scope    uint64 `json:"scope"`
			Sequence uint64 `json:"sequence"`
			Fresh    bool   `json:"fresh"`
		} `json:"positions"`
	} `json:"cursor"`
	Text     string `json:"text"`
	OpenOnly bool   `json:"open_only"`
	Error    string `json:"error"`
}

func TestCursorVectors(t *testing.T) {
	run(t, "cursor.json", func(t *testing.T, c cursorCase) {
		key, err := hex.DecodeString(c.Key)
		if err != nil {
			t.Fatal(err)
		}
		got, err := syncproto.OpenCursor(key, c.Device, c.Text)
		if refused(t, err, c.Error) {
			return
		}
		epoch, ok := syncproto.ParseEpoch(c.Cursor.Epoch)
		if !ok || got.Epoch != epoch || got.Accepted != c.Cursor.Accepted || got.Access != c.Cursor.Access {
			t.Errorf("got %+v, want %+v", got, c.Cursor)
		}
		if len(got.Positions) != len(c.Cursor.Positions) {
			t.Fatalf("%d positions, want %d", len(got.Positions), len(c.Cursor.Positions))
		}
		for i, p := range c.Cursor.Positions {
			if got.Positions[i] != (syncproto.Position{Scope: p.Scope, Sequence: p.Sequence, Fresh: p.Fresh}) {
				t.Errorf("position %d is %+v, want %+v", i, got.Positions[i], p)
			}
		}
		if !c.OpenOnly {
			equal(t, "text", got.Seal(key, c.Device), c.Text)
		}
	})
}

type sumCase struct {
	header
	Records []string          `json:"records"`
	Removed []string          `json:"removed"`
	Count   int64             `json:"count"`
	Sum     string            `json:"sum"`
	Leaves  map[string]string `json:"leaves"`
}

func TestSumVectors(t *testing.T) {
	run(t, "sum.json", func(t *testing.T, c sumCase) {
		var sum syncproto.Sum
		var digest syncproto.Digest
		for _, wire := range c.Records {
			r, err := syncproto.DecodeRecord([]byte(wire))
			if err != nil {
				t.Fatal(err)
			}
			h := syncproto.HashRecord([]byte(wire))
			sum.Add(h)
			digest.Add(r.ID, h)
		}
		for _, wire := range c.Removed {
			r, _ := syncproto.DecodeRecord([]byte(wire))
			h := syncproto.HashRecord([]byte(wire))
			sum.Remove(h)
			digest[syncproto.Leaf(r.ID)].Remove(h)
		}
		equal(t, "sum", sum.Hex(), c.Sum)
		if sum.Count != c.Count || syncproto.MakeSum(sum.Count, sum.Bytes()) != sum {
			t.Errorf("count %d, want %d", sum.Count, c.Count)
		}
		for i, leaf := range digest.Cut() {
			want := c.Leaves[strconv.Itoa(i)]
			if want == "" {
				want = strings.Repeat("0", 16)
			}
			equal(t, "leaf "+strconv.Itoa(i), hex16(leaf), want)
		}
	})
}

func hex16(n uint64) string {
	text := strconv.FormatUint(n, 16)
	return strings.Repeat("0", 16-len(text)) + text
}

type enrollCase struct {
	header
	Typed string `json:"typed"`
	Bare  string `json:"bare"`
	Error string `json:"error"`
}

func TestEnrollVectors(t *testing.T) {
	run(t, "enroll.json", func(t *testing.T, c enrollCase) {
		bare, err := syncproto.ParseEnrollCode(c.Typed)
		if !refused(t, err, c.Error) {
			equal(t, "bare code", bare, c.Bare)
		}
	})
}

type clockCase struct {
	header
	Captured struct {
		Device int64  `json:"device"`
		Boot   string `json:"boot"`
		Uptime int64  `json:"uptime"`
	} `json:"captured"`
	Sent *struct {
		Wall    int64  `json:"wall"`
		Boot    string `json:"boot"`
		Uptime  int64  `json:"uptime"`
		Anchors []struct {
			Boot        string `json:"boot"`
			Uptime      int64  `json:"uptime"`
			Server      int64  `json:"server"`
			Uncertainty int64  `json:"uncertainty"`
		} `json:"anchors"`
	} `json:"sent"`
	Arrival     int64 `json:"arrival"`
	Estimate    int64 `json:"estimate"`
	Uncertainty int64 `json:"uncertainty"`
}

func TestClockVectors(t *testing.T) {
	run(t, "clock.json", func(t *testing.T, c clockCase) {
		var sent *syncproto.Clock
		if c.Sent != nil {
			sent = &syncproto.Clock{Wall: c.Sent.Wall, Boot: c.Sent.Boot, Uptime: c.Sent.Uptime}
			for _, a := range c.Sent.Anchors {
				sent.Anchors = append(sent.Anchors, syncproto.Anchor(a))
			}
		}
		got := syncproto.EstimateCapture(syncproto.CaptureClock(c.Captured), sent, c.Arrival)
		if got.Estimate != c.Estimate || got.Uncertainty != c.Uncertainty || got.Device != c.Captured.Device {
			t.Errorf("got %+v, want %d ± %d", got, c.Estimate, c.Uncertainty)
		}
	})
}

type placementCase struct {
	header
	Record json.RawMessage   `json:"record"`
	Parent json.RawMessage   `json:"parent"`
	Scopes []syncproto.Scope `json:"scopes"`
}

func TestPlacementVectors(t *testing.T) {
	run(t, "placement.json", func(t *testing.T, c placementCase) {
		record, err := syncproto.DecodeRecord(c.Record)
		if err != nil {
			t.Fatal(err)
		}
		var parent *syncproto.Record
		if c.Parent != nil {
			if parent, err = syncproto.DecodeRecord(c.Parent); err != nil {
				t.Fatal(err)
			}
		}
		if got := syncproto.Placement(record, parent); !slices.Equal(got, c.Scopes) {
			t.Errorf("got %v, want %v", got, c.Scopes)
		}
	})
}

type consentCase struct {
	header
	Photo    json.RawMessage `json:"photo"`
	Consents []struct {
		Record   json.RawMessage `json:"record"`
		Evidence int             `json:"evidence"`
		Editor   bool            `json:"editor"`
	} `json:"consents"`
	Use   string           `json:"use"`
	Now   int64            `json:"now"`
	Lacks []syncproto.Code `json:"lacks"`
}

func TestConsentVectors(t *testing.T) {
	run(t, "consent.json", func(t *testing.T, c consentCase) {
		photo, err := syncproto.DecodeRecord(c.Photo)
		if err != nil {
			t.Fatal(err)
		}
		var consents []syncproto.Consent
		for _, in := range c.Consents {
			r, err := syncproto.DecodeRecord(in.Record)
			if err != nil {
				t.Fatal(err)
			}
			consents = append(consents, syncproto.Consent{Record: r, Evidence: in.Evidence, Editor: in.Editor})
		}
		var got []syncproto.Code
		for _, lack := range syncproto.Lacks(photo, consents, c.Use, c.Now) {
			if lack.Record != photo.ID {
				t.Errorf("%s is of %s", lack.What, lack.Record)
			}
			got = append(got, lack.What)
		}
		slices.Sort(got)
		if !slices.Equal(got, c.Lacks) {
			t.Errorf("got %v, want %v", got, c.Lacks)
		}
	})
}

type followsCase struct {
	header
	Units []struct {
		ID         syncproto.ID   `json:"id"`
		Parent     syncproto.ID   `json:"parent"`
		Until      int64          `json:"until"`
		Successors []syncproto.ID `json:"successors"`
	} `json:"units"`
	Person syncproto.ID `json:"person"`
	Grants []struct {
		Unit  syncproto.ID   `json:"unit"`
		Role  syncproto.Role `json:"role"`
		From  int64          `json:"from"`
		Until int64          `json:"until"`
	} `json:"grants"`
	At     int64             `json:"at"`
	Scopes []syncproto.Scope `json:"scopes"`
	Whole  bool              `json:"whole"`
}

func TestFollowsVectors(t *testing.T) {
	run(t, "follows.json", func(t *testing.T, c followsCase) {
		var units []syncproto.Unit
		for _, u := range c.Units {
			units = append(units, syncproto.Unit{ID: u.ID, Parent: u.Parent, Until: u.Until, Successors: u.Successors})
		}
		var grants []syncproto.Grant
		for _, g := range c.Grants {
			grants = append(grants, syncproto.Grant{Person: c.Person, Unit: g.Unit, Role: g.Role, From: g.From, Until: g.Until})
		}
		got, whole := syncproto.Follows(c.Person, grants, syncproto.NewTree(units), c.At)
		if !slices.Equal(got, c.Scopes) || whole != c.Whole {
			t.Errorf("got %v, %v\nwant %v, %v", got, whole, c.Scopes, c.Whole)
		}
	})
}

// TestVectorsAreRun holds that every file has a runner, every case names a clause that the SPEC has, and that there
// are as many cases as promised.
func TestVectorsAreRun(t *testing.T) {
	runners := []string{
		"clock.json", "codec.json", "consent.json", "cursor.json", "enroll.json", "follows.json", "ids.json", "machine.json", "media.json",
		"merge.json", "mutation.json",
		"outcome.json", "placement.json", "record.json", "refer.json", "registration.json", "request.json", "response.json", "sum.json", "text.json",
	}
	files, err := fs.Glob(vectors.Files, "*.json")
	if err != nil || !slices.Equal(files, runners) {
		t.Errorf("files %v, runners %v, %v", files, runners, err)
	}
	spec, err := os.ReadFile("SPEC.md")
	if err != nil {
		t.Fatal(err)
	}
	clauses := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\*\*(S-\d+)\.`).FindAllStringSubmatch(string(spec), -1) {
		clauses[m[1]] = true
	}
	total := 0
	for _, file := range files {
		data, _ := vectors.Files.ReadFile(file)
		var f struct{ Cases []header }
		if err := json.Unmarshal(data, &f); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		total += len(f.Cases)
		for _, c := range f.Cases {
			if !clauses[c.Clause] {
				t.Errorf("%s: %q names %s, which the SPEC does not have", file, c.Name, c.Clause)
			}
		}
	}
	if total < 220 {
		t.Errorf("only %d cases", total)
	}
	t.Logf("%d cases", total)
}
