package app_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// schemaVersion is where a database file keeps the number of its schema, big-endian.
const schemaVersion = 60

func TestADatabaseOfANewerVersionIsLeftAlone(t *testing.T) {
	p := newProgram(t)
	p.serve().end(t)
	file := filepath.Join(p.data, "lantoa.db")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	binary.BigEndian.PutUint32(data[schemaVersion:], 999)
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	p.fails(6, "serve", "-listen", "127.0.0.1:0")
	p.fails(6, "enroll")
	p.fails(6, "backup")
	newProgram(t).fails(6, "restore", file)
	after, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(after, data) {
		t.Errorf("the file was changed, %v", err)
	}
}

func TestADamagedBackupIsNotPutInPlace(t *testing.T) {
	p := newProgram(t)
	p.serve().end(t)
	backup := filepath.Join(t.TempDir(), "backup.db")
	if err := os.WriteFile(backup, bytes.Repeat([]byte("no backup "), 2000), 0o600); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(filepath.Join(p.data, "lantoa.db"))
	if err != nil {
		t.Fatal(err)
	}
	p.fails(8, "restore", backup)
	after, err := os.ReadFile(filepath.Join(p.data, "lantoa.db"))
	if err != nil || !bytes.Equal(after, before) {
		t.Errorf("the database was changed, %v", err)
	}
	p.ok("unit", "list")
}
