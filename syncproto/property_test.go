package syncproto

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// seed makes the random tests repeat; change it to look elsewhere.
const seed = 20251122

func random(t *testing.T) *rand.Rand {
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// TestPlainIsSafe holds the short cut against the tables of Unicode, for every character alone and beside others.
func TestPlainIsSafe(t *testing.T) {
	taken := 0
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if r >= 0xd800 && r < 0xe000 || !plain([]byte(string(r))) {
			continue
		}
		taken++
		p := norm.NFC.PropertiesString(string(r))
		if p.CCC() != 0 || !norm.NFC.IsNormalString(string(r)) || !norm.NFC.IsNormalString("e"+string(r)) || !norm.NFC.IsNormalString("ế"+string(r)) {
			t.Errorf("%U is not plain", r)
		}
	}
	if taken < 0x300+0x100+0x30 {
		t.Errorf("only %d characters are plain", taken)
	}
	for _, hex := range []string{"\xc2", "\xc1\x80", "\xe1\xb8", "\xe1\xb8\x20", "\xe1\xbc\x80", "\xe2\x80\x80", "\x80", "\xc2\xc2", "\xcc\x80", "\xe2\x80\x90\x90"} {
		if plain([]byte(hex)) {
			t.Errorf("%x is plain", hex)
		}
	}
}

var textPieces = []string{
	"Bếp ăn 0 đồng", "lũ", "e\u0302\u0301", "\u0323\u0302", "🌸", "\"", "\\", "/", "\n", "\t", "\u0001", "\u007f", "\u2028", "ﬁ", "한", "x", " ", "\u1112\u1161",
}

func randomText(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(6) {
		b.WriteString(textPieces[r.IntN(len(textPieces))])
	}
	return b.String()
}

func randomName(r *rand.Rand) string {
	return fmt.Sprintf("%c%s%d", 'a'+rune(r.IntN(26)), strings.Repeat("_", r.IntN(2)), r.IntN(30))
}

func randomValue(r *rand.Rand, depth int) Value {
	switch n := r.IntN(8); {
	case n == 0:
		return Null
	case n == 1:
		return Bool(r.IntN(2) == 0)
	case n == 2:
		return Int(r.Int64() >> r.IntN(63))
	case n == 3:
		v, err := ParseValue(fmt.Appendf(nil, "%g", r.NormFloat64()))
		if err != nil {
			panic(err)
		}
		return v
	case n < 6 || depth == 0:
		return Text(randomText(r))
	case n == 6:
		items := make([]Value, r.IntN(4))
		for i := range items {
			items[i] = randomValue(r, depth-1)
		}
		return List(items...)
	}
	return Object(randomFields(r, depth-1))
}

func randomFields(r *rand.Rand, depth int) Fields {
	f := Fields{}
	for range r.IntN(5) {
		f[randomName(r)] = randomValue(r, depth)
	}
	return f
}

func randomID(r *rand.Rand) ID {
	var b [10]byte
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return MakeID(r.Int64N(1<<48), b)
}

// TestValuesRoundTrip holds that what the package makes is canonical, and that what it gives back is what was put in.
func TestValuesRoundTrip(t *testing.T) {
	r := random(t)
	for range 20_000 {
		v := randomValue(r, 4)
		again, err := ParseValue([]byte(v))
		if err != nil || again != v {
			t.Fatalf("%s became %s: %v", v, again, err)
		}
		if items, ok := v.AsList(); ok && List(items...) != v {
			t.Fatalf("the list %s became %s", v, List(items...))
		}
		if members, ok := v.AsObject(); ok && Object(members) != v {
			t.Fatalf("the object %s became %s", v, Object(members))
		}
		if text, ok := v.AsText(); ok && Text(text) != v {
			t.Fatalf("the text %s became %s", v, Text(text))
		}
		if n, ok := v.AsInt(); ok && v[0] != '"' && Int(n) != v {
			t.Fatalf("the integer %s became %s", v, Int(n))
		}
	}
}

// TestOrderOfMembersDoesNotMatter shuffles the members of objects and expects the same canonical form.
func TestOrderOfMembersDoesNotMatter(t *testing.T) {
	r := random(t)
	for range 2_000 {
		f := randomFields(r, 3)
		names := f.Names()
		r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		var members []string
		for _, name := range names {
			members = append(members, ` "`+name+`" : `+string(f[name]))
		}
		text := "{" + strings.Join(members, " ,") + "}"
		got, err := ParseValue([]byte(text))
		if err != nil || got != Object(f) {
			t.Fatalf("%s became %s: %v", text, got, err)
		}
	}
}

func randomRecord(r *rand.Rand) *Record {
	rec := &Record{
		ID: randomID(r), Kind: Kind(randomName(r)), Unit: randomID(r), Author: randomID(r), Revision: 1 + r.Int64N(9),
		Fields: randomFields(r, 3), Received: 1 + r.Int64N(MaxInteger),
	}
	rec.Changed = rec.Received + r.Int64N(2)
	if r.IntN(2) == 0 {
		rec.Extra = Fields{"zz_new": randomValue(r, 2), "aa_new": randomValue(r, 2), "mm_new": Null}
		rec.Marks = map[string]int64{"title": 2, "state_": rec.Revision + 1}
		rec.Claim = &Claim{Person: randomID(r), Until: 5}
		rec.Captured = &Captured{Device: r.Int64N(9), Estimate: 3}
		rec.State, rec.Reason = StateInReview, Text(randomText(r)).TextOr("")
	}
	return rec
}

func TestRecordsRoundTrip(t *testing.T) {
	r := random(t)
	for range 5_000 {
		rec := randomRecord(r)
		wire := AppendRecord(nil, rec)
		if v, err := ParseValue(wire); err != nil || string(v) != string(wire) {
			t.Fatalf("not canonical: %s, %v", wire, err)
		}
		got, err := DecodeRecord(wire)
		if err != nil || !reflect.DeepEqual(got, rec) {
			t.Fatalf("%+v became %+v: %v", rec, got, err)
		}
		// Dead letters and stores keep wires: what was decoded must not live in them.
		for i := range wire {
			wire[i] = 'x'
		}
		if !reflect.DeepEqual(got, rec) || !reflect.DeepEqual(got.Clone(), rec) {
			t.Fatal("the record shares memory with the bytes it came from")
		}
	}
}

func TestMutationsRoundTrip(t *testing.T) {
	r := random(t)
	for range 5_000 {
		m := &Mutation{
			Number: 1 + r.Int64N(99), ID: randomID(r), Record: randomID(r), Kind: "survey", BaseRevision: r.Int64N(3), Set: Fields{"a": randomValue(r, 3)},
		}
		if r.IntN(2) == 0 {
			m.Add = map[string][]Value{"b": {randomValue(r, 2), Text(randomText(r))}}
			m.Remove = map[string][]Value{"b": {Int(4)}, "c": {}}
			m.Origin = &Origin{Device: randomID(r), Number: 7}
			m.BaseEpoch, m.Captured = "0123456789abcdef", CaptureClock{Device: 1, Boot: "b", Uptime: 2}
		}
		wire := AppendMutation(nil, m)
		got, err := DecodeMutation(wire)
		if err != nil || !reflect.DeepEqual(got, m) || got.Validate() != nil {
			t.Fatalf("%+v became %+v: %v", m, got, err)
		}
		moved := *m
		moved.Number, moved.Origin, moved.BaseEpoch = 1000, &Origin{Device: idA, Number: 1}, "ffffffffffffffff"
		if HashMutation(&moved) != HashMutation(m) {
			t.Fatal("the hash changed with the number, origin or epoch")
		}
		moved.BaseRevision++
		if HashMutation(&moved) == HashMutation(m) {
			t.Fatal("the hash did not change with the base")
		}
	}
}

// TestExchangeRoundTrips sends full requests and responses through their wire forms.
func TestExchangeRoundTrips(t *testing.T) {
	push := pushOf(3)
	req, err := DecodeSyncRequest(push)
	if err != nil || !bytes.Equal(AppendSyncRequest(nil, req), push) {
		t.Errorf("request: %v", err)
	}
	resp := pageOf(3)
	resp.Digests = []ScopeDigest{{Scope: ScopePublic}}
	resp.Digests[0].Leaves[255] = 1<<64 - 1
	resp.Leaves = []LeafPage{{Scope: ScopePublic, Leaf: 9, After: idA, Changes: []Change{{ID: idB, Removed: true}}, Complete: true}}
	resp.Drops, resp.PushCode, resp.More, resp.Durable = []Scope{DeskScope(idA)}, CodeOutOfOrder, true, 3
	resp.Outcomes = []Outcome{{Number: 4, Result: Conflicts, Code: CodeFieldConflict, Detail: "title", Revision: 2, Conflict: idB}}
	got, err := DecodeSyncResponse(AppendSyncResponse(nil, resp))
	if err != nil || !reflect.DeepEqual(got, resp) {
		t.Errorf("response: %+v, %v", got, err)
	}
}

// TestEnrollCodesCatchSlips tries every single wrong character and every swap of neighbours.
func TestEnrollCodesCatchSlips(t *testing.T) {
	for range 20 {
		bare, err := ParseEnrollCode(NewEnrollCode())
		if err != nil {
			t.Fatal(err)
		}
		for i := range bare {
			for _, c := range codeAlphabet {
				wrong := bare[:i] + string(c) + bare[i+1:]
				if _, err := ParseEnrollCode(wrong); (err == nil) != (wrong == bare) {
					t.Fatalf("%s for %s: %v", wrong, bare, err)
				}
			}
			if i > 0 {
				swapped := bare[:i-1] + bare[i:i+1] + bare[i-1:i] + bare[i+1:]
				if _, err := ParseEnrollCode(swapped); (err == nil) != (swapped == bare) {
					t.Fatalf("%s for %s: %v", swapped, bare, err)
				}
			}
		}
	}
}

// TestCursorOfManyScopes holds that the largest cursor fits its limit, and that every changed bit is found.
func TestCursorOfManyScopes(t *testing.T) {
	key := bytes.Repeat([]byte{1}, 32)
	c := &Cursor{Accepted: MaxInteger, Access: MaxInteger}
	for i := range MaxScopes {
		c.Positions = append(c.Positions, Position{Scope: MaxInteger - uint64(i), Sequence: MaxInteger, Fresh: i%2 == 0})
	}
	text := c.Seal(key, idA)
	got, err := OpenCursor(key, idA, text)
	if err != nil || !reflect.DeepEqual(got, c) {
		t.Fatalf("%d characters: %v", len(text), err)
	}
	for i := range len(text) {
		for _, b := range []byte{'A', '_', 'z'} {
			if text[i] == b {
				continue
			}
			if _, err := OpenCursor(key, idA, text[:i]+string(b)+text[i+1:]); CodeOf(err) != CodeCursorForged {
				t.Fatalf("a change at %d was not found: %v", i, err)
			}
		}
	}
}

// TestEncodingIsCanonical: texts that are no values, such as a reason, are cleaned on their way out.
func TestEncodingIsCanonical(t *testing.T) {
	m := &Mutation{Number: 1, ID: idA, Record: idB, Kind: KindStory, Command: CommandReturn, Reason: norm.NFD.String("Thiếu ngày") + "\x00\xff"}
	wire := AppendMutation(nil, m)
	got, err := DecodeMutation(wire)
	if err != nil || got.Reason != "Thiếu ngày\ufffd\ufffd" || HashMutation(got) != HashMutation(m) {
		t.Errorf("%s: %v", wire, err)
	}
}

// TestTextIsAlwaysReadable: whatever an app hands over can be kept and sent.
func TestTextIsAlwaysReadable(t *testing.T) {
	for _, text := range []string{"\x00", "\xff", "a\x00b", "\xed\xa0\x80", "e\u0302\u0301", "x" + strings.Repeat("\u0323\u0302", 40)} {
		v := Text(text)
		again, err := ParseValue([]byte(v))
		if err != nil || again != v {
			t.Errorf("%q became %s, which reads as %s: %v", text, v, again, err)
		}
	}
}

func TestDepth(t *testing.T) {
	for value, want := range map[Value]int{
		"": 0, "1": 0, `"[{\\\"["`: 0, "[]": 1, `{"a":[],"b":{"c":[1]}}`: 3, `["]",{"[":"}"}]`: 2,
	} {
		if got := value.Depth(); got != want {
			t.Errorf("%s: got %d, want %d", value, got, want)
		}
	}
}
