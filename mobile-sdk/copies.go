package mobilesdk

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"sync"
	"time"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile"
	"lantoa/syncproto/picture"
)

// The small copies of a photo cost a phone about a second each, and the person takes the next picture meanwhile. So a
// capture is durable without them, and its mutation waits in the outbox until they are made: the announcement that
// leaves the phone names them. It waits heldFor at most. After that the record goes without, and the copies follow as an
// edit.

const (
	// heldFor is how long a record waits for its copies: twelve photos of a slow phone.
	heldFor = 15 * time.Second
	// roundPatience is how long a round waits before it goes without what is held: one photo, most often.
	roundPatience = 2 * time.Second
	// copyTries ends with what takes the app down: a file that ends the process is not tried for ever.
	copyTries = 3
	// copyMemory suits a phone of 2 GB: a baseline photo of 50 megapixels fits, a progressive one of 20.
	copyMemory = 160 << 20
)

// copyBudget is shared by all profiles of the process.
var copyBudget = picture.NewBudget(copyMemory)

// copier makes copies, one photo at a time, in a goroutine that lives while there is work.
type copier struct {
	e *Engine

	mu      sync.Mutex
	running bool
	again   bool
	closed  bool
	cancel  context.CancelFunc
	ended   chan struct{} // of the running goroutine; closed when it ends
	since   time.Time     // when the making began that runs, or that failed last; zero after one that made all there was
}

// start has the copies made that are wanted. It does not wait.
func (c *copier) start() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	if c.running {
		c.again = true
		return
	}
	c.since = time.Now()
	ctx, cancel := context.WithCancel(context.Background())
	c.running, c.cancel, c.ended = true, cancel, make(chan struct{})
	go c.run(ctx, c.ended)
}

func (c *copier) run(ctx context.Context, ended chan struct{}) {
	defer close(ended)
	for {
		err := c.e.makeCopies(ctx)
		c.mu.Lock()
		if !c.again || c.closed || err != nil {
			c.running, c.again = false, false
			if err == nil {
				c.since = time.Time{}
			}
			c.mu.Unlock()
			if err != nil && ctx.Err() == nil {
				c.e.cfg.Log.Warn("copies not made", "code", string(syncproto.CodeOf(err)))
			}
			return
		}
		c.again = false
		c.mu.Unlock()
	}
}

// close ends the making and waits for it.
func (c *copier) close() {
	c.mu.Lock()
	c.closed = true
	ended := c.ended
	if c.cancel != nil {
		c.cancel()
	}
	c.mu.Unlock()
	if ended != nil {
		<-ended
	}
}

// wait waits until nothing is being made any more, at most for a while.
func (c *copier) wait(ctx context.Context, most time.Duration) {
	c.mu.Lock()
	running, ended := c.running, c.ended
	c.mu.Unlock()
	if !running || most <= 0 {
		return
	}
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// rests reports whether nothing is being made and nothing failed: what is wanted all the same was left by another
// process of this profile.
func (c *copier) rests() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.running && c.since.IsZero()
}

// left returns how long what is held may still wait.
func (c *copier) left() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.running || c.since.IsZero() {
		return 0
	}
	return heldFor - time.Since(c.since)
}

// makeCopies makes all copies that are wanted, the oldest first.
func (e *Engine) makeCopies(ctx context.Context) error {
	for {
		var wanted []phonestore.CopiesWanted
		err := e.store.View(ctx, func(tx *phonestore.Tx) (err error) {
			wanted, err = tx.CopiesWanted()
			return err
		})
		if err != nil || len(wanted) == 0 {
			return err
		}
		if err := e.makeCopy(ctx, &wanted[0]); err != nil {
			return err
		}
	}
}

func (e *Engine) makeCopy(ctx context.Context, want *phonestore.CopiesWanted) error {
	if want.Tries >= copyTries {
		return e.finishCopies(ctx, want, nil)
	}
	count := func(by int) error {
		return e.store.UpdateLazily(context.WithoutCancel(ctx), "copying", func(tx *phonestore.Tx) error { return tx.CountTry(want, by) })
	}
	if err := count(1); err != nil {
		return err
	}
	made, err := e.draw(ctx, want)
	if err != nil && ctx.Err() != nil {
		return errors.Join(err, count(-1)) // the app closes; this says nothing about the photo
	}
	if err != nil {
		e.cfg.Log.Info("no copies of a photo", "record", string(want.Record), "code", string(syncproto.CodeOf(err)))
		made = nil
	}
	if err := e.finishCopies(ctx, want, made); err != nil {
		return errors.Join(err, count(-1)) // the disk is full, perhaps; this says nothing about the photo either
	}
	return nil
}

// draw makes the copies of one photo.
func (e *Engine) draw(ctx context.Context, want *phonestore.CopiesWanted) (*picture.Result, error) {
	e.hooks.At("drawing")
	src, original, err := e.openWanted(ctx, want)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	orientation := 1
	if file, err := mediafile.Read(src, src.Size()); err == nil {
		orientation = file.Info.Orientation
	}
	copies := picture.Copier{Budget: copyBudget}
	made, err := copies.Copies(ctx, io.NewSectionReader(src, 0, src.Size()), src.Size(), orientation)
	if err != nil {
		return nil, err
	}
	if made.Display.JPEG == nil && !original { // the poster serves as the display copy, without what it tells of itself
		var plain bytes.Buffer
		if _, err := mediafile.Strip(&plain, src, src.Size()); err != nil {
			return nil, err
		}
		made.Display.JPEG = plain.Bytes()
	}
	return &made, nil
}

// openWanted opens the picture that copies are made of, and says whether it is the original itself.
func (e *Engine) openWanted(ctx context.Context, want *phonestore.CopiesWanted) (src phonestore.VaultFile, original bool, err error) {
	if want.Poster != "" {
		src, err = e.vault.Open(want.Poster)
		return src, false, err
	}
	var doc *phonestore.Media
	err = e.store.View(ctx, func(tx *phonestore.Tx) (err error) {
		doc, err = originalOf(tx, want)
		return err
	})
	if err != nil {
		return nil, true, err
	}
	src, err = e.openFile(doc)
	return src, true, err
}

func originalOf(tx *phonestore.Tx, want *phonestore.CopiesWanted) (*phonestore.Media, error) {
	all, err := tx.MediaOf(want.Record)
	for _, m := range all {
		if m.Lane == syncproto.LaneOriginal && m.SHA256 == want.SHA256 {
			return m, nil
		}
	}
	if err == nil {
		err = syncproto.E(syncproto.CodeNoFile, "find original", nil)
	}
	return nil, err
}

// openFile opens a file of this phone wherever it lies.
func (e *Engine) openFile(m *phonestore.Media) (phonestore.VaultFile, error) {
	if m.Name != "" {
		return e.vault.Open(m.Name)
	}
	return phonestore.OpenOutside(m.Path)
}

// drawn is what finishCopies stores.
type drawn struct {
	thumbnail, display     *phonestore.Media
	thumbhash              string
	shown                  bool // there are copies
	displayIsItsOriginal   bool
	thumbnailIn, displayIn string // names in the vault, to be adopted
}

// finishCopies stores the copies and announces them: in the mutation that waits for them, or as an edit after it. With
// nothing made the mutation goes as it is.
func (e *Engine) finishCopies(ctx context.Context, want *phonestore.CopiesWanted, made *picture.Result) error {
	d := &drawn{}
	if made != nil {
		if err := e.keepDrawn(ctx, want, made, d); err != nil {
			return err
		}
	}
	err := e.capture(context.WithoutCancel(ctx), func(c *capture) error {
		held, err := c.tx.CopiesDone(want)
		if err != nil || !d.shown {
			return err
		}
		if err := refuseErased(c.tx, want.Record); err != nil {
			e.vault.DropUnfinished(d.thumbnailIn)
			e.vault.DropUnfinished(d.displayIn)
			if syncproto.CodeOf(err) == syncproto.CodeErased {
				err = nil // nobody waits for them
			}
			return err
		}
		if err := e.vault.Adopt(d.thumbnailIn, d.displayIn); err != nil {
			return err
		}
		if d.displayIsItsOriginal {
			original, err := originalOf(c.tx, want)
			if err != nil {
				return err
			}
			d.display.MediaFile, d.display.MediaDoc = original.MediaFile, original.MediaDoc
		}
		for _, m := range []*phonestore.Media{d.thumbnail, d.display} {
			if err := c.tx.AddMedia(m); err != nil {
				return err
			}
		}
		if held {
			return e.announceInPlace(c, want, d)
		}
		return e.announceAfter(c, want, d)
	})
	if err == nil && want.Poster != "" {
		_ = e.vault.Remove(want.Poster)
	}
	return err
}

// keepDrawn writes the copies into the vault. They do not count yet.
func (e *Engine) keepDrawn(ctx context.Context, want *phonestore.CopiesWanted, made *picture.Result, d *drawn) error {
	keep := func(lane syncproto.Lane, jpeg []byte) (*phonestore.Media, string, error) {
		m := &phonestore.Media{Record: want.Record, Lane: lane}
		if jpeg == nil {
			return m, "", nil
		}
		name, sum, err := e.copyIn(ctx, bytes.NewReader(jpeg), int64(len(jpeg)))
		m.MediaFile = syncproto.MediaFile{SHA256: sum, Size: int64(len(jpeg))}
		m.MediaDoc = phonestore.MediaDoc{Name: name, Type: string(mediafile.JPEG)}
		return m, name, err
	}
	var err error
	if d.thumbnail, d.thumbnailIn, err = keep(syncproto.LaneThumbnail, made.Thumbnail.JPEG); err != nil {
		return err
	}
	if d.display, d.displayIn, err = keep(syncproto.LaneDisplay, made.Display.JPEG); err != nil {
		e.vault.DropUnfinished(d.thumbnailIn)
		return err
	}
	d.thumbhash = base64.RawStdEncoding.EncodeToString(made.Thumbhash)
	d.displayIsItsOriginal, d.shown = made.Display.JPEG == nil, true
	return nil
}

// announce adds the copies to a media field, if that is of the same file, and reports whether it was.
func (d *drawn) announce(value syncproto.Value, sum string) (syncproto.Value, bool) {
	media, ok := syncproto.MediaOf(&syncproto.Record{Kind: syncproto.KindPhoto, Fields: syncproto.Fields{syncproto.MediaField: value}})
	if !ok || media.SHA256 != sum {
		return "", false
	}
	media.Thumbnail, media.Display, media.Thumbhash = d.thumbnail.MediaFile, d.display.MediaFile, d.thumbhash
	return media.Value(), true
}

// announceInPlace completes the mutation that waits. It has been in no request: a server that knows a number keeps its
// bytes, and other bytes under it would look like a copy of this phone.
func (e *Engine) announceInPlace(c *capture, want *phonestore.CopiesWanted, d *drawn) error {
	history, err := c.tx.History(want.Record)
	if err != nil {
		return err
	}
	for _, stored := range history {
		if stored.Judged {
			continue
		}
		m, err := syncproto.DecodeMutation(stored.Wire)
		if err != nil {
			continue
		}
		value, ok := d.announce(m.Set[syncproto.MediaField], want.SHA256)
		if !ok {
			continue
		}
		m.Set[syncproto.MediaField] = value
		stored.Wire = bareWire(m)
		if err := c.tx.Rewrite(stored); err != nil {
			return err
		}
	}
	return e.rebuildOne(c.tx, c.state, want.Record)
}

// announceAfter captures an edit that names the copies, if the photo still holds that file.
func (e *Engine) announceAfter(c *capture, want *phonestore.CopiesWanted, d *drawn) error {
	cur, err := e.current(c.tx, want.Record)
	if err != nil || cur.record == nil || cur.record.Deleted {
		return err
	}
	value, ok := d.announce(cur.record.Fields[syncproto.MediaField], want.SHA256)
	if !ok {
		return nil
	}
	return c.add(&syncproto.Mutation{Record: want.Record, Set: syncproto.Fields{syncproto.MediaField: value}})
}

// releaseHeld lets go what has waited for its copies long enough, durably, so that no mutation is completed any more
// once it may have been in a request.
func (e *Engine) releaseHeld(ctx context.Context, all bool) error {
	held, err := e.anyHeld(ctx)
	if err != nil || !held {
		return err
	}
	if e.copier.rests() {
		e.copier.start()
	}
	if !all && e.copier.left() > 0 {
		return nil
	}
	return e.store.Update(ctx, "release", func(tx *phonestore.Tx) error { return tx.ReleaseCopies("") })
}

func (e *Engine) anyHeld(ctx context.Context) (held bool, err error) {
	err = e.store.View(ctx, func(tx *phonestore.Tx) error {
		records, err := heldRecords(tx)
		held = len(records) > 0
		return err
	})
	return held, err
}

func heldRecords(tx *phonestore.Tx) (map[syncproto.ID]bool, error) {
	wanted, err := tx.CopiesWanted()
	if err != nil || len(wanted) == 0 {
		return nil, err
	}
	out := map[syncproto.ID]bool{}
	for _, w := range wanted {
		if w.Held {
			out[w.Record] = true
		}
	}
	return out, nil
}
