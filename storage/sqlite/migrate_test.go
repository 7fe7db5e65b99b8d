package sqlite_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"lantoa/storage"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

// A released schema's fixture is made once, by this flag in the build that releases it, and never again.
var updateGolden = flag.Bool("update", false, "rewrite the golden schema, and the fixture of the newest schema if it is absent")

const newestFixture = "testdata/v7.db"

func TestSchemaIsGolden(t *testing.T) {
	got := open(t, filepath.Join(t.TempDir(), "lantoa.db")).Schema(t)
	const golden = "testdata/schema.sql"
	if *updateGolden {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the schema changed: it needs a new migration, not a changed one\ngot:\n%s", got)
	}
}

// fixtureData is what the fixture of the newest schema holds.
func fixtureData(tx storage.Tx) error {
	for _, fill := range fixtureParts {
		if err := fill(tx); err != nil {
			return err
		}
	}
	return nil
}

// fixtureParts are what came with each schema: the fixture of schema n holds the first n. The fifth and the sixth were released
// together, so there is none of the fifth.
var fixtureParts = []func(storage.Tx) error{fixtureStart, fixtureMedia, fixturePeople, fixtureReview, fixtureCalls, fixturePush, fixtureFigures}

func fixtureStart(tx storage.Tx) error {
	r := story(1)
	next := r.Clone()
	next.Revision, next.Changed, next.Marks = 2, r.Changed+5, map[string]int64{"title": 2}
	next.Fields["title"] = syncproto.Text("Tiêu đề mới")
	gone := story(2)
	buried := gone.Clone()
	buried.Revision, buried.Deleted = 2, true
	d := storage.Device{ID: benchID(1e9), Person: benchID(2e9), Unit: benchID(3e9), TokenHash: [32]byte{7}}
	desk := []syncproto.Scope{syncproto.DeskScope(benchID(3e9)), syncproto.ScopePublic}
	for _, err := range []error{
		tx.PutUnit(&syncproto.Unit{ID: benchID(3e9), Name: "Xã Ea Kao", Level: "Xã", Successors: []syncproto.ID{benchID(4)}}),
		tx.PutPerson(&storage.Person{ID: benchID(2e9), Name: "Đào"}),
		tx.PutGrant(&syncproto.Grant{ID: benchID(5), Person: benchID(2e9), Unit: benchID(3e9), Role: syncproto.RoleEditor}),
		tx.PutDevice(&d), tx.PutRecord(r, desk), tx.PutRecord(next, desk[:1]), tx.PutRecord(gone, desk), tx.PutRecord(buried, nil),
		tx.PutSide(r.ID, "body", d.ID, `"bên kia"`),
		tx.AddJudged(d.ID, 1, []storage.Judged{{Outcome: syncproto.Outcome{Number: 1, Result: syncproto.Applied, Revision: 1}}}),
		tx.AddDeadLetter(&storage.DeadLetter{Device: d.ID, Number: 1, Code: syncproto.CodeForbidden, Wire: []byte("{}")}),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// fixtureText reads it back, as text.
func fixtureText(t *testing.T, s storage.Store) (out string) {
	t.Helper()
	err := s.View(t.Context(), func(r storage.Reader) error {
		for _, id := range []syncproto.ID{story(1).ID, story(2).ID} {
			k, err := r.Record(id)
			if err != nil {
				return err
			}
			all, err := r.Revisions(id)
			if err != nil {
				return err
			}
			out += fmt.Sprintln(string(k.Wire), k.Scopes, k.Record.Fields, k.Record.Writers, len(all), all[0].Fields)
		}
		heads, err := r.Heads([]syncproto.Scope{syncproto.DeskScope(benchID(3e9)), syncproto.ScopePublic})
		if err != nil {
			return err
		}
		for _, h := range heads {
			out += fmt.Sprintln(h)
			err = r.Changes(h.Number, 0, 10, func(n uint64, c syncproto.Change) bool {
				out += fmt.Sprintln(n, c.ID, c.Removed, string(c.Wire))
				return true
			})
			if err != nil {
				return err
			}
		}
		units, unitErr := r.Units()
		grants, grantErr := r.Grants(benchID(2e9))
		device, deviceErr := r.DeviceByToken([32]byte{7})
		judged, judgedErr := r.Judged(benchID(1e9), 1)
		letters, letterErr := r.DeadLetters(benchID(1e9), 0, 10)
		side, ok, sideErr := r.Side(story(1).ID, "body", benchID(1e9))
		out += fmt.Sprintln(units, unitErr, grants, grantErr, device, deviceErr, judged, judgedErr, letters, letterErr, side, ok, sideErr)
		out += fixtureMediaText(r)
		out += fixturePeopleText(r)
		out += fixtureReviewText(r)
		out += fixtureCallsText(r)
		out += fixturePushText(r)
		out += fixtureFiguresText(r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestFixturesOfEverySchemaOpen(t *testing.T) {
	if _, err := os.Stat(newestFixture); *updateGolden && err != nil {
		makeFixture(t)
	}
	fresh := open(t, filepath.Join(t.TempDir(), "lantoa.db"))
	if err := fresh.Update(t.Context(), fixtureData); err != nil {
		t.Fatal(err)
	}
	want := fixtureText(t, fresh)
	fixtures, err := filepath.Glob("testdata/v*.db")
	if err != nil || len(fixtures) == 0 {
		t.Fatalf("fixtures: %v, %v", fixtures, err)
	}
	for _, fixture := range fixtures {
		data, err := os.ReadFile(fixture)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), filepath.Base(fixture))
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		s := open(t, path)
		version, err := strconv.Atoi(strings.Trim(filepath.Base(fixture), "v.db"))
		if err != nil {
			t.Fatal(err)
		}
		for _, fill := range fixtureParts[version:] { // what a migrated file could not hold before, it can hold now
			if err := s.Update(t.Context(), fill); err != nil {
				t.Errorf("%s: %v", fixture, err)
			}
		}
		if got := fixtureText(t, s); got != want {
			t.Errorf("%s: got %s\nwant %s", fixture, got, want)
		}
		if got, want := s.Schema(t), fresh.Schema(t); got != want {
			t.Errorf("%s: the migrated schema differs from a fresh one:\n%s", fixture, got)
		}
		if err := putStory(s, story(9)); err != nil {
			t.Errorf("%s: %v", fixture, err)
		}
	}
}

func makeFixture(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "lantoa.db"))
	if err := s.Update(t.Context(), fixtureData); err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(t.Context(), newestFixture); err != nil {
		t.Fatal(err)
	}
}

func TestTwoProcessesCreateTheFileAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lantoa.db")
	var wg sync.WaitGroup
	epochs := make([]syncproto.Epoch, 4)
	for i := range epochs {
		wg.Go(func() {
			s, err := sqlite.Open(t.Context(), path, sqlite.Options{Readers: 1})
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			err = s.View(t.Context(), func(r storage.Reader) (err error) {
				epochs[i], err = r.Epoch()
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, e := range epochs {
		if e != epochs[0] {
			t.Errorf("got epochs %v, want one", epochs)
			break
		}
	}
}
