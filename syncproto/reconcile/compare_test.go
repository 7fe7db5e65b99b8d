package reconcile_test

import (
	"strings"
	"testing"

	"lantoa/syncproto/reconcile"
)

func TestCompareTextBySyllable(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"", "", ""},
		{"", "Xin chào", "+Xin chào+"},
		{"Xin chào", "", "-Xin chào-"},
		{"Hội Chữ thập đỏ xã", "Hội Chữ thập đỏ xã", "Hội Chữ thập đỏ xã"},
		{"Chị Lan góp 20 suất quà.", "Chị Lan góp 25 suất quà.", "Chị Lan góp -20-+25+ suất quà."},
		{"hoà bình ở xã", "hòa bình tại xã nhà", "-hoà-+hòa+ bình -ở-+tại+ xã+ nhà+"},
		{"một hai", "ba bốn", "-một hai-+ba bốn+"},
		{"a\xffb", "a\xfeb", "a-\xff-+\xfe+b"},
	} {
		if got := marked(reconcile.CompareText(c.from, c.to)); got != c.want {
			t.Errorf("%q to %q: got %q, want %q", c.from, c.to, got, c.want)
		}
	}
}

func marked(runs []reconcile.Run) string {
	var out strings.Builder
	for _, r := range runs {
		sign := map[reconcile.RunMark]string{reconcile.RunAdded: "+", reconcile.RunRemoved: "-"}[r.Mark]
		out.WriteString(sign + r.Text + sign)
	}
	return out.String()
}

func FuzzCompareText(f *testing.F) {
	f.Add("Chị Lan góp 20 suất quà.", "Chị Lan góp 25 suất quà cho hội.")
	f.Add(" a  b", "b a ")
	f.Fuzz(func(t *testing.T, from, to string) {
		var left, right string
		var last reconcile.RunMark
		for _, r := range reconcile.CompareText(from, to) {
			if r.Text == "" || r.Mark == last {
				t.Fatalf("%q to %q: an empty run or two alike", from, to)
			}
			if last = r.Mark; r.Mark != reconcile.RunAdded {
				left += r.Text
			}
			if r.Mark != reconcile.RunRemoved {
				right += r.Text
			}
		}
		if left != from || right != to {
			t.Fatalf("%q to %q: the runs are %q and %q", from, to, left, right)
		}
	})
}
