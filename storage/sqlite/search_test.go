package sqlite_test

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

// FuzzSearch: whatever is typed is a search that finds the same as reading every text, and no text is without an answer to
// its own words.
func FuzzSearch(f *testing.F) {
	for _, typed := range []string{
		"chu thap do", `"chữ thập đỏ" ctđ`, `a AND "b`, "NEAR(a b, 2)", "folded : x", "*", `""" OR`, "\x00a\x00b", "-a +b ^c", "quí hoà", "日本 한국 क्षि", "İ ŉ ǅ",
	} {
		f.Add(typed, "Hội Chữ thập đỏ")
	}
	s := open(f, filepath.Join(f.TempDir(), "lantoa.db"))
	model := memory.New()
	f.Fuzz(func(t *testing.T, typed, text string) {
		if !utf8.ValidString(text) {
			t.Skip("texts are UTF-8 when they come here")
		}
		put := func(tx storage.Tx) error {
			for i, text := range []string{text, typed, "Hội CTĐ xã Hoà Bình", "chu thap do", "đỏ tháp chữ"} {
				row := &storage.Submission{Record: benchID(uint64(i)), Text: string([]rune(text))}
				if err := tx.PutSubmission(row, 0); err != nil {
					return err
				}
			}
			return nil
		}
		var found [2][]syncproto.ID
		for i, one := range []storage.Store{s, model} {
			if err := one.Update(t.Context(), put); err != nil {
				t.Fatal(err)
			}
			err := one.View(t.Context(), func(r storage.Reader) error {
				page, err := r.Find(&storage.Query{Text: typed, Limit: 10})
				if err != nil {
					return err
				}
				for _, row := range page.Rows {
					found[i] = append(found[i], row.Record)
				}
				return nil
			})
			if err != nil {
				t.Fatalf("%q in %q: %v", typed, text, err)
			}
		}
		if !slices.Equal(found[0], found[1]) {
			t.Errorf("%q in %q: got %v, want %v", typed, text, found[0], found[1])
		}
	})
}

// TestAnythingCanBeTyped asks hundreds of questions made of what means something to a query language.
func TestAnythingCanBeTyped(t *testing.T) {
	const seed = 21
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	parts := strings.Split("\"|*|^|:|(|)|+|-|{|}| |  |AND|OR|NOT|NEAR|folded|exact|rowid|submission_words|chữ|thập|đỏ|chu|thap|do|ctđ|CTĐ|hoà|hòa|quí|\x00|'|;|--|\\|%|_|日|é|\xff|“|”", "|")
	s := open(t, filepath.Join(t.TempDir(), "lantoa.db"))
	model := memory.New()
	texts := make([]string, 200)
	random := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(parts[r.IntN(len(parts))])
			if r.IntN(2) == 0 {
				b.WriteByte(' ')
			}
		}
		return b.String()
	}
	for i := range texts {
		texts[i] = strings.ToValidUTF8(random(1+r.IntN(20)), "")
	}
	stores := []storage.Store{s, model}
	for _, one := range stores {
		err := one.Update(t.Context(), func(tx storage.Tx) error {
			for i, text := range texts {
				if err := tx.PutSubmission(&storage.Submission{Record: benchID(uint64(i)), Text: text}, 0); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	times := 500
	if testing.Short() {
		times = 50
	}
	for range times {
		typed := random(1 + r.IntN(6))
		var found [2][]storage.Submission
		for i, one := range stores {
			err := one.View(t.Context(), func(r storage.Reader) error {
				page, err := r.Find(&storage.Query{Text: typed, Limit: 200})
				if err == nil {
					found[i] = page.Rows
				}
				return err
			})
			if err != nil {
				t.Fatalf("%q: %v", typed, err)
			}
		}
		if !slices.Equal(found[0], found[1]) {
			t.Errorf("%q: got %d rows, want %d", typed, len(found[0]), len(found[1]))
		}
	}
}
