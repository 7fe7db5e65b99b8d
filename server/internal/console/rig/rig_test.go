package rig_test

import (
	"testing"

	"lantoa/server/internal/console/rig"
)

func TestMain(m *testing.M) { rig.Main(m) }

// TestAPageIsSeen: somebody is signed in, sees a page, and a page that is not there is told as a fault.
func TestAPageIsSeen(t *testing.T) {
	w := rig.Start(t)
	tab := w.Tab(w.Editor)
	tab.Expect("answer 404")
	tab.Open("/console/no-such-page")
	if got := tab.Text("h1"); got == "" {
		t.Error("no heading")
	}
	tab.Axe()
	tab.Contrast()
	tab.Sound()
	tab.TextZoom(200)
	tab.NoHorizontalScroll()
	t.Log(tab.Weight())
	tab.TextZoom(100)
	tab.NoHorizontalScroll()
	tab.Phone()
	tab.Reload()
	tab.NoHorizontalScroll()
	tab.TargetSizes(24)
	tab.Screenshot("rig/not-found")
	other := w.Tab(w.Editor)
	other.Expect("answer 404")
	other.Language("en")
	other.Open("/console/no-such-page")
	if a, b := tab.Text("h1"), other.Text("h1"); a == b {
		t.Errorf("both languages say %q", a)
	}
	quiet := w.Tab(w.Officer)
	quiet.NoScript()
	quiet.Expect("answer 404")
	quiet.Open("/console/no-such-page")
	quiet.WaitText("noscript", "")
}
