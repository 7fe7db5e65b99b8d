package app

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"lantoa/server/internal/console/office"
)

// newestBackup finds the newest copy of the database that the program itself made. Copies that an operator takes elsewhere
// are not known here.
func (c *Config) newestBackup() (b office.Backup, err error) {
	entries, err := os.ReadDir(c.path(backupsDir))
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err != nil {
		return b, err
	}
	for _, entry := range entries {
		if entry.IsDir() || !strings.HasSuffix(entry.Name(), ".db") {
			continue
		}
		info, err := entry.Info()
		if err != nil {
			continue // it went a moment ago
		}
		b.Count++
		if at := info.ModTime().UnixMilli(); at > b.At {
			b.At, b.Bytes, b.Name = at, info.Size(), entry.Name()
		}
	}
	return b, nil
}
