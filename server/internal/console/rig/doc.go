// Package rig drives a real browser against a real server in tests of the console. No program links it.
//
// A package of browser tests has one browser, and each Tab has a profile of its own in it:
//
//	func TestMain(m *testing.M) { rig.Main(m) }
//
//	func TestQueue(t *testing.T) {
//		w := rig.Start(t)
//		tab := w.Tab(w.Editor)
//		tab.Open("/console/queue")
//		tab.Axe()
//	}
//
// Without a Chromium such tests skip and say so; with REQUIRE_BROWSER=1 they fail instead.
//
// Whatever a page does wrong fails its test at the end: an error on the console, an exception that nothing caught, a
// violated security policy, a request that failed or was refused. Tab.Expect says beforehand what belongs to a test.
// With LANTOA_SCREENSHOTS set to a folder, Tab.Screenshot keeps its pictures there.
package rig
