package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"

	"lantoa/server/internal/demo"
)

// demoReady is what a server process of the demo prints when it answers.
const demoReady = "ready"

// demoChild is a server of the demo in a process of its own.
type demoChild struct {
	cmd  *exec.Cmd
	hold io.Closer // the process ends when this is closed, which it is at the latest when the demo ends
	errs *tail
}

// spawnDemo runs this program as a server and returns when it answers. Keys of a bucket are in the environment, which it
// has too.
func spawnDemo(ctx context.Context, bucket, program, dir string, ring *demo.Ring) (demo.Child, error) {
	args := []string{serverProcess, "-data", dir, "-s3", bucket}
	if ring != nil {
		args = append(args, "-fcm-credentials", ring.Credentials, "-fcm-roots", ring.Roots, "-fcm-endpoint", ring.Endpoint,
			"-push-rate", strconv.FormatFloat(ring.Rate, 'f', -1, 64))
	}
	c := &demoChild{cmd: exec.CommandContext(ctx, program, args...), errs: &tail{}}
	c.cmd.Stderr = c.errs
	in, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	c.hold = in
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != demoReady+"\n" {
		return nil, errors.Join(fmt.Errorf("the server process says %q %s", line, c.errs.text), c.Kill(), c.Wait())
	}
	return c, nil
}

// Kill ends the process as nothing else does: at once, and without its knowledge.
func (c *demoChild) Kill() error {
	if err := c.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// Wait waits for the end of a process that was killed.
func (c *demoChild) Wait() error {
	defer c.hold.Close()
	if err := c.cmd.Wait(); err != nil {
		if _, killed := errors.AsType[*exec.ExitError](err); !killed {
			return err
		}
	}
	return nil
}

// tail keeps the end of what is written to it.
type tail struct{ text []byte }

const tailBytes = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-tailBytes):]
	return len(p), nil
}

// runDemoServer is the server process: it serves until somebody kills it, or the demo that runs it ends.
func runDemoServer(c *call) error {
	f := c.flags("demo-server")
	var cfg Config
	dataFlag(f, &cfg)
	blobFlags(f, &cfg)
	pushFlags(f, &cfg)
	pushPace(f, &cfg)
	if err := c.parse(f, 0); err != nil {
		return err
	}
	if err := c.s3Keys(&cfg); err != nil {
		return err
	}
	ring := &demo.Ring{Credentials: cfg.FCMCredentials, Roots: cfg.FCMRootsFile, Endpoint: cfg.FCMEndpoint, Rate: cfg.PushRate}
	s, err := Start(c.ctx, demoConfig(cfg, cfg.Data, ring))
	if err != nil {
		return err
	}
	fmt.Fprintln(c.stdout, demoReady)
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, s.Close())
}
