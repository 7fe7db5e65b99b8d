package reconcile_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"

	"lantoa/syncproto/reconcile"
)

func TestMergeText(t *testing.T) {
	const base = "Sáng nay, chị Lan mang gạo đến thôn Hạ."
	tests := []struct {
		name              string
		base, mine, their string
		want              string
		clean             bool
	}{
		{"different words of a sentence merge", base, "Sáng nay, chị Lan mang gạo đến thôn Thượng.", "Chiều nay, chị Lan mang gạo đến thôn Hạ.", "Chiều nay, chị Lan mang gạo đến thôn Thượng.", true},
		{"insertions apart from each other merge", base, "Sáng sớm nay, chị Lan mang gạo đến thôn Hạ.", "Sáng nay, chị Lan mang gạo và muối đến thôn Hạ.", "Sáng sớm nay, chị Lan mang gạo và muối đến thôn Hạ.", true},
		{"a deletion and an insertion apart merge", base, "Chị Lan mang gạo đến thôn Hạ.", "Sáng nay, chị Lan mang gạo đến thôn Hạ và thôn Thượng.", "Chị Lan mang gạo đến thôn Hạ và thôn Thượng.", true},
		{"the same change on both sides agrees", base, "Tối nay, chị Lan mang gạo đến thôn Hạ.", "Tối nay, chị Lan mang mì đến thôn Hạ.", "Tối nay, chị Lan mang mì đến thôn Hạ.", true},
		{"one word changed twice does not merge", base, "Trưa nay, chị Lan mang gạo đến thôn Hạ.", "Tối nay, chị Lan mang gạo đến thôn Hạ.", "", false},
		{"neighbouring words do not merge", "anh Ba đi chợ", "chị Ba đi chợ", "anh Tư đi chợ", "", false},
		{"two different endings do not merge", "Hết.", "Hết. Cảm ơn.", "Hết. Hẹn gặp lại.", "", false},
		{"a word inside a rewritten sentence does not merge", "một hai ba bốn năm", "x y z t u", "một hai ba mới bốn năm", "", false},
		{"an emptied text does not merge with a changed one", base, "", base + " Thêm.", "", false},
		{"paragraphs merge", "A b c.\n\nD e f.\n\nG h i.", "A b x.\n\nD e f.\n\nG h i.", "A b c.\n\nD e f.\n\nG h y.", "A b x.\n\nD e f.\n\nG h y.", true},
		{"two texts from nothing do not merge", "", "một", "hai", "", false},
		{"tone marks are part of the syllable", "má ơi đi đâu", "mà ơi đi đâu", "má ơi đi đấu", "mà ơi đi đấu", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, side := range [][2]string{{tt.mine, tt.their}, {tt.their, tt.mine}} {
				want := tt.want
				if !tt.clean {
					want = side[0]
				}
				got, clean := reconcile.MergeText(tt.base, side[0], side[1])
				if got != want || clean != tt.clean {
					t.Errorf("MergeText(%q, %q, %q)\n got %q, %v\nwant %q, %v", tt.base, side[0], side[1], got, clean, want, tt.clean)
				}
			}
		})
	}
}

// checkMerge holds what is true of every merge.
func checkMerge(t *testing.T, base, mine, their string) {
	t.Helper()
	for _, tt := range [][3]string{{base, base, mine}, {base, mine, base}, {base, mine, mine}} {
		if got, clean := reconcile.MergeText(tt[0], tt[1], tt[2]); got != mine || !clean {
			t.Fatalf("MergeText(%q, %q, %q) = %q, %v", tt[0], tt[1], tt[2], got, clean)
		}
	}
	got, clean := reconcile.MergeText(base, mine, their)
	back, cleanBack := reconcile.MergeText(base, their, mine)
	if clean != cleanBack || clean && got != back {
		t.Fatalf("sides of %q, %q, %q do not commute: %q %v, %q %v", base, mine, their, got, clean, back, cleanBack)
	}
	if !clean {
		if got != mine {
			t.Fatalf("an unclean merge of %q, %q, %q is %q", base, mine, their, got)
		}
		return
	}
	b, merged := words(base), words(got)
	for _, side := range []string{mine, their} {
		for word, n := range words(side) {
			if n > b[word] && merged[word] < n-b[word] {
				t.Fatalf("%q of %q is missing in %q (base %q)", word, side, got, base)
			}
		}
	}
	m, o := words(mine), words(their)
	for word, n := range b {
		if n == 1 && m[word] > 0 && o[word] > 0 && merged[word] == 0 {
			t.Fatalf("%q, which both sides left, is missing in %q", word, got)
		}
	}
}

func words(text string) map[string]int {
	out := map[string]int{}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r)
	}) {
		out[word]++
	}
	return out
}

func TestMergeTextOfRandomEdits(t *testing.T) {
	const seed = 20
	rng := rand.New(rand.NewPCG(seed, 0))
	clean := 0
	for range 20000 {
		base := randomText(rng, rng.IntN(30), 6)
		mine, their := mutateText(rng, base, rng.IntN(4)), mutateText(rng, base, rng.IntN(4))
		checkMerge(t, base, mine, their)
		if got, ok := reconcile.MergeText(base, mine, their); ok && got != mine && got != their {
			clean++
		}
	}
	if clean < 1000 {
		t.Errorf("seed %d: only %d of 20000 merges were real ones", seed, clean)
	}
}

func randomText(rng *rand.Rand, n, vocabulary int) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = fmt.Sprintf("từ%d", rng.IntN(vocabulary))
		if rng.IntN(6) == 0 {
			parts[i] += "."
		}
	}
	return strings.Join(parts, " ")
}

func mutateText(rng *rand.Rand, text string, edits int) string {
	parts := strings.Fields(text)
	for range edits {
		at := rng.IntN(len(parts) + 1)
		switch fresh := fmt.Sprintf("mới%d", rng.IntN(50)); {
		case at == len(parts) || rng.IntN(3) == 0:
			parts = append(parts[:at:at], append([]string{fresh}, parts[at:]...)...)
		case rng.IntN(2) == 0:
			parts = append(parts[:at:at], parts[at+1:]...)
		default:
			parts[at] = fresh
		}
	}
	return strings.Join(parts, " ")
}

func TestMergeTextIsBoundedForHugeTexts(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 0))
	huge := func() string { return strings.ToValidUTF8(randomText(rng, 60<<10/7, 5000), "") }
	if _, clean := reconcile.MergeText(huge(), huge(), huge()); clean {
		t.Error("three unrelated texts merged cleanly")
	}
	base := huge()
	front, back := "Mở đầu. "+base, base+" Kết."
	if got, clean := reconcile.MergeText(base, front, back); !clean || got != "Mở đầu. "+base+" Kết." {
		t.Error("changes at the two ends of a huge text did not merge")
	}
}

func FuzzMergeText(f *testing.F) {
	f.Add("một hai ba", "một hai ba bốn", "không hai ba")
	f.Add("", "a", "b")
	f.Add("a b a b a", "b a b a", "a b a b")
	f.Add("\xff\xfe", "\xff", "x\xfe")
	f.Fuzz(func(t *testing.T, base, mine, their string) { checkMerge(t, base, mine, their) })
}

func BenchmarkMergeText64K(b *testing.B) {
	for _, tt := range []struct {
		name  string
		edits int
	}{{"a few changes", 10}, {"every tenth syllable", 800}, {"nothing in common", 0}} {
		b.Run(tt.name, func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 1))
			base := randomText(rng, 64<<10/8, 1500)
			mine, their := mutateText(rng, base, tt.edits), mutateText(rng, base, tt.edits)
			if tt.edits == 0 {
				mine, their = randomText(rng, 64<<10/8, 1500), randomText(rng, 64<<10/8, 1500)
			}
			b.SetBytes(int64(len(base)))
			b.ReportAllocs()
			for b.Loop() {
				reconcile.MergeText(base, mine, their)
			}
		})
	}
}
