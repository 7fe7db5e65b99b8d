package demo

import (
	"context"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/syncproto"
)

// phone is one volunteer's or editor's phone: the real engine over the lossy link.
type phone struct {
	number int
	name   string
	unit   string
	role   syncproto.Role
	dir    string
	clock  *phoneClock
	link   *link
	random *rand.Rand
	engine *mobilesdk.Engine
	book   *ledger
	camera *camera
	mine   []syncproto.ID // records made here
	totals totals
	away   map[int]bool // days without any network
	fate   string       // what befell it, for the table

	retouch func() error          // changes a photo in the gallery, on the evening of the day
	before  int64                 // what its meter of files showed when it was made by copying another
	closed  syncproto.ID          // the person, when the account was closed
	keep    map[syncproto.ID]bool // stories that have photos: nobody deletes those

	bell    string       // where it is rung; "" for nowhere
	person  syncproto.ID // known when the call is prepared
	copied  bool         // it was made by copying another
	leaving bool         // its person will leave the association
}

// totals adds up what the server said to one phone.
type totals struct {
	captured, applied, merged, conflicts, rejected, duplicate, received int
}

func (p *phone) path() string { return filepath.Join(p.dir, "phone.db") }

func (p *phone) open(ctx context.Context) error {
	e, err := mobilesdk.Open(ctx, mobilesdk.Config{
		Path: p.path(), Profile: "me", App: "lantoa-demo", Clock: p.clock, Transport: p.link, Stall: phoneStall,
	})
	if p.engine = e; err != nil || p.bell == "" {
		return err
	}
	return e.SetPush(ctx, &syncproto.RegistrationRequest{ // as apps do at every start
		Service: syncproto.ServiceFCM, Kind: syncproto.TargetToken, Platform: syncproto.PlatformAndroid, Address: p.bell,
	})
}

// capture does one thing that a volunteer does on a day: mostly writing something new, sometimes going back to it.
func (p *phone) capture(ctx context.Context) error {
	if len(p.mine) > 0 && p.random.IntN(100) < 35 {
		return p.revise(ctx)
	}
	if p.random.IntN(100) < 25 {
		return p.captureEvent(ctx)
	}
	return p.captureStory(ctx)
}

func (p *phone) captureStory(ctx context.Context) error {
	set := syncproto.Fields{
		"title": syncproto.Text(pick(p.random, titles)), "body": syncproto.Text(body(p.random)),
		"type": syncproto.Text(pick(p.random, storyTypes)), "tags": syncproto.List(syncproto.Text(pick(p.random, tags))),
		"happened_at": syncproto.Int(time.Now().Add(-time.Duration(p.random.IntN(72)) * time.Hour).UnixMilli()),
		"place":       syncproto.Object(syncproto.Fields{"text": syncproto.Text(p.unit)}),
	}
	id, err := p.create(ctx, syncproto.KindStory, set)
	if err != nil {
		return err
	}
	if err := p.illustrate(ctx, id); err != nil || p.random.IntN(100) < 25 {
		return err // some stay drafts
	}
	return p.command(ctx, id, syncproto.CommandSubmit)
}

func (p *phone) captureEvent(ctx context.Context) error {
	start := time.Now().Add(time.Duration(p.random.IntN(200)) * time.Hour)
	_, err := p.create(ctx, syncproto.KindEvent, syncproto.Fields{
		"title": syncproto.Text(pick(p.random, eventNames)), "type": syncproto.Text(pick(p.random, eventTypes)),
		"start": syncproto.Int(start.UnixMilli()), "end": syncproto.Int(start.Add(4 * time.Hour).UnixMilli()),
		"registered": syncproto.Int(int64(p.random.IntN(180))), "households": syncproto.Int(int64(p.random.IntN(60))),
		"value_dong": syncproto.Int(int64(p.random.IntN(400)) * 500_000),
	})
	return err
}

func (p *phone) create(ctx context.Context, kind syncproto.Kind, set syncproto.Fields) (syncproto.ID, error) {
	id, err := p.engine.Create(ctx, kind, "", set)
	if err == nil {
		p.book.created(p.number, id, kind, set)
		p.mine = append(p.mine, id)
		p.totals.captured++
	}
	return id, err
}

// revise changes, tags, or seldom deletes something that the phone made.
func (p *phone) revise(ctx context.Context) error {
	id := p.mine[p.random.IntN(len(p.mine))]
	item, err := p.engine.Show(ctx, id)
	if err != nil || item.Deleted || item.Gone {
		return nil // gone with a clone or deleted before: a person finds nothing to change
	}
	switch n := p.random.IntN(100); {
	case n < 5 && !p.keep[id]:
		if err := p.engine.Delete(ctx, id); err != nil {
			return err
		}
		p.book.removed(id)
		p.totals.captured++
		return nil
	case n < 30:
		tag := syncproto.Text(pick(p.random, tags))
		p.totals.captured++
		p.book.commanded()
		return p.engine.Edit(ctx, id, mobilesdk.Patch{Add: map[string][]syncproto.Value{"tags": {tag}}})
	}
	return p.edit(ctx, id, item)
}

// edit changes a title, a figure, or adds a sentence to the text.
func (p *phone) edit(ctx context.Context, id syncproto.ID, item *mobilesdk.Item) error {
	set := syncproto.Fields{}
	switch text, ok := item.Fields["body"].AsText(); {
	case ok && p.random.IntN(100) < 60:
		set["body"] = syncproto.Text(text + " " + pick(p.random, closings))
	case item.Kind == syncproto.KindEvent:
		set["households"] = syncproto.Int(int64(p.random.IntN(90)))
	default:
		set["title"] = syncproto.Text(pick(p.random, titles))
	}
	if err := p.engine.Edit(ctx, id, mobilesdk.Patch{Set: set}); err != nil {
		return err
	}
	p.book.wrote(p.number, id, set)
	p.totals.captured++
	return nil
}

func (p *phone) command(ctx context.Context, id syncproto.ID, c syncproto.Command) error {
	p.totals.captured++
	p.book.commanded()
	return p.engine.Command(ctx, id, c, "")
}

// desk does what an editor does: corrects something from the unit's desk that others may be editing meanwhile.
func (p *phone) desk(ctx context.Context) error {
	list, err := p.engine.List(ctx, mobilesdk.Filter{Kind: syncproto.KindStory, Limit: 40})
	if err != nil {
		return err
	}
	for i := range list.Items {
		it := &list.Items[i]
		if it.Mine || it.Deleted || it.State == syncproto.StateDraft || p.random.IntN(100) >= 12 {
			continue
		}
		if err := p.edit(ctx, it.ID, it); err != nil {
			return err
		}
		if it.State == syncproto.StateSubmitted && p.random.IntN(2) == 0 {
			if err := p.command(ctx, it.ID, syncproto.CommandClaim); err != nil {
				return err
			}
		}
	}
	return nil
}

// sync makes up to tries attempts, as a phone does in a few minutes of signal.
func (p *phone) sync(ctx context.Context, tries int) error {
	for range tries {
		m, err := p.engine.Sync(ctx)
		if m != nil {
			p.totals.applied += m.Applied
			p.totals.merged += m.Merged
			p.totals.conflicts += m.Conflicts
			p.totals.rejected += m.Rejected
			p.totals.duplicate += m.Duplicate
			p.totals.received += m.Received
		}
		if err == nil || ctx.Err() != nil {
			return err
		}
	}
	return nil // the next evening is another try
}

// copyStore copies a closed phone's files, as a backup app or a phone shop does.
func copyStore(from, to string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(from, "phone.db*"))
	if err != nil {
		return err
	}
	for _, file := range files {
		target := filepath.Join(to, filepath.Base(file))
		if info, err := os.Stat(file); err == nil && info.IsDir() { // the files of the profile
			if err := os.CopyFS(target, os.DirFS(file)); err != nil {
				return err
			}
			continue
		}
		if err := copyFile(file, target); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
