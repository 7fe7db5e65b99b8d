package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/server/internal/campaign"
	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	// callDay has a storm, and lies behind the restore: what a backup does not know would be told twice.
	callDay = restoreDay
	// killPercent of the messages are out when the server dies.
	killPercent = 40
	callPlaces  = 40
	callCode    = "ĐÊ-40"

	callTitle   = "Cần gấp 40 người gia cố bờ bao"
	callBody    = "Nước lên nhanh, bờ bao kênh Vĩnh Tế có đoạn sạt. Mời bà con mang theo bao tải và xẻng."
	resultTitle = "Bờ bao đã giữ được"
	resultBody  = "Cảm ơn bà con đã đến. Nước đang rút."
)

// alarm is the urgent call of the week.
type alarm struct {
	id, result syncproto.ID
	officers   [2]*seat
	units      []unit                // who calls
	called     map[syncproto.ID]bool // whom it concerns
	targets    int                   // of theirs that ring
	party      int64                 // for how many an answer speaks

	struck   chan struct{}
	strikeAt int           // how many messages were out when the server was killed
	flying   int64         // of them under way
	dark     time.Duration // until the next server was there
	gaveBack string        // who gave a place back
	movedUp  string        // who got it
}

// sound sends the call while the phones have their stormy evening, and kills the server in the middle.
func (w *week) sound(ctx context.Context, evening func(context.Context) error) error {
	a, err := w.prepareCall(ctx)
	if err != nil {
		return err
	}
	w.alarm = a
	if err := w.server.Stop(ctx); err != nil {
		return err
	}
	child, err := w.host.Spawn(ctx, w.dataDir, w.bells.ring)
	if err != nil {
		return err
	}
	a.strikeAt = a.targets * killPercent / 100
	var once sync.Once
	w.bells.arm(a.strikeAt, func() {
		once.Do(func() { // in the middle of an answer: nobody at the server hears of it
			a.flying = w.bells.service.Stats().InFlight
			_ = child.Kill()
			close(a.struck)
		})
	})
	if err := w.compose(ctx, a); err != nil {
		return errors.Join(err, child.Kill(), child.Wait())
	}
	var during sync.WaitGroup
	problems := make([]error, 2)
	during.Go(func() { problems[0] = evening(ctx) })
	during.Go(func() { problems[1] = w.listenAll(ctx) })
	err = w.strike(ctx, a, child)
	during.Wait()
	if err = errors.Join(err, problems[0], problems[1]); err != nil {
		return err
	}
	return a.progress(ctx, a.id, func(p *campaign.Progress) bool { return p.Rest == 0 && p.Unplanned == 0 })
}

// compose lets one officer write the call, who cannot send it alone, and another say yes.
func (w *week) compose(ctx context.Context, a *alarm) error {
	one, other := a.officers[0], a.officers[1]
	now := time.Now()
	draft := campaign.Draft{
		Kind: syncproto.CallUrgent, Title: callTitle, Body: callBody, Capacity: callPlaces, Code: callCode,
		Starts: now.Add(2 * time.Hour).UnixMilli(), Ends: now.Add(6 * time.Hour).UnixMilli(), Deadline: now.Add(time.Hour).UnixMilli(),
		Choices: []storage.Choice{{Name: syncproto.ChoiceYes, Takes: true}, {Name: syncproto.ChoiceNo}},
	}
	var among []any
	for _, u := range a.units {
		draft.Units = append(draft.Units, u.id)
		among = append(among, map[string]any{"unit": u.id})
	}
	var err error
	if draft.Audience, err = json.Marshal(map[string]any{"any": among}); err != nil {
		return err
	}
	var made campaign.Call
	if err := one.send(ctx, http.MethodPost, "/v1/calls", draft, &made); err != nil {
		return err
	}
	a.id = made.ID
	at := map[string]any{"revision": made.Revision}
	if err := one.send(ctx, http.MethodPost, a.path("propose"), at, nil); err != nil {
		return err
	}
	var no said
	if err := one.send(ctx, http.MethodPost, a.path("send"), at, nil); !errors.As(err, &no) || no.Code != syncproto.CodeSecondOfficer {
		return fmt.Errorf("an officer alone sends an urgent call: %w", err)
	}
	w.note("demo.call_proposed", map[string]string{"name": one.name, "title": callTitle, "units": fmt.Sprint(len(a.units))})
	err = other.send(ctx, http.MethodPost, a.path("send"), at, nil)
	select {
	case <-a.struck:
		err = nil // the answer is what the kill took; the call was sent
	default:
	}
	if err == nil {
		w.note("demo.call_sent", map[string]string{"name": other.name, "people": fmt.Sprint(len(a.called)), "phones": fmt.Sprint(a.targets)})
	}
	return err
}

func (a *alarm) path(of string) string { return "/v1/calls/" + string(a.id) + "/" + of }

// strikeTime bounds how long the demo waits for the moment of the kill, and for the rest to go out after it.
const strikeTime = time.Minute

// strike waits for the kill and starts the server again.
func (w *week) strike(ctx context.Context, a *alarm, child Child) error {
	limit := time.NewTimer(strikeTime)
	defer limit.Stop()
	select {
	case <-a.struck:
	case <-limit.C:
		return errors.Join(errors.New("too few messages left the server"), child.Kill(), child.Wait())
	case <-ctx.Done():
		return errors.Join(ctx.Err(), child.Kill(), child.Wait())
	}
	began := time.Now()
	if err := child.Wait(); err != nil {
		return err
	}
	s, err := w.host.Start(ctx, w.dataDir, w.bells.ring)
	if err != nil {
		return err
	}
	w.server, w.events, a.dark = s, w.events+1, time.Since(began)
	w.note("demo.call_killed", map[string]string{
		"percent": fmt.Sprint(killPercent), "sent": fmt.Sprint(a.strikeAt), "flying": fmt.Sprint(a.flying), "ms": fmt.Sprint(a.dark.Milliseconds()),
	})
	return nil
}

// progress waits until the sending of a call is so far.
func (a *alarm) progress(ctx context.Context, call syncproto.ID, far func(*campaign.Progress) bool) error {
	ctx, cancel := context.WithTimeout(ctx, strikeTime)
	defer cancel()
	for {
		var p campaign.Progress
		err := a.officers[0].send(ctx, http.MethodGet, "/v1/calls/"+string(call)+"/progress", nil, &p)
		if err != nil || far(&p) {
			return err
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%d people have no notice of the call", p.Rest)
		}
	}
}

// listens reports whether a phone hears of the call by the live stream: nothing rings it.
func (p *phone) listens() bool {
	return p.bell == "" && !p.away[callDay] && p.closed == "" && !p.copied
}

// listenAll lets the phones that nothing rings wait for the call on the live stream.
func (w *week) listenAll(ctx context.Context) error {
	return w.everybody(ctx, func(p *phone) error {
		if !p.listens() || !w.alarm.called[p.person] {
			return nil
		}
		ctx, cancel := context.WithTimeout(ctx, strikeTime)
		defer cancel()
		p.link.setWeather(fine)
		var there error
		p.engine.Watch(ctx, func(*mobilesdk.Summary, error) {
			if _, there = p.engine.Call(ctx, w.alarm.id); there == nil {
				cancel()
			}
		})
		return there
	})
}
