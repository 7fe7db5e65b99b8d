package viet_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"lantoa/syncproto/viet"
)

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"":                             "",
		"Hội Chữ thập đỏ":              "hoi chu thap do",
		"HỘI CHỮ THẬP ĐỎ":              "hoi chu thap do",
		norm.NFD.String("Chữ thập đỏ"): "chu thap do",
		"Đắk Lắk":                      "dak lak",
		"hoà thủy hòa thuỷ":            "hoa thuy hoa thuy",
		"quí quý Quí":                  "quy quy quy",
		"quít quýt quỳnh quình":        "quyt quyt quynh quynh",
		"quick equity":                 "quick equity",
		"“Nghĩa tình” – 2026, 50%":     "“nghia tinh” – 2026, 50%",
		"Crème Brûlée ñ":               "creme brulee n",
		"Kelvin \u212a":                "kelvin k",
		"日本 한국":                        "日本 한국",
		"ai\u0301":                     "ai",
		"bad \xff byte":                "bad \ufffd byte",
	} {
		if got := viet.Fold(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestExact(t *testing.T) {
	for in, want := range map[string]string{
		"":                             "",
		norm.NFD.String("Chữ Thập Đỏ"): "chữ thập đỏ",
		"hoà hòa Hoà HÒA":              "hòa hòa hòa hòa",
		"thuỷ thủy":                    "thủy thủy",
		"khoẻ khỏe":                    "khỏe khỏe",
		"hòan hoàn":                    "hoàn hoàn",
		"quí quý quít":                 "quý quý quýt",
		"quả qủa của":                  "quả quả của",
		"giá gía gì giữa giữ giếng gỉa":     "giá giá gì giữa giữ giếng giả",
		"ngoài khuỷu xoáy khuya":            "ngoài khuỷu xoáy khuya",
		"nghiêng nghiêng":                   "nghiêng nghiêng",
		"thuở thưở mía ghế được đuợc":       "thuở thưở mía ghế được đuợc",
		"hoa phượng":                        "hoa phượng",
		"café résumé Đà Nẵng":               "café résumé đà nẵng",
		"Hoà-Bình, (thuỷ)":                  "hòa-bình, (thủy)",
		"chữ thap đỏ":                       "chữ thap đỏ",
		"CTĐ TNV":                           "ctđ tnv",
		"Quick 12:30":                       "quick 12:30",
		norm.NFD.String("Thuỷ") + "\u0323x": norm.NFC.String("thuỷ\u0323x"),
	} {
		if got := viet.Exact(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestIsWord(t *testing.T) {
	for r := range rune(0x3000) {
		if want := unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r); viet.IsWord(r) != want {
			t.Errorf("%U: got %t", r, !want)
		}
	}
}

// TestExactIsMadeOfWords: what is remembered by the word is as good as what is made of the whole text.
func TestExactIsMadeOfWords(t *testing.T) {
	for _, s := range []string{"Hoà, QUÍ khách; thuỷ—đẹp", "İ ŉ ǅ a\u0301\u0323b", "giếng (nước) 24/7"} {
		var b strings.Builder
		word := ""
		for _, r := range viet.Lower(s) + " " {
			if viet.IsWord(r) {
				word += string(r)
				continue
			}
			b.WriteString(viet.Syllable(word) + string(r))
			word = ""
		}
		if got := strings.TrimSuffix(b.String(), " "); got != viet.Exact(s) {
			t.Errorf("%q: got %q, want %q", s, got, viet.Exact(s))
		}
	}
}

func TestNamesStandByGivenName(t *testing.T) {
	want := []string{
		"Nguyễn Văn An", "Trần Văn An", "Nguyễn Thị Ánh", "Lê Ân", "Phan Bình", "Vũ Cường", "Ngô Dung", "Đỗ Duyên", "Bùi Đạt",
		"Hồ Đông", "Lê Hà", "Lý Thị Hạ", "Lê Hải", "Phạm Văn Hòa", "Đinh Hùng", "Vàng A Ly", "Sùng Ơn", "Lò Tư", "Mai Ý",
	}
	r := rand.New(rand.NewPCG(7, 1))
	got := slices.Clone(want)
	r.Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
	slices.SortFunc(got, func(a, b string) int { return bytes.Compare(viet.NameKey(a), viet.NameKey(b)) })
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for _, pair := range [][2]string{{"Lê  Hòa ", norm.NFD.String("Lê Hòa")}, {"", "  "}} {
		if !bytes.Equal(viet.NameKey(pair[0]), viet.NameKey(pair[1])) {
			t.Errorf("%q and %q stand apart", pair[0], pair[1])
		}
	}
}

func TestTail(t *testing.T) {
	for in, want := range map[string]string{"+84912345678": "678", "0912 345 67 8": "678", "": "", "12": ""} {
		if got := viet.Tail(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// FuzzFold: both forms are forms of themselves and of each other, and whatever is typed breaks nothing.
func FuzzFold(f *testing.F) {
	for _, s := range []string{
		"Hội Chữ thập đỏ", norm.NFD.String("Thuỷ quí Hoà"), "quít Quình", "İstanbul ŉ ǅ ẞ Σς", "한국 \u0340\u0301", "\xff\xfe", "q\u0301ui", "क्षि",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		folded, exact := viet.Fold(s), viet.Exact(s)
		if again := viet.Fold(folded); again != folded {
			t.Errorf("%q folds to %q, and that to %q", s, folded, again)
		}
		if again := viet.Exact(exact); again != exact {
			t.Errorf("%q is %q, and that %q", s, exact, again)
		}
		if of := viet.Fold(exact); of != folded {
			t.Errorf("%q folds to %q, its exact form to %q", s, folded, of)
		}
		if !norm.NFC.IsNormalString(exact) || !norm.NFC.IsNormalString(folded) {
			t.Errorf("%q: %q or %q is not composed", s, exact, folded)
		}
		if strings.ContainsAny(folded, "đĐăâêôơư") {
			t.Errorf("%q folds to %q", s, folded)
		}
		viet.NameKey(s)
	})
}

func BenchmarkFold(b *testing.B) {
	text := strings.Repeat("Hội Chữ thập đỏ xã Hoà Bình trao 50 suất quà cho bà con vùng lũ. ", 16)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		viet.Fold(text)
	}
}

func BenchmarkExact(b *testing.B) {
	text := strings.Repeat("Hội Chữ thập đỏ xã Hoà Bình trao 50 suất quà cho bà con vùng lũ. ", 16)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		viet.Exact(text)
	}
}
