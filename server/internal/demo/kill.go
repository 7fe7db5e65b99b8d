package demo

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/syncproto"
)

// saved is what a phone process prints for every record that it reports as saved, and now and then for a file that it
// sends.
type saved struct {
	ID      syncproto.ID     `json:"id"`
	Set     syncproto.Fields `json:"set"`
	File    string           `json:"file,omitempty"`    // what was attached, if it is a photo
	Sending int64            `json:"sending,omitempty"` // bytes of an original that have left
}

// PhoneProcess is a phone in a process of its own, so that it can be killed with SIGKILL in the middle of anything. It
// captures stories, the first with the files of a folder, syncs and sends, and prints each record once it is durable,
// until somebody ends it.
func PhoneProcess(ctx context.Context, args []string, out io.Writer) int {
	if len(args) != 3 {
		return 2
	}
	seed, err := strconv.ParseUint(args[1], 10, 64)
	if err != nil {
		return 2
	}
	files, err := filepath.Glob(filepath.Join(args[2], "*"))
	if err != nil {
		return 2
	}
	e, err := mobilesdk.Open(ctx, mobilesdk.Config{Path: args[0], Profile: "me", App: "lantoa-demo", Transport: &slow{mobilesdk.NewHTTPTransport()}})
	if err != nil || e.SetNetwork(mobilesdk.NetworkWifi) != nil {
		return 1
	}
	defer e.Close()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second) // an orphan ends by itself
	defer cancel()
	d := diary{e: e, random: rand.New(rand.NewPCG(seed, 5)), out: json.NewEncoder(out)}
	e.OnMedia(d.sending)
	go d.send(ctx)
	for n := 0; ctx.Err() == nil; n++ {
		if err := d.capture(ctx, files, n); err != nil {
			return 1
		}
	}
	return 0
}

// diary is the work of a phone process.
type diary struct {
	e      *mobilesdk.Engine
	random *rand.Rand

	mu  sync.Mutex
	out *json.Encoder
}

func (d *diary) note(s saved) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.out.Encode(s)
}

func (d *diary) send(ctx context.Context) {
	for ctx.Err() == nil {
		// What fails is tried again; the process has no other aim than to be killed.
		_, _ = d.e.Sync(ctx)
		_, _ = d.e.SendMedia(ctx)
	}
}

func (d *diary) sending(item mobilesdk.MediaItem) {
	if item.Lane == syncproto.LaneOriginal && item.State == mobilesdk.FileSending && item.Sent < item.Size {
		_ = d.note(saved{Sending: item.Sent})
	}
}

// capture writes one story after the other; as long as there are files, each has one. Without, it takes its time.
func (d *diary) capture(ctx context.Context, files []string, n int) error {
	set := syncproto.Fields{"title": syncproto.Text(pick(d.random, titles)), "body": syncproto.Text(body(d.random))}
	story, err := d.e.Create(ctx, syncproto.KindStory, "", set)
	if err != nil {
		return err
	}
	if err := d.note(saved{ID: story, Set: set}); err != nil {
		return err
	}
	if n >= len(files) {
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
		}
		return nil
	}
	set = syncproto.Fields{"caption": syncproto.Text(pick(d.random, captions))}
	photo, err := d.e.AttachFile(ctx, story, set, mobilesdk.File{Path: files[n]})
	if err != nil {
		return err
	}
	return d.note(saved{ID: photo, Set: set, File: files[n]})
}

// slow is a transport over which a film takes seconds, so that a kill finds it on its way.
type slow struct{ *mobilesdk.HTTPTransport }

// File implements mobilesdk.FileTransport.
func (s *slow) File(ctx context.Context, r *mobilesdk.FileRequest) (*mobilesdk.FileResponse, error) {
	if r.Body != nil {
		braked := *r
		braked.Body = brake{r.Body}
		r = &braked
	}
	return s.HTTPTransport.File(ctx, r)
}

type brake struct{ io.Reader }

func (b brake) Read(p []byte) (int, error) {
	time.Sleep(time.Millisecond) // for each 8 KiB: a few megabytes a second
	return b.Reader.Read(p)
}

// killed lets the phone run as a process and kills it when it captured so many records and is sending its film. Then
// the phone's store is opened again. What the process had printed was promised to a person, so it goes into the ledger.
func (p *phone) killed(ctx context.Context, program []string, captures int) error {
	if err := p.engine.Close(); err != nil {
		return err
	}
	dir := filepath.Join(p.dir, "killed")
	shots, err := p.filesToSend(dir)
	if err != nil {
		return err
	}
	args := append(append([]string{}, program[1:]...), p.path(), strconv.Itoa(p.random.IntN(1<<30)), dir)
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
	n, caught := 0, false
	for lines.Scan() {
		var s saved
		if json.Unmarshal(lines.Bytes(), &s) != nil {
			break // the line that the kill cut: never promised
		}
		caught = caught || s.Sending > killedBytes/4
		if s.ID != "" {
			p.promised(s, shots)
			n++
		}
		if n > captures && caught {
			if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				return err
			}
		}
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		return err
	}
	if !caught {
		return errors.New("the phone's process sent nothing")
	}
	p.clock.boots.Add(1)
	return p.open(ctx)
}

// killedBytes is the film that is under way when the process is killed.
const killedBytes = 6 << 20

// filesToSend lays out what the process will capture, the film first.
func (p *phone) filesToSend(dir string) (map[string]shot, error) {
	shots := map[string]shot{}
	for i, extension := range []string{".mp4", ".jpg", ".jpg"} {
		s, data := shot{}, film(p.random, killedBytes)
		if i > 0 {
			m := motifs[p.random.IntN(len(motifs))]
			data = p.camera.photo(p.random, m)
			s.orientation, s.picture = m.orientation, true
		}
		sum := shotOf(data)
		s.sum, s.size = sum.sum, sum.size
		path, err := p.camera.develop(dir, extension, data)
		if err != nil {
			return nil, err
		}
		shots[path] = s
	}
	return shots, nil
}

// promised puts a line of the process into the ledger.
func (p *phone) promised(s saved, shots map[string]shot) {
	p.totals.captured++
	if s.File == "" {
		p.book.created(p.number, s.ID, syncproto.KindStory, s.Set)
		p.mine = append(p.mine, s.ID)
		p.keep[s.ID] = true
		return
	}
	shot := shots[s.File]
	shot.record, shot.phone = s.ID, p.number
	p.book.photographed(shot, s.Set)
}
