package e2e

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/server/internal/app"
	"lantoa/server/internal/enroll"
	"lantoa/storage"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

// The environment by which the test binary becomes a server.
const (
	serverData   = "LANTOA_E2E_DATA"
	serverListen = "LANTOA_E2E_LISTEN"
	serverBucket = "LANTOA_E2E_S3"
)

func TestMain(m *testing.M) {
	if data := os.Getenv(serverData); data != "" {
		os.Exit(serve(data, os.Getenv(serverListen)))
	}
	os.Exit(m.Run())
}

// serve is the product's server in a process of its own. It says its address and a code for each phone, and ends when
// it is killed.
func serve(data, listen string) int {
	cfg := app.Config{Data: data, Listen: listen, MinFree: -1, S3: os.Getenv(serverBucket)}
	cfg.S3AccessKey, cfg.S3SecretKey = gatewayAccess, gatewaySecret
	err := ringing(&cfg)
	var s *app.Server
	if err == nil {
		s, err = app.Start(background, cfg)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	line := []string{s.Addr().String()}
	for range killedPhones {
		code, err := s.Enroll().Issue(background, enroll.Invitation{Unit: s.Root().ID, Role: syncproto.RoleVolunteer})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		line = append(line, code.Code)
	}
	fmt.Println(strings.Join(line, " "))
	select {} // until it is killed
}

const (
	killedPhones  = 3
	killedStories = 40 // of each phone
	killEvery     = 23 // exchanges
)

// victim is a server process that is killed and started again at the same address.
type victim struct {
	t         testing.TB
	data      string
	address   string
	codes     []string
	bucket    string // "" for a folder
	exchanges atomic.Int64

	mu    sync.Mutex
	cmd   *exec.Cmd
	kills int
}

func (v *victim) start() {
	v.t.Helper()
	v.cmd = exec.Command(os.Args[0])
	v.cmd.Env = append(os.Environ(), serverData+"="+v.data, serverListen+"="+v.address, serverBucket+"="+v.bucket)
	v.cmd.Stderr = os.Stderr
	out, err := v.cmd.StdoutPipe()
	if err == nil {
		err = v.cmd.Start()
	}
	if err != nil {
		v.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	parts := strings.Fields(line)
	if err != nil || len(parts) != 1+killedPhones {
		v.t.Fatalf("the server said %q: %v", line, err)
	}
	v.address, v.codes = parts[0], parts[1:]
}

// kill ends the process without a warning, as a power cut does.
func (v *victim) kill() {
	if err := v.cmd.Process.Kill(); err != nil {
		v.t.Errorf("kill: %v", err)
	}
	_ = v.cmd.Wait() // it was killed: that is its error
	v.kills++
}

// doomed is a phone's link. Every so many exchanges the server is killed while one is under way.
type doomed struct {
	mobilesdk.Transport
	v *victim
}

func (d doomed) Do(ctx context.Context, r *mobilesdk.Request) (*mobilesdk.Response, error) {
	if d.v.exchanges.Add(1)%killEvery != 0 {
		return d.Transport.Do(ctx, r)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.v.mu.Lock()
		defer d.v.mu.Unlock()
		d.v.kill()
		d.v.start()
	}()
	out, err := d.Transport.Do(ctx, r)
	<-done
	return out, err
}

// TestKilledServer kills the server process again and again while phones push: what was acknowledged is in the
// database, and in the end everything is there once.
func TestKilledServer(t *testing.T) {
	slow(t)
	v := &victim{t: t, data: filepath.Join(t.TempDir(), "data"), address: freeAddress(t)}
	v.start()
	phones := make([]*mobilesdk.Engine, killedPhones)
	for i := range phones {
		e, err := mobilesdk.Open(background, mobilesdk.Config{
			Path: filepath.Join(t.TempDir(), "phone.db"), Transport: doomed{mobilesdk.NewHTTPTransport(), v},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		if err := e.Enroll(background, "http://"+v.address, v.codes[i]); err != nil {
			t.Fatal(err)
		}
		phones[i] = e
	}
	var wait sync.WaitGroup
	for _, e := range phones {
		wait.Go(func() {
			for n := range killedStories {
				_, err := e.Create(background, syncproto.KindStory, "", syncproto.Fields{"title": syncproto.Text(fmt.Sprint("Bài ", n))})
				if err != nil {
					t.Errorf("capture: %v", err)
				}
				e.Sync(background) // the link may be dead: then it goes with a later one
			}
		})
	}
	wait.Wait()
	v.mu.Lock()
	v.kill()
	checkAcknowledged(t, v, phones)
	v.start()
	v.mu.Unlock()
	defer v.kill()
	for _, e := range phones {
		finish(t, e)
	}
	t.Logf("%d exchanges, the server was killed %d times", v.exchanges.Load(), v.kills)
}

// checkAcknowledged looks into the dead server's database for everything that a phone was told is there.
func checkAcknowledged(t *testing.T, v *victim, phones []*mobilesdk.Engine) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(v.data, "*.db"))
	if err != nil || len(files) != 1 {
		t.Fatalf("database: %v %v", files, err)
	}
	store, err := sqlite.Open(background, files[0], sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	acknowledged := 0
	for _, e := range phones {
		list, err := e.List(background, mobilesdk.Filter{Kind: syncproto.KindStory, Limit: 500})
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range list.Items {
			if item.Unsent > 0 {
				continue
			}
			acknowledged++
			err := store.View(background, func(r storage.Reader) error {
				_, err := r.Record(item.ID)
				return err
			})
			if err != nil {
				t.Errorf("an acknowledged story is not in the database: %v", err)
			}
		}
	}
	t.Logf("%d stories were acknowledged before the last kill", acknowledged)
}

// finish gets a phone in step and finds each of its stories once, as it was captured.
func finish(t *testing.T, e *mobilesdk.Engine) {
	t.Helper()
	for {
		_, err := e.Sync(background)
		if err == nil {
			break
		}
		if kind := syncproto.KindOf(err); kind != syncproto.Unavailable {
			t.Fatalf("sync: %v", err)
		}
	}
	list, err := e.List(background, mobilesdk.Filter{Kind: syncproto.KindStory, Limit: 500})
	if err != nil || len(list.Items) != killedStories {
		t.Errorf("stories: got %d (%v), want %d", len(list.Items), errors.Join(err), killedStories)
	}
	for _, item := range list.Items {
		if item.Revision != 1 || item.Unsent != 0 {
			t.Errorf("story %s: revision %d, unsent %d; want 1 and 0", item.ID, item.Revision, item.Unsent)
		}
	}
}
