package sqlite

import (
	"crypto/rand"
	"embed"
	"errors"
	"io/fs"
	"strconv"

	"lantoa/syncproto"
)

//go:embed migrations/*.sql
var migrations embed.FS

// applicationID marks the file as ours ("Lant"), so that a mistyped path does not turn another program's database
// into half of one of ours.
const applicationID = 0x4c616e74

// migrate brings the schema up to date. Each step commits with its number, so a crash between steps is resumed,
// and two processes that start at once take turns.
func migrate(c *conn) error {
	steps, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	for {
		version, err := schemaVersion(c)
		if err != nil {
			return err
		}
		if version > len(steps) {
			return syncproto.E(syncproto.CodeStoreNewer, "migrate store",
				errors.New("schema "+strconv.Itoa(version)+", this build knows "+strconv.Itoa(len(steps))))
		}
		if version == len(steps) {
			return nil
		}
		script, err := migrations.ReadFile(steps[version])
		if err != nil {
			return err
		}
		if err := migrateOnce(c, version, string(script)); err != nil {
			return err
		}
	}
}

func migrateOnce(c *conn, version int, script string) (err error) {
	if _, err := c.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, _ = c.exec("ROLLBACK")
		}
	}()
	if now, err := schemaVersion(c); err != nil || now != version {
		_, _ = c.exec("ROLLBACK")
		return err // another process was faster
	}
	if _, err := c.exec(script); err != nil {
		return err
	}
	if version == 0 {
		if err := found(c); err != nil {
			return err
		}
	}
	if _, err := c.exec("PRAGMA user_version = " + strconv.Itoa(version+1)); err != nil {
		return err
	}
	_, err = c.exec("COMMIT")
	return err
}

// found writes what makes a database this one and no other.
func found(c *conn) error {
	var drawn [40]byte
	rand.Read(drawn[:])
	if _, err := c.exec("PRAGMA application_id = " + strconv.Itoa(applicationID)); err != nil {
		return err
	}
	_, err := c.exec("INSERT INTO meta (one, epoch, secret, access) VALUES (1, ?, ?, 0)", drawn[:8], drawn[8:])
	return err
}

// schemaVersion returns how many migrations the file has seen; an empty file has seen none. A file of another
// program is store_broken. All is asked in one statement: another process may found the database between two.
func schemaVersion(c *conn) (int, error) {
	row, err := c.first(`SELECT user_version, application_id, (SELECT count(*) FROM sqlite_schema)
		FROM pragma_user_version, pragma_application_id`)
	if err != nil {
		return 0, err
	}
	version, application, tables := integer(row[0]), integer(row[1]), integer(row[2])
	fresh := version == 0 && application == 0 && tables == 0
	if !fresh && application != applicationID || application == applicationID && version < 1 {
		return 0, syncproto.E(syncproto.CodeStoreBroken, "read schema", errors.New("the file is of another program"))
	}
	return int(version), nil
}
