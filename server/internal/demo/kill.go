package demo

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"os/exec"
	"strconv"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/syncproto"
)

// saved is what a phone process prints for every record that it reports as saved.
type saved struct {
	ID  syncproto.ID     `json:"id"`
	Set syncproto.Fields `json:"set"`
}

// PhoneProcess is a phone in a process of its own, so that it can be killed with SIGKILL in the middle of anything. It
// captures stories and syncs, and prints each record once it is durable, until somebody ends it.
func PhoneProcess(ctx context.Context, args []string, out io.Writer) int {
	if len(args) != 2 {
		return 2
	}
	seed, err := strconv.ParseUint(args[1], 10, 64)
	if err != nil {
		return 2
	}
	e, err := mobilesdk.Open(ctx, mobilesdk.Config{Path: args[0], Profile: "me", App: "lantoa-demo"})
	if err != nil {
		return 1
	}
	defer e.Close()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second) // an orphan ends by itself
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			if _, err := e.Sync(ctx); err != nil {
				return
			}
		}
	}()
	random := rand.New(rand.NewPCG(seed, 5))
	lines := json.NewEncoder(out)
	for ctx.Err() == nil {
		set := syncproto.Fields{"title": syncproto.Text(pick(random, titles)), "body": syncproto.Text(body(random))}
		id, err := e.Create(ctx, syncproto.KindStory, "", set)
		if err != nil || lines.Encode(saved{id, set}) != nil {
			return 1
		}
	}
	return 0
}

// killed lets the phone run as a process, kills it after some captures, and opens its store again. What the process
// had printed was promised to a person, so it goes into the ledger.
func (p *phone) killed(ctx context.Context, program []string, captures int) error {
	if err := p.engine.Close(); err != nil {
		return err
	}
	args := append(append([]string{}, program[1:]...), p.path(), strconv.Itoa(p.random.IntN(1<<30)))
	cmd := exec.CommandContext(ctx, program[0], args...)
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	lines := bufio.NewScanner(pipe)
	lines.Buffer(nil, syncproto.MaxMutationBytes)
	for n := 0; lines.Scan(); n++ {
		var s saved
		if json.Unmarshal(lines.Bytes(), &s) != nil {
			break // the line that the kill cut: never promised
		}
		p.book.created(p.number, s.ID, syncproto.KindStory, s.Set)
		p.mine = append(p.mine, s.ID)
		p.totals.captured++
		if n == captures {
			if err := cmd.Process.Kill(); err != nil {
				return err
			}
		}
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		return err
	}
	p.clock.boots.Add(1)
	return p.open(ctx)
}
