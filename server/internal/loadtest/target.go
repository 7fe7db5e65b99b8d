package loadtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Server is how to start one of the two servers.
type Server struct {
	// Command is the program with its arguments; "{addr}" in an argument stands for the address to listen on. It runs
	// as a child, so that its CPU and memory are its own. Nil with Addr set measures a server that runs already, and
	// then without CPU and memory unless PID says whose they are.
	Command []string
	Env     []string // added to this process's
	Addr    string
	PID     int
	Log     *os.File // where the child's output goes; nil for nowhere
}

// target is a server being measured.
type target struct {
	addr string
	pid  string // "" if unknown
	cmd  *exec.Cmd
	done chan error
}

const (
	startLimit = 2 * time.Minute
	stopLimit  = 20 * time.Second
)

// start starts a server and waits until it accepts connections.
func (s *Server) start(ctx context.Context) (*target, error) {
	t := &target{addr: s.Addr}
	if s.PID != 0 {
		t.pid = strconv.Itoa(s.PID)
	}
	if s.Command == nil {
		return t, nil
	}
	if t.addr == "" {
		free, err := freeAddr()
		if err != nil {
			return nil, err
		}
		t.addr = free
	}
	args := make([]string, len(s.Command))
	for i, arg := range s.Command {
		args[i] = strings.ReplaceAll(arg, "{addr}", t.addr)
	}
	t.cmd = exec.CommandContext(ctx, args[0], args[1:]...)
	t.cmd.Env = append(os.Environ(), s.Env...)
	if s.Log != nil {
		t.cmd.Stdout, t.cmd.Stderr = s.Log, s.Log
	}
	t.cmd.Cancel = func() error { return t.cmd.Process.Signal(os.Interrupt) }
	t.cmd.WaitDelay = stopLimit
	if err := t.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	t.pid, t.done = strconv.Itoa(t.cmd.Process.Pid), make(chan error, 1)
	go func() { t.done <- t.cmd.Wait() }()
	if err := t.ready(ctx); err != nil {
		t.stop()
		return nil, err
	}
	return t, nil
}

func freeAddr() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer ln.Close()
	return ln.Addr().String(), nil
}

// ready asks again until the server listens, ends, or takes too long.
func (t *target) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		if conn, err := net.Dial("tcp", t.addr); err == nil {
			return conn.Close()
		}
		select {
		case err := <-t.done:
			t.done <- err
			return fmt.Errorf("start server: it ended: %w", errors.Join(err, errNotListening))
		case <-ctx.Done():
			return fmt.Errorf("start server: %w", errors.Join(ctx.Err(), errNotListening))
		case <-again.C:
		}
	}
}

var errNotListening = errors.New("nothing listens on its address")

// stop ends the server the way an operator does, and by force if that takes too long.
func (t *target) stop() {
	if t.cmd == nil {
		return
	}
	_ = t.cmd.Process.Signal(os.Interrupt)
	limit := time.NewTimer(stopLimit)
	defer limit.Stop()
	select {
	case <-t.done:
	case <-limit.C:
		_ = t.cmd.Process.Kill()
		<-t.done
	}
}

func (t *target) cpu() time.Duration {
	if t.pid == "" {
		return 0
	}
	return cpuOf(t.pid)
}

func (t *target) memory() int64 {
	if t.pid == "" {
		return 0
	}
	return memoryOf(t.pid)
}

func (t *target) sockets() int {
	if t.pid == "" {
		return 0
	}
	return socketsOf(t.pid)
}
