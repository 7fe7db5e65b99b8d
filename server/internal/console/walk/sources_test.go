package walk_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"lantoa/server/web/console"
)

// source is one file that pages are made of.
type source struct{ name, text string }

// embedded returns the files of the console's data that end in this, such as ".html".
func embedded(t testing.TB, under, ending string) (out []source) {
	t.Helper()
	err := fs.WalkDir(console.Files, under, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ending) || strings.Contains(name, "/vendor/") {
			return err
		}
		data, err := console.Files.ReadFile(name)
		out = append(out, source{name, string(data)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// program returns the Go files of the console that a binary holds, without their comments.
func program(t testing.TB) (out []source) {
	t.Helper()
	err := filepath.WalkDir("..", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "rig" || d.Name() == "walk" || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		data, err := os.ReadFile(name)
		out = append(out, source{name, lineComment.ReplaceAllString(string(data), "")})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var (
	lineComment     = regexp.MustCompile(`(?m)(^|[\t ;{}(,])//.*$`)
	blockComment    = regexp.MustCompile(`(?s)/\*.*?\*/`)
	templateComment = regexp.MustCompile(`(?s)\{\{-? ?/\*.*?\*/ ?-?\}\}`)
	action          = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
)

// bare is a template without comments.
func (s source) bare() string { return templateComment.ReplaceAllString(s.text, "") }

// script is a script without comments.
func (s source) script() string {
	return lineComment.ReplaceAllString(blockComment.ReplaceAllString(s.text, ""), "$1")
}

// word is one text in both languages, and the file that has it.
type word struct{ file, vi, en string }

// texts reads all words of the console. What is written twice is an error.
func texts(t testing.TB) map[string]word {
	t.Helper()
	all := map[string]word{}
	for _, file := range embedded(t, "texts", ".json") {
		dec := json.NewDecoder(strings.NewReader(file.text))
		if _, err := dec.Token(); err != nil {
			t.Fatalf("%s: %v", file.name, err)
		}
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				t.Fatalf("%s: %v", file.name, err)
			}
			var both map[string]string
			if err := dec.Decode(&both); err != nil {
				t.Fatalf("%s: %v: %v", file.name, key, err)
			}
			if first, twice := all[key.(string)]; twice {
				t.Errorf("%s: %s stands in %s already", file.name, key, first.file)
			}
			if len(both) != 2 || both["vi"] == "" || both["en"] == "" {
				t.Errorf("%s: %s needs a text in vi and in en, and in nothing else", file.name, key)
			}
			all[key.(string)] = word{file.name, both["vi"], both["en"]}
		}
	}
	return all
}
