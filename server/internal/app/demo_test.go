package app_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lantoa/server/internal/app"
)

// TestTheDemoKeepsItsPromises runs the whole demo, smaller, as a person does.
func TestTheDemoKeepsItsPromises(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	if testing.Short() {
		t.Skip("a week takes minutes under the race detector, which sees the same programs in the end-to-end tests")
	}
	for _, lang := range []string{"vi", "en"} {
		var out, errs bytes.Buffer
		code := app.Run(t.Context(), []string{"demo", "-phones", "8", "-crowd", "400", "-seed", "1", "-lang", lang}, os.Getenv, &out, &errs)
		if code != 0 || !strings.Contains(out.String(), "lost = 0") || strings.Contains(out.String(), "✗") || errs.Len() > 0 {
			t.Errorf("%s, seed 1: exit %d\n%s%s", lang, code, out.String(), errs.String())
		}
		if strings.Contains(out.String(), "demo.") {
			t.Errorf("%s: a text is missing in\n%s", lang, out.String())
		}
	}
	if left, err := filepath.Glob(filepath.Join(os.TempDir(), "lantoa-demo-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
