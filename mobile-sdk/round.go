package mobilesdk

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// maxRounds ends a Sync whose server never says that it is done.
const maxRounds = 100_000

const (
	// maxOffences is how many requests may be refused as a whole in one Sync: halving a batch of 500 down to the one
	// mutation that offends takes nine, and a second one may follow.
	maxOffences = 24
	// maxIdle is how many rounds may change nothing: a hole in the numbers or a repair needs a few.
	maxIdle = 8
)

// Round does one exchange with the server: one request, and one durable transaction with all that its answer says.
// The summary is never nil. Kill it at any instruction: what was not stored is asked for again.
func (e *Engine) Round(ctx context.Context) (*Summary, error) {
	s := &Summary{}
	started := e.cfg.Clock.Uptime()
	err := e.round(ctx, s)
	s.Millis = int64((e.cfg.Clock.Uptime() - started) / time.Millisecond)
	return s, err
}

func (e *Engine) round(ctx context.Context, s *Summary) error {
	select {
	case e.syncing <- struct{}{}:
		defer func() { <-e.syncing }()
	case <-ctx.Done():
		return syncproto.E(syncproto.CodeTimeout, "sync", ctx.Err())
	}
	s.Rounds++
	if err := e.finishFork(ctx, s); err != nil {
		return e.fail(ctx, e.recover(ctx, s, err))
	}
	e.copier.wait(ctx, min(roundPatience, e.copier.left()))
	if err := e.releaseHeld(ctx, false); err != nil {
		return err
	}
	p, err := e.build(ctx)
	if err != nil {
		return err
	}
	s.held = p.held
	if len(p.sent) > 0 {
		e.lanes.hold()
		defer e.lanes.release()
	}
	if e.hooks.ForgetOnSend {
		if err := e.forgetSent(ctx, p); err != nil {
			return err
		}
	}
	sentAt, wall := e.cfg.Clock.Uptime(), e.cfg.Clock.Wall().UnixMilli()
	body, response, err := e.do(ctx, p.request, timeout(len(p.request.Body), p.budget))
	if response != nil {
		s.BytesUp, s.BytesDown = s.BytesUp+response.Sent, s.BytesDown+response.Received
	}
	if err != nil {
		e.learn(p, err)
		if offends(syncproto.CodeOf(err)) && len(p.sent) > 0 {
			s.Unsent = -1 // worth another try at once, with less
			if len(p.sent) == 1 {
				if err := e.setAside(ctx, p.sent[0], syncproto.CodeOf(err)); err != nil {
					return err
				}
			}
		}
		return e.fail(ctx, e.recover(ctx, s, err))
	}
	answer, err := syncproto.DecodeSyncResponse(body)
	if err != nil {
		e.pace.broke()
		return e.fail(ctx, syncproto.E(syncproto.CodeBodyIncomplete, "read answer", err))
	}
	took := e.cfg.Clock.Uptime() - sentAt
	e.pace.worked(response.Received, took)
	a := application{e: e, plan: p, answer: answer, summary: s, sentAt: sentAt, took: took, wall: wall}
	if err := a.run(ctx); err != nil {
		return err
	}
	if len(a.state.Erasing) > 0 {
		e.sweepErasedLater(context.WithoutCancel(ctx))
	}
	if e.ended.Store(answer.Ended); answer.Ended {
		if err := e.leave(ctx, s); err != nil {
			return err
		}
	}
	e.lanes.delivered(a.photos)
	defer e.lanes.synced(context.WithoutCancel(ctx))
	e.rejoins = rejoins{}
	return pushError(answer)
}

// recover does what can be done about a refusal before anybody hears of it, and returns what is left.
func (e *Engine) recover(ctx context.Context, s *Summary, err error) error {
	if syncproto.CodeOf(err) == syncproto.CodeTokenUnknown {
		return e.rejoin(ctx, s, err)
	}
	return err
}

// pushError says why the batch was not judged, if that is for somebody else to know. A fork is dealt with in the next
// round, a hole has been filled already.
func pushError(answer *syncproto.SyncResponse) error {
	switch answer.PushCode {
	case "", syncproto.CodeDeviceForked, syncproto.CodeOutOfOrder:
		return nil
	}
	return syncproto.E(answer.PushCode, "push", nil)
}

// do performs a request under a deadline of its own and turns refusals into errors.
func (e *Engine) do(ctx context.Context, r *Request, limit time.Duration) ([]byte, *Response, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	response, err := e.cfg.Transport.Do(ctx, r)
	if err != nil {
		code := syncproto.CodeOffline
		if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || ctx.Err() != nil {
			code = syncproto.CodeTimeout
		}
		if asked := syncproto.CodeOf(err); asked != syncproto.CodeInternal {
			code = asked
		}
		return nil, response, syncproto.E(code, "reach server", err)
	}
	if response.Status/100 == 2 {
		return response.Body, response, nil
	}
	return nil, response, refusal(response)
}

// Refusal is an answer that is no success, with how long the server asks to be left alone.
type Refusal struct {
	After time.Duration
	err   *syncproto.Error
}

func (r *Refusal) Error() string { return r.err.Error() }

// Unwrap returns the typed error.
func (r *Refusal) Unwrap() error { return r.err }

func refusal(response *Response) error {
	var problem struct {
		Code syncproto.Code `json:"code"`
	}
	_ = json.Unmarshal(response.Body, &problem)
	if problem.Code == "" { // a proxy answered, not the server
		switch s := response.Status; {
		case s == 401 || s == 403:
			problem.Code = syncproto.CodeUnavailable // a captive portal must not look like a revoked phone
		case s == 413:
			problem.Code = syncproto.CodeTooLarge
		case s == 429:
			problem.Code = syncproto.CodeRateLimited
		case s == 404:
			problem.Code = syncproto.CodeNotFound
		default:
			problem.Code = syncproto.CodeUnavailable
		}
	}
	switch problem.Code {
	case syncproto.CodeStoreFull, syncproto.CodeStoreReadOnly, syncproto.CodeStoreBusy, syncproto.CodeStoreBroken:
		problem.Code = syncproto.CodeUnavailable // the server's disk, not the phone's
	}
	return &Refusal{After: response.RetryAfter, err: syncproto.E(problem.Code, "ask server", nil)}
}

// learn adapts the sizes to a request that failed.
func (e *Engine) learn(p *plan, err error) {
	switch code := syncproto.CodeOf(err); {
	case code == syncproto.CodeOffline || code == syncproto.CodeTimeout:
		e.pace.broke()
	case offends(code) && len(p.sent) > 0:
		e.pace.refused(len(p.sent))
	}
}

// offends reports whether a code may be one mutation's fault that the server could not pin on it.
func offends(code syncproto.Code) bool {
	switch syncproto.KindOfCode(code) {
	case syncproto.Invalid, syncproto.TooLarge:
		return code != syncproto.CodeCursorForged && code != syncproto.CodeBadProtocol
	}
	return false
}

// fail notes why a round did not work. A revoked phone keeps everything and says so; a cursor that the server does not
// know as its own is let go, which costs a new reading and nothing else.
func (e *Engine) fail(ctx context.Context, cause error) error {
	if cause == nil {
		return nil
	}
	code := syncproto.CodeOf(cause)
	err := e.store.UpdateLazily(context.WithoutCancel(ctx), "fail", func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		state.LastError = code
		switch code {
		case syncproto.CodeTokenRevoked, syncproto.CodeTokenUnknown:
			state.Revoked = true
		case syncproto.CodeCursorForged:
			state.Cursor, state.CursorEpoch, state.CaughtUp = "", "", false
		}
		return nil
	})
	if err != nil {
		return err
	}
	return cause
}

// Sync does rounds until everything was sent and everything received. The summary is never nil: beside an error it says
// what was done before.
func (e *Engine) Sync(ctx context.Context) (*Summary, error) {
	total := &Summary{}
	forged, offended, idle := false, 0, 0
	for total.Rounds < maxRounds {
		s, err := e.Round(ctx)
		total.add(s)
		switch code := syncproto.CodeOf(err); {
		case err == nil:
		case code == syncproto.CodeCursorForged && !forged:
			forged = true
			continue
		case s.Unsent < 0 && offended < maxOffences:
			offended++
			continue
		default:
			return total, err
		}
		if s.Removed || !s.More && s.Unsent == 0 && !s.Forked {
			if !s.Removed {
				e.tellPush(ctx, registerPatience)
			}
			return total, nil
		}
		if idle++; s.Sent+s.voids+s.Received+s.Reoffered > 0 || s.Forked {
			idle = 0
		}
		if s.held && !s.More {
			e.copier.wait(ctx, e.copier.left())
			idle = 0
		}
		if idle > maxIdle {
			break
		}
	}
	return total, syncproto.E(syncproto.CodeUnavailable, "sync", errors.New("the server makes no progress"))
}

func (s *Summary) add(r *Summary) {
	s.Rounds += r.Rounds
	s.Sent += r.Sent
	s.Applied += r.Applied
	s.Merged += r.Merged
	s.Conflicts += r.Conflicts
	s.Rejected += r.Rejected
	s.Duplicate += r.Duplicate
	s.Received += r.Received
	s.Dropped += r.Dropped
	s.Repaired += r.Repaired
	s.Reoffered += r.Reoffered
	s.Forked = s.Forked || r.Forked
	s.NewEpoch = s.NewEpoch || r.NewEpoch
	s.Rejoined = s.Rejoined || r.Rejoined
	s.Ended, s.Removed = r.Ended, s.Removed || r.Removed
	s.Unsent, s.More = r.Unsent, r.More
	s.BytesUp += r.BytesUp
	s.BytesDown += r.BytesDown
	s.Millis += r.Millis
}

// forgetSent is the deliberate bug of hook.ForgetOnSend.
func (e *Engine) forgetSent(ctx context.Context, p *plan) error {
	return e.store.Update(ctx, "forget", func(tx *phonestore.Tx) error {
		for _, m := range p.sent {
			if err := tx.Discard(m); err != nil {
				return err
			}
		}
		return nil
	})
}
