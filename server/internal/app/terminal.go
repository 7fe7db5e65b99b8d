package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"lantoa/server/internal/deskcli"
)

// ended is the exit code of a command that told already what there was to tell.
type ended int

func (e ended) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// runDesk is the review desk in the terminal: a client of a server that runs here or elsewhere.
func runDesk(c *call) error {
	file, _ := c.stdout.(*os.File)
	code := deskcli.Run(c.ctx, deskcli.Options{
		Args: c.args, Getenv: c.getenv, Out: c.stdout, ErrOut: c.stderr, Program: program(),
		Colour: file != nil && term.IsTerminal(int(file.Fd())) && c.getenv("NO_COLOR") == "",
		Password: func(prompt string) (string, error) {
			return c.ask(prompt)
		},
		Find: func(data string) string {
			url, err := os.ReadFile(filepath.Join(data, addressFile))
			if err != nil {
				return ""
			}
			return strings.TrimSpace(string(url))
		},
		Data: defaultData, Server: "http://" + defaultListen,
	})
	if code != exitDone {
		return ended(code)
	}
	return nil
}
