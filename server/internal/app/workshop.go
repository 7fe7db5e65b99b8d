package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"lantoa/server/internal/people"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

// workshop is what a short command works with: the database of a data directory, perhaps beside a running server.
type workshop struct {
	store  *sqlite.Store
	people *people.Service
	root   syncproto.Unit
}

// withData opens the data directory for one command.
func (c *call) withData(cfg *Config, work func(*workshop) error) (err error) {
	if err := cfg.fill(); err != nil {
		return err
	}
	if !hasData(cfg) {
		return &fault{exit: exitDirectory, detail: cfg.Data, key: "server.fault_no_data"}
	}
	store, err := openData(c.ctx, cfg.Data, cfg.Now)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := store.Close(); err == nil {
			err = closeErr
		}
	}()
	root, err := ensureRoot(c.ctx, store, cfg.Organisation, cfg.Now())
	if err != nil {
		return err
	}
	return work(&workshop{store: store, people: people.New(store).WithClock(cfg.Now), root: root})
}

// hasData keeps a mistyped directory from becoming an empty database, whose codes no server knows.
func hasData(cfg *Config) bool {
	for _, name := range []string{databaseFile, restoredFile} {
		if _, err := os.Stat(cfg.path(name)); !errors.Is(err, fs.ErrNotExist) {
			return true // what else may be wrong with it is told when it is opened
		}
	}
	return false
}

// sub splits off the second word of a command such as "unit list".
func (c *call) sub(name string, known ...string) (string, error) {
	if len(c.args) == 0 || strings.HasPrefix(c.args[0], "-") {
		if len(c.args) > 0 && (c.args[0] == "-h" || c.args[0] == "-help" || c.args[0] == "--help") {
			fmt.Fprintf(c.stdout, "%s %s %s [-h]\n", program(), name, strings.Join(known, "|"))
			return "", nil
		}
		return "", usageError("%s %s", name, strings.Join(known, "|"))
	}
	word := c.args[0]
	for _, k := range known {
		if k == word {
			c.args = c.args[1:]
			return word, nil
		}
	}
	return "", usageError("%s %q", name, word)
}

// day writes a moment for a list; never for zero.
func day(unixMilli int64) string {
	if unixMilli == 0 {
		return "-"
	}
	return time.UnixMilli(unixMilli).In(vietnam).Format("2006-01-02 15:04")
}
