package mediafile_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lantoa/syncproto/mediafile/sample"
)

// TestExifToolFindsNothing asks the program that knows the most about metadata for a second opinion: it finds places
// and times in the samples, and none in their copies. Debian: libimage-exiftool-perl.
func TestExifToolFindsNothing(t *testing.T) {
	tool, err := exec.LookPath("exiftool")
	if err != nil {
		t.Skip("exiftool is not installed; the tests of this package look for positions themselves")
	}
	dirs := map[bool]string{false: t.TempDir(), true: t.TempDir()}
	for extension, make := range sample.All {
		b := make(hanoi)
		out, _ := strip(t, b)
		for stripped, bytes := range map[bool][]byte{false: b, true: out} {
			if err := os.WriteFile(filepath.Join(dirs[stripped], "sample"+extension), bytes, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	ask := func(dir string) (found []string) {
		// It ends with an error, for it does not know AMR; what it prints is what counts.
		out, _ := exec.Command(tool, "-r", "-ext", "*", "-a", "-G1", "-s", "-ee3", "-GPS*", "-Location*", "-Make", "-Model",
			"-Comment*", "-Title", "-DateTimeOriginal", "-XMP:all", "-UserData:all", "-Keys:all", dir).Output()
		for line := range strings.Lines(string(out)) {
			if strings.HasPrefix(line, "[") {
				found = append(found, strings.TrimSpace(line))
			}
		}
		return found
	}
	before, after := ask(dirs[false]), ask(dirs[true])
	if len(before) < 50 || len(after) > 0 {
		t.Errorf("%d entries before, and after: %q", len(before), after)
	}
	t.Logf("%d entries before, %d after", len(before), len(after))
}
