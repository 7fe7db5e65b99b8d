package find_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"lantoa/storage"
	"lantoa/storage/internal/find"
	"lantoa/syncproto"
)

// text writes clauses as people would: alternatives by |, phrases in brackets, a star where a word may go on.
func text(clauses ...find.Clause) string {
	var out []string
	for _, c := range clauses {
		var ways []string
		for _, s := range c {
			way := strings.Join(s.Words, " ")
			if s.Start {
				way += "*"
			}
			if s.Phrase {
				way = "[" + way + "]"
			}
			ways = append(ways, way)
		}
		out = append(out, strings.Join(ways, "|"))
	}
	return strings.Join(out, " & ")
}

func TestParse(t *testing.T) {
	for typed, want := range map[string]string{
		"hoa":              "hoa* / ",
		"ho":               "ho / ",
		"hoa ":             "hoa / ",
		"Hoà":              "hòa* / ",
		"mua lon":          "mua & lon* / [mua lon*]",
		"mưa lớn.":         "mưa & lớn / [mưa lớn]",
		`"mua lon"`:        "[mua lon] / [mua lon]",
		`"mua lon`:         "[mua lon] / [mua lon]",
		`bao "mua lon" to`: "bao & [mua lon] & to / [bao mua lon to]",
		"ctd":              "ctd*|[chu thap do] / ",
		"chu thap do":      "chu thap do|ctd / [chu thap do]|[ctd]",
		"hội CTĐ":          "hội & ctđ*|[chữ thập đỏ] / [hội ctđ*]|[hội chữ thập đỏ]",
	} {
		s := find.Parse(typed)
		if got := text(s.Words[s.Form()]...) + " / " + text(s.Row[s.Form()]); got != want {
			t.Errorf("%s: got %s, want %s", typed, got, want)
		}
	}
	for _, typed := range []string{"", " ", `""`, "%-*", "\xff"} {
		if s := find.Parse(typed); s != nil {
			t.Errorf("%q: got %+v, want no search", typed, s)
		}
	}
	if s := find.Parse(strings.Repeat("chữ thập đỏ ", 1000)); len(s.Words[find.Folded]) != 8 || len(s.Row[find.Folded]) != 8 {
		t.Errorf("got %d clauses and %d ways, want both bounded", len(s.Words[find.Folded]), len(s.Row[find.Folded]))
	}
}

func TestWordsAreCut(t *testing.T) {
	long := strings.Repeat("đ", 100)
	got := find.NewText(long + ", quí; \u0301 a_b")
	if want := strings.Repeat("đ", 32) + " quý a b"; got.Join(find.Accented) != want {
		t.Errorf("got %q, want %q", got.Join(find.Accented), want)
	}
	if want := strings.Repeat("d", 32) + " quy a b"; got.Join(find.Folded) != want {
		t.Errorf("got %q, want %q", got.Join(find.Folded), want)
	}
	if _, ok := find.Parse(long).Level(got); !ok {
		t.Error("a long word is not found")
	}
}

func TestMarksComeBack(t *testing.T) {
	id := syncproto.MakeID(5, [10]byte{1, 2, 3})
	for _, k := range []find.Key{{}, {1, 2, id}, {math.MaxInt64, math.MinInt64, id}} {
		for _, order := range []storage.Order{storage.OrderWaiting, storage.OrderNewest} {
			p, err := find.Check(&storage.Query{Order: order, From: k.Encode(order), Limit: 1})
			if err != nil {
				t.Fatal(err)
			}
			if k.Record == "" {
				k.Record = p.Mark.Record // no row is without
			}
			if *p.Mark != k {
				t.Errorf("got %+v, want %+v", *p.Mark, k)
			}
		}
	}
}

func TestUnits(t *testing.T) {
	a, b := syncproto.MakeID(1, [10]byte{1}), syncproto.MakeID(2, [10]byte{1})
	if got := find.Units([]syncproto.ID{b, a, "x", b, ""}); !slices.Equal(got, []syncproto.ID{"", a, b}) {
		t.Errorf("got %s", fmt.Sprint(got))
	}
}
