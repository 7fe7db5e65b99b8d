package app

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"lantoa/syncproto/catalogue"
)

// words are the arguments of a text.
type words = map[string]string

// say returns a text of the catalogue in one language. {run} is how this program is called.
func say(lang catalogue.Language, key string, args words) string {
	all := words{"run": program()}
	for name, value := range args {
		all[name] = value
	}
	return catalogue.Text(lang, key, all)
}

// both returns a short text in Vietnamese and English, on one line.
func both(key string, args words) string {
	return say(catalogue.Vietnamese, key, args) + " / " + say(catalogue.English, key, args)
}

// tell prints a text in every language, each on lines of its own.
func tell(w io.Writer, indent, key string, args words) {
	for _, lang := range catalogue.Languages() {
		fmt.Fprintln(w, indent+say(lang, key, args))
	}
}

// program is how this program was called, so that the commands that it prints can be pasted: by an operator who has
// one binary as well as by somebody who runs the source.
func program() string {
	exe, err := os.Executable()
	if err != nil || len(os.Args) == 0 || strings.Contains(exe, "go-build") || strings.HasSuffix(filepath.Dir(exe), "-d") {
		return "go run ./server" // the go tool runs it from a folder or a cache of its own
	}
	return quote(os.Args[0])
}

// phoneProgram is the phone in the terminal, which is run from the source.
const phoneProgram = "go run ./mobile-sdk/cmd/phone -dir phone1"

// quote makes a text safe to paste into a shell.
func quote(text string) string {
	if text != "" && !strings.ContainsAny(text, " \t\"'$`\\&;|<>()[]{}*?!#~") {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
