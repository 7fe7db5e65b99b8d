package page

import (
	"strings"
	"testing"
)

func TestFormsSayForWhomTheyWereDrawn(t *testing.T) {
	const field = `<input type="hidden" name="_person" value="01a">`
	for _, c := range []struct{ page, want string }{
		{"", ""},
		{"<p>no form</p>", "<p>no form</p>"},
		{`<form method="post" action="/x"><b>`, `<form method="post" action="/x">` + field + `<b>`},
		{`<form class="stack" method="post"></form>`, `<form class="stack" method="post">` + field + `</form>`},
		{`<form method="get"></form>`, `<form method="get"></form>`},
		{`<form role="search"></form>`, `<form role="search"></form>`},
		{`<form method="dialog"></form>`, `<form method="dialog"></form>`},
		{`<form method="post"`, `<form method="post"`},
		{`&lt;form method="post">`, `&lt;form method="post">`},
		{`<form method="post">a</form><form method="post">b</form>`, `<form method="post">` + field + `a</form><form method="post">` + field + `b</form>`},
	} {
		if got := string(sign([]byte(c.page), "01a")); got != c.want {
			t.Errorf("%q: got %q", c.page, got)
		}
	}
	if got := string(sign([]byte(`<form method="post">`), `"><script>`)); strings.Contains(got, "<script>") {
		t.Errorf("got %q", got)
	}
}
