package mobilesdk

import (
	"context"
	"encoding/json"
	"errors"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// Network is what the app says of the phone's connection. The engine cannot know it.
type Network string

// The networks. Until the app says something, the engine takes it for the one that costs.
const (
	NetworkWifi   Network = "wifi"
	NetworkMobile Network = "mobile"
	NetworkNone   Network = "none"
)

// When says over which networks the files of a lane travel by themselves.
type When string

// The choices.
const (
	WhenAny  When = "any"
	WhenWifi When = "wifi"
	WhenAsk  When = "ask" // only when the person says so for the file
)

// MediaPolicy is how files travel: the person's choice for this profile.
type MediaPolicy struct {
	Thumbnail When `json:"thumbnail"`
	Display   When `json:"display"`
	Original  When `json:"original"`
	// Chunk bounds the bytes of one request, for proxies that hold a request back until it is whole or bound its size; 0
	// sends the rest of a file in one, which is best everywhere else.
	Chunk int64 `json:"chunk"`
	// Cache bounds what is kept of other people's files, in bytes.
	Cache int64 `json:"cache"`
}

// defaultPolicy spends a volunteer's data on what a reader needs and leaves the originals to Wi-Fi.
func defaultPolicy() MediaPolicy {
	return MediaPolicy{Thumbnail: WhenAny, Display: WhenAny, Original: WhenWifi, Cache: 200 << 20}
}

func (p *MediaPolicy) of(lane syncproto.Lane) When {
	switch lane {
	case syncproto.LaneThumbnail:
		return p.Thumbnail
	case syncproto.LaneDisplay:
		return p.Display
	}
	return p.Original
}

func (p *MediaPolicy) check() error {
	for _, when := range []When{p.Thumbnail, p.Display, p.Original} {
		if when != WhenAny && when != WhenWifi && when != WhenAsk {
			return syncproto.E(syncproto.CodeUsage, "set media policy", errors.New("neither any, wifi nor ask"))
		}
	}
	if p.Chunk < 0 || p.Cache < 0 || p.Chunk > 0 && p.Chunk < leastChunk {
		return syncproto.E(syncproto.CodeUsage, "set media policy", errors.New("chunk or cache out of range"))
	}
	return nil
}

// leastChunk keeps headers below a percent of what is sent.
const leastChunk = 64 << 10

func policyOf(state *phonestore.State) MediaPolicy {
	p := defaultPolicy()
	if state.Media != nil && len(state.Media.Policy) > 0 {
		chosen := p
		if json.Unmarshal(state.Media.Policy, &chosen) == nil && chosen.check() == nil {
			return chosen
		}
	}
	return p
}

// MediaPolicy returns the policy that holds.
func (e *Engine) MediaPolicy(ctx context.Context) (p MediaPolicy, err error) {
	err = e.store.View(ctx, func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err == nil {
			p = policyOf(state)
		}
		return err
	})
	return p, err
}

// SetMediaPolicy changes it; usage for values that are none.
func (e *Engine) SetMediaPolicy(ctx context.Context, p MediaPolicy) error {
	if err := p.check(); err != nil {
		return err
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return e.chooseMedia(ctx, func(c *phonestore.MediaChoice) { c.Policy = text })
}

func (e *Engine) chooseMedia(ctx context.Context, change func(*phonestore.MediaChoice)) error {
	err := e.store.Update(ctx, "choose", func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		if state.Media == nil {
			state.Media = &phonestore.MediaChoice{}
		}
		change(state.Media)
		return nil
	})
	if err == nil {
		e.lanes.changed()
	}
	return err
}

// SetNetwork says over what the phone is connected. Apps call it when they start and whenever it changes: it is not
// remembered. What must not travel over the new network stops at once; its bytes so far are kept.
func (e *Engine) SetNetwork(n Network) error {
	if n != NetworkWifi && n != NetworkMobile && n != NetworkNone {
		return syncproto.E(syncproto.CodeUsage, "set network", errors.New("neither wifi, mobile nor none"))
	}
	e.lanes.setNetwork(n)
	return nil
}

// PauseMedia keeps the files of a photo from being sent until ResumeMedia; with "" all files, those to come included. A
// transfer that runs stops at once; its bytes are kept.
func (e *Engine) PauseMedia(ctx context.Context, record syncproto.ID) error {
	return e.pauseMedia(ctx, record, true)
}

// ResumeMedia undoes PauseMedia; with "" for everything.
func (e *Engine) ResumeMedia(ctx context.Context, record syncproto.ID) error {
	return e.pauseMedia(ctx, record, false)
}

func (e *Engine) pauseMedia(ctx context.Context, record syncproto.ID, paused bool) error {
	if record == "" {
		if !paused {
			err := e.store.Update(ctx, "resume", func(tx *phonestore.Tx) error { return tx.PauseAllMedia(false) })
			if err != nil {
				return err
			}
		}
		return e.chooseMedia(ctx, func(c *phonestore.MediaChoice) { c.Paused = paused })
	}
	return e.changeFiles(ctx, record, "", func(m *phonestore.Media) bool {
		was := m.Paused
		m.Paused = paused
		return was != paused
	})
}

// RetryMedia takes the files of a photo out of the parked, or out of a wait: they are tried again at once. With "" it
// does so for all.
func (e *Engine) RetryMedia(ctx context.Context, record syncproto.ID) error {
	return e.changeFiles(ctx, record, "", func(m *phonestore.Media) bool {
		e.lanes.forgive(m.Seq)
		if m.State != phonestore.MediaParked && m.Code == "" {
			return false
		}
		if m.State == phonestore.MediaParked {
			m.State, m.Upload, m.Sent = phonestore.MediaWaiting, "", 0
		}
		m.Code = ""
		return true
	})
}

// SendAnyway sends the files of a photo over whatever network there is, policy or not: all lanes, or one.
func (e *Engine) SendAnyway(ctx context.Context, record syncproto.ID, lane syncproto.Lane) error {
	return e.changeFiles(ctx, record, lane, func(m *phonestore.Media) bool {
		was := m.Anyway && !m.Paused
		m.Anyway, m.Paused = true, false
		return !was
	})
}

// changeFiles changes the files of a photo ("" for all that are open), in one lane or in all.
func (e *Engine) changeFiles(ctx context.Context, record syncproto.ID, lane syncproto.Lane, change func(*phonestore.Media) bool) error {
	err := e.store.Update(ctx, "files", func(tx *phonestore.Tx) error {
		var found []*phonestore.Media
		var err error
		if record == "" {
			found, err = tx.MediaOpen()
		} else if found, err = tx.MediaOf(record); err == nil && len(found) == 0 {
			err = syncproto.E(syncproto.CodeNotThere, "find files", nil)
		}
		if err != nil {
			return err
		}
		for _, m := range found {
			if lane != "" && m.Lane != lane || !change(m) {
				continue
			}
			if err := tx.PutMedia(m); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		e.lanes.changed()
	}
	return err
}
