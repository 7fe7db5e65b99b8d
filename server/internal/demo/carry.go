package demo

import (
	"context"
	"math"
	"time"

	mobilesdk "lantoa/mobile-sdk"
)

// eveningOfFiles bounds what one phone sends on one evening.
const eveningOfFiles = 6 * time.Second

// carry sends files for some minutes of signal: tries attempts.
func (p *phone) carry(ctx context.Context, network mobilesdk.Network, tries int) error {
	if err := p.engine.SetNetwork(network); err != nil {
		return err
	}
	evening, cancel := context.WithTimeout(ctx, eveningOfFiles)
	defer cancel()
	for range tries {
		if _, err := p.engine.SendMedia(evening); err == nil || evening.Err() != nil {
			break
		}
	}
	return ctx.Err()
}

// carryAll sends all files that are left, over a good network.
func (p *phone) carryAll(ctx context.Context) error {
	if err := p.engine.SetNetwork(mobilesdk.NetworkWifi); err != nil {
		return err
	}
	long, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	_, err := p.engine.SyncMedia(long)
	if long.Err() != nil {
		return ctx.Err() // what did not go is found by the judge
	}
	return err
}

// spent returns the bytes that files cost on the way up, questions and headers included.
func (p *phone) spent(ctx context.Context) (up int64, err error) {
	days, err := p.engine.MediaMeter(ctx, 60)
	for _, d := range days {
		up += d.Up
	}
	return up - p.before, err
}

// files lists all files of the phone.
func (p *phone) files(ctx context.Context) (out []mobilesdk.MediaItem, err error) {
	for before := int64(math.MaxInt64); before != 0; {
		list, err := p.engine.Media(ctx, before, 500)
		if err != nil {
			return nil, err
		}
		out, before = append(out, list.Items...), list.Next
	}
	return out, nil
}
