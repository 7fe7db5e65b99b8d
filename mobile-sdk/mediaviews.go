package mobilesdk

import (
	"context"
	"math"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// MediaItem is one file of this phone: one lane of a photo.
type MediaItem struct {
	Number   int64          `json:"n"` // order of capture
	Record   syncproto.ID   `json:"record"`
	Title    string         `json:"title,omitempty"` // what a person recognises the photo by; not in progress
	Lane     syncproto.Lane `json:"lane"`
	State    FileState      `json:"state"`
	Size     int64          `json:"size"`
	Sent     int64          `json:"sent"`    // bytes that left or are known to have arrived
	Percent  int            `json:"percent"` // of Size, rounded down: 100 is whole
	Type     string         `json:"type"`
	Outside  bool           `json:"outside,omitempty"` // it lies in the gallery, not in the profile
	Anyway   bool           `json:"anyway,omitempty"`  // sent whatever the policy says
	Code     syncproto.Code `json:"code,omitempty"`    // why it is parked, or waits at the server
	Sentence string         `json:"sentence,omitempty"`
}

func (m *MediaItem) percent() {
	m.Percent = 0
	if m.Size > 0 {
		m.Percent = int(min(m.Sent, m.Size) * 100 / m.Size)
	}
}

// MediaListing is a part of the list of files.
type MediaListing struct {
	Items []MediaItem `json:"items"`
	Next  int64       `json:"next,omitempty"` // pass as before for what follows; 0 at the end
	// The rest is about all files.
	Making  int         `json:"making,omitempty"` // photos whose small copies are still being made
	Unsent  int64       `json:"unsent"`           // files that the server does not have
	Parked  int64       `json:"parked"`
	Network string      `json:"network,omitempty"`
	Paused  bool        `json:"paused,omitempty"`
	Sealed  bool        `json:"sealed"` // files of the profile are sealed under its PIN
	Policy  MediaPolicy `json:"policy"`
}

// Media returns the files of this phone with how far they are, the newest first, below a number (0 for all); at most
// limit (0 for 50, at most 500). It never waits for the network.
func (e *Engine) Media(ctx context.Context, before int64, limit int) (*MediaListing, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	if limit = min(limit, maxList); limit <= 0 {
		limit = 50
	}
	out := &MediaListing{Items: []MediaItem{}, Sealed: e.vault.Sealed()}
	e.lanes.mu.Lock()
	running := e.lanes.running
	var sent int64
	if running != nil {
		sent = running.sent
	}
	out.Network = string(e.lanes.network)
	e.lanes.mu.Unlock()
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		out.Policy, out.Paused = policyOf(state), state.Media != nil && state.Media.Paused
		counts, err := tx.MediaCounts()
		if err != nil {
			return err
		}
		wanted, err := tx.CopiesWanted()
		if err != nil {
			return err
		}
		out.Unsent, out.Making = counts.Unsent, len(wanted)
		if out.Parked, err = e.parked(tx, state); err != nil {
			return err
		}
		files, err := tx.MediaList(before, limit+1)
		if err != nil {
			return err
		}
		if len(files) > limit {
			files = files[:limit]
			out.Next = files[limit-1].Seq
		}
		j := judge{e: e, tx: tx, state: state, policy: out.Policy, records: map[syncproto.ID]*announced{}}
		for _, m := range files {
			where, err := j.file(m)
			if err != nil {
				return err
			}
			item := e.mediaItem(m, where)
			if running != nil && running.file.Seq == m.Seq {
				item.State, item.Sent = FileSending, sent
				item.percent()
			}
			if cur, err := e.current(tx, m.Record); err == nil && cur.record != nil {
				item.Title = title(cur.record.Fields)
			}
			out.Items = append(out.Items, item)
		}
		return nil
	})
	return out, err
}

// mediaItem shows a file. Without a state from the judge it shows the stored one.
func (e *Engine) mediaItem(m *phonestore.Media, where FileState) MediaItem {
	if where == "" {
		where = map[phonestore.MediaState]FileState{
			phonestore.MediaWaiting: FileReady, phonestore.MediaChecking: FileChecking, phonestore.MediaStored: FileReceived,
			phonestore.MediaFreed: FileFreed, phonestore.MediaParked: FileParked,
		}[m.State]
	}
	if where == fileDoubted {
		where = FileChecking
	}
	item := MediaItem{
		Number: m.Seq, Record: m.Record, Lane: m.Lane, State: where, Size: m.Size, Sent: m.Sent, Type: m.Type,
		Outside: m.Name == "", Anyway: m.Anyway, Code: m.Code,
	}
	if item.Code != "" {
		item.Sentence = e.sentence(item.Code)
	}
	item.percent()
	return item
}

// openMedia goes on, when a profile is opened, with what the last run left: copies that are still to be made, and files
// that a kill left behind.
func (e *Engine) openMedia(ctx context.Context) error {
	e.vault.ClearOpened()
	making, strays, erasing := false, false, false
	var known map[string]bool
	removed := false
	err := e.store.View(ctx, func(tx *phonestore.Tx) (err error) {
		state, err := tx.State()
		if err != nil {
			return err
		}
		e.ended.Store(state.Ended > 0)
		removed, erasing = state.Removed > 0, len(state.Erasing) > 0
		wanted, err := tx.CopiesWanted()
		if err != nil {
			return err
		}
		making = len(wanted) > 0
		known, err = tx.VaultNames()
		return err
	})
	if err != nil {
		return err
	}
	if erasing {
		e.sweepErasedLater(ctx)
	}
	strays = len(e.vault.Strays(func(name string) bool { return known[name] })) > 0
	if making {
		e.copier.start()
	}
	if removed {
		if err := e.sweepRemoved(ctx); err != nil {
			e.cfg.Log.Warn("traces of removed data stay", "code", string(syncproto.CodeOf(err)))
		}
		return nil
	}
	if !strays {
		return nil
	}
	// Whoever gives a file its name holds this lock, so nothing that counts can be among them.
	return e.store.Update(ctx, "sweep", func(tx *phonestore.Tx) error {
		known, err := tx.VaultNames()
		if err != nil {
			return err
		}
		for _, name := range e.vault.Strays(func(name string) bool { return known[name] }) {
			if err := e.vault.Remove(name); err != nil {
				e.cfg.Log.Warn("stray file stays", "code", string(syncproto.CodeOf(err)))
			}
		}
		return nil
	})
}
