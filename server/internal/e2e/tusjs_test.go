package e2e

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"lantoa/server/internal/app"
	"lantoa/server/internal/enroll"
	"lantoa/syncproto"
)

// tusClient names a folder whose node_modules holds tus-js-client, which is tried as it is published.
const tusClient = "LANTOA_TUSJS"

// script uploads a file with tus-js-client. It never gives up, and begins each try at once.
const script = `
const tus = require('tus-js-client');
const fs = require('fs');
const [endpoint, token, record, file, parallel, early] = process.argv.slice(2);
const upload = new tus.Upload(fs.createReadStream(file), {
  endpoint,
  headers: { Authorization: 'Bearer ' + token },
  metadata: { record, filename: 'ảnh.jpg' },
  metadataForPartialUploads: {},
  parallelUploads: Number(parallel),
  uploadDataDuringCreation: early === 'true',
  retryDelays: Array(200).fill(20),
  onError: (e) => { console.error(String(e)); process.exit(1); },
  onSuccess: () => { console.log(upload.url || 'done'); process.exit(0); },
});
upload.start();
`

// TestTusJSClient has the client that browsers use bring files over a network that breaks.
func TestTusJSClient(t *testing.T) {
	slow(t)
	modules := os.Getenv(tusClient)
	node, err := exec.LookPath("node")
	if modules == "" || err != nil {
		t.Skipf("needs node, and %s to name a folder in which tus-js-client is installed", tusClient)
	}
	dir := filepath.Join(t.TempDir(), "data")
	s, err := app.Start(background, app.Config{Data: dir, Listen: "127.0.0.1:0", MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	js := filepath.Join(t.TempDir(), "upload.js")
	if err := os.WriteFile(js, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	all := []cut{cutFIN, cutRST, cutStall}
	for _, c := range []struct {
		name     string
		size     int
		parallel int
		early    bool
		ways     []cut
	}{
		{"a good network", 5 << 20, 1, false, nil},
		{"a network that breaks", 20 << 20, 1, false, all},
		{"with its first bytes in the creation", 5 << 20, 1, true, nil},
		{"four parts at once", 20 << 20, 4, false, nil},
		{"four parts at once, and the network breaks", 20 << 20, 4, false, all},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := make([]byte, c.size)
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			rand.NewChaCha8([32]byte(bytes.Repeat(strconv.AppendUint(nil, seed, 36)[:8], 4))).Read(data)
			file := filepath.Join(t.TempDir(), "photo.jpg")
			if err := os.WriteFile(file, data, 0o600); err != nil {
				t.Fatal(err)
			}
			code, err := s.Enroll().Issue(background, enroll.Invitation{Unit: s.Root().ID, Role: syncproto.RoleVolunteer})
			if err != nil {
				t.Fatal(err)
			}
			b := newBringer(t, s.URL(), code.Code, data)
			network := newCutter(t, s.Addr().String(), 200*time.Millisecond)
			network.arm(seed, 1<<20, c.ways...)
			ctx, cancel := context.WithTimeout(background, 2*time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, node, js, network.url()+"/v1/uploads", b.token, string(b.record), file, strconv.Itoa(c.parallel), fmt.Sprint(c.early))
			cmd.Env = append(os.Environ(), "NODE_PATH="+filepath.Join(modules, "node_modules"))
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			b.stored(dir) // a directory has it with the last byte
			said := network.tally()
			t.Logf("%d cuts %v; %d bytes taken of a file of %d, %d lost in resets", said.all, said.cuts, said.taken, c.size, said.lost)
		})
	}
}
