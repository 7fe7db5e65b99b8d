//go:build unix

package mobilesdk_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"lantoa/mobile-sdk"
	"lantoa/mobile-sdk/internal/hook"
	"lantoa/syncproto"
)

// TestMain lets the test binary be the phone that is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv("LANTOA_KILL_PATH"); path != "" {
		captureAndDie(path, os.Getenv("LANTOA_KILL_AT"))
		return
	}
	if path := os.Getenv("LANTOA_ATTACH_PATH"); path != "" {
		attachAndSend(path, os.Getenv("LANTOA_ATTACH_FROM"))
		return
	}
	os.Exit(m.Run())
}

// captureAndDie captures until it reaches a point and kills itself there, without any chance to tidy up. It says on its
// standard output what it was told is saved.
func captureAndDie(path, point string) {
	seen := 0
	hooks := hook.Hooks{Crash: func(at string) {
		if at != point {
			return
		}
		if seen++; seen == 3 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}}
	e, err := mobilesdk.OpenWithHooks(context.Background(), mobilesdk.Config{Path: path}, hooks)
	if err != nil {
		panic(err)
	}
	for {
		id, err := e.Create(context.Background(), syncproto.KindStory, "", syncproto.Fields{"title": `"x"`})
		if err != nil {
			panic(err)
		}
		os.Stdout.WriteString(string(id) + "\n")
	}
}

func TestKilledPhoneKeepsWhatItSaved(t *testing.T) {
	for point, atLeast := range map[string]int{"before:capture": 2, "after:capture": 3} {
		t.Run(point, func(t *testing.T) {
			l := newLab(t)
			p := l.phone("Lan", syncproto.RoleVolunteer)
			l.must(p.Close())
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), "LANTOA_KILL_PATH="+p.path, "LANTOA_KILL_AT="+point)
			out, err := cmd.Output()
			if err == nil || !strings.Contains(err.Error(), "killed") {
				t.Fatalf("the phone was not killed: %v", err)
			}
			p = l.bare(p.path, "", hook.Hooks{})
			if n := p.status().Unsent; n != int64(atLeast) {
				t.Fatalf("%d in the outbox, want %d", n, atLeast)
			}
			for id := range strings.FieldsSeq(string(out)) {
				if p.show(syncproto.ID(id)).Sending != mobilesdk.SendingWaiting {
					t.Fatalf("%s was said to be saved", id)
				}
			}
			p.sync()
			if n := len(l.server.State().Records); n < atLeast {
				t.Fatalf("%d records arrived", n)
			}
		})
	}
}

// TestEveryDurableWriteCanBeTheLast cuts a phone off before and after each durable write of a whole life, and lets it go
// on from its file.
func TestEveryDurableWriteCanBeTheLast(t *testing.T) {
	for cut := 1; ; cut++ {
		l := newLab(t)
		path := filepath.Join(t.TempDir(), "phone.db")
		left := cut
		hooks := hook.Hooks{Crash: func(string) {
			if left--; left == 0 {
				panic(died{})
			}
		}}
		code := l.code("Lan", syncproto.RoleVolunteer)
		captured := 0
		finished := live(func() {
			e := l.bare(path, "", hooks)
			l.must(e.Enroll(context.Background(), "http://lab", code))
			for range 2 {
				e.story("x", "y")
				captured++
				e.sync()
			}
		})
		p := l.bare(path, "", hook.Hooks{})
		if !p.status().Enrolled {
			l.must(p.Enroll(context.Background(), "http://lab", code))
		}
		p.sync()
		n := 0
		for _, e := range l.server.State().Records {
			if e.Record.Kind == syncproto.KindStory {
				n++
			}
		}
		if n != captured && n != captured+1 || p.status().Unsent != 0 {
			t.Fatalf("cut %d: %d captured, %d arrived", cut, captured, n)
		}
		if finished {
			t.Logf("%d points", cut-1)
			return
		}
	}
}
