package rig

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Size makes the window this large, with a mouse.
func (tab *Tab) Size(width, height int) {
	tab.t.Helper()
	tab.touch, tab.width, tab.height = false, width, height
	tab.resize(height)
}

// Phone makes the tab a phone of 360×760 with a finger.
func (tab *Tab) Phone() {
	tab.t.Helper()
	tab.touch, tab.width, tab.height = true, 360, 760
	tab.resize(tab.height)
}

func (tab *Tab) resize(height int) {
	tab.t.Helper()
	var options []chromedp.EmulateViewportOption
	if tab.touch {
		options = append(options, chromedp.EmulateScale(2), chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait)
	}
	tab.do(chromedp.EmulateViewport(int64(tab.width), int64(height), options...))
}

// Dark prefers the dark look, or no longer.
func (tab *Tab) Dark(on bool) {
	tab.t.Helper()
	scheme := "light"
	if on {
		scheme = "dark"
	}
	tab.do(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}}))
}

// Paper shows a tab as it is printed on A4.
func (tab *Tab) Paper() {
	tab.t.Helper()
	tab.Size(794, 1123)
	tab.do(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}))
}

// Language is that which the browser asks for, "vi" or "en", from the next page on.
func (tab *Tab) Language(lang string) {
	tab.t.Helper()
	tab.lang = lang
	tab.do(call(network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": lang}}))
}

// TextZoom makes letters this large in percent, as the setting of a browser does, on this page and the next ones.
func (tab *Tab) TextZoom(percent int) {
	tab.t.Helper()
	if tab.zoom != "" {
		tab.do(call(page.RemoveScriptToEvaluateOnNewDocument, page.RemoveScriptToEvaluateOnNewDocumentParams{Identifier: tab.zoom}))
	}
	made, err := chromedp.Call(tab.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: zoomed(percent), RunImmediately: new(true)})
	if err != nil {
		tab.t.Fatalf("the browser: %v", err)
	}
	tab.zoom = made.Identifier
}

// NoScript runs no scripts from the next page on.
func (tab *Tab) NoScript() {
	tab.t.Helper()
	tab.mute = true
	tab.do(call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
}

// Offline takes the network away or gives it back. What fails meanwhile is expected.
func (tab *Tab) Offline(off bool) {
	tab.t.Helper()
	if off {
		tab.Expect("ERR_INTERNET_DISCONNECTED")
	}
	tab.do(
		call(network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
			EmulateOfflineServiceWorker: &off,
			MatchedNetworkConditions:    []*network.Conditions{{Offline: off, DownloadThroughput: -1, UploadThroughput: -1}},
		}),
		call(network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: off, DownloadThroughput: -1, UploadThroughput: -1}),
	)
}

// CPU makes the processor slower by a factor; 1 gives it back.
func (tab *Tab) CPU(factor float64) {
	tab.t.Helper()
	tab.do(call(emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: factor}))
}

// tallest is how much of a long page a picture shows.
const tallest = 3000

// Screenshot keeps a picture of the page as NAME.png in the folder of LANTOA_SCREENSHOTS, and does nothing without one.
func (tab *Tab) Screenshot(name string) {
	tab.t.Helper()
	folder := os.Getenv("LANTOA_SCREENSHOTS")
	if folder == "" {
		return
	}
	// The window is made as tall as the page, so that what sticks to its edges does not stand in the middle.
	if whole := Eval[int](tab, `document.documentElement.scrollHeight`); whole > tab.height {
		tab.resize(min(whole, tallest))
		defer tab.resize(tab.height)
	}
	shot, err := chromedp.Call(tab.ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{})
	if err == nil {
		err = os.MkdirAll(filepath.Join(folder, filepath.Dir(name)), 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".png"), shot.Data, 0o644)
	}
	if err != nil {
		tab.t.Errorf("keep a picture: %v", err)
	}
}

// zoomed is a style of a page's own making, which its security policy lets it have.
func zoomed(percent int) string {
	return fmt.Sprintf(`{ const s = new CSSStyleSheet(); s.replaceSync('html { font-size: %d%% }'); document.adoptedStyleSheets = [s]; }`, percent)
}
