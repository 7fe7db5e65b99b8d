package rig

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// process is the one browser of a test binary. It starts with the first tab.
var process struct {
	once sync.Once
	main bool
	ctx  context.Context
	stop func()
	err  error
}

// Main runs the tests of a package and ends its browser after them: func TestMain(m *testing.M) { rig.Main(m) }.
func Main(m *testing.M) {
	process.main = true
	code := m.Run()
	if process.stop != nil {
		process.stop()
	}
	os.Exit(code)
}

// names are those under which Chromium is installed.
var names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless-shell"}

// Need skips a test where there is no Chromium, or fails it where one is required.
func Need(t testing.TB) (program string) {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("REQUIRE_BROWSER") == "1" {
		t.Fatal("no Chromium is installed, and REQUIRE_BROWSER=1 wants one")
	}
	t.Skip("no Chromium is installed: apt-get install chromium fonts-noto-core fonts-noto-color-emoji")
	return ""
}

// browser is the context of the running browser.
func browser(t testing.TB) context.Context {
	t.Helper()
	program := Need(t)
	if !process.main {
		t.Fatal("a package of browser tests needs func TestMain(m *testing.M) { rig.Main(m) }")
	}
	process.once.Do(func() { process.ctx, process.stop, process.err = launch(program) })
	if process.err != nil {
		t.Fatal(process.err)
	}
	return process.ctx
}

func launch(program string) (context.Context, func(), error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program),
		chromedp.NoSandbox, // tests may run as root, and open nothing but their own server
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("lang", "vi-VN"),
		chromedp.Flag("font-render-hinting", "none"),
		chromedp.WindowSize(1366, 768),
	)
	allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	stop := func() {
		_ = chromedp.Cancel(ctx) // it waits for the process
		cancel()
		end()
	}
	if err := chromedp.Do(ctx); err != nil {
		stop()
		return nil, nil, fmt.Errorf("start the browser: %w", err)
	}
	return ctx, stop, nil
}
