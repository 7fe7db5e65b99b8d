package mobilesdk

import (
	"context"
	"net/http"
	"time"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// ask asks the server how far files have come, many at once (S-165), and notes what it says.
func (s *sender) ask(ctx context.Context, plan *mediaPlan, files []*phonestore.Media) error {
	items, err := s.e.askMedia(ctx, plan.server, plan.token, files, s.summary)
	if err != nil {
		return err
	}
	s.summary.Asked += len(items)
	for i, status := range items {
		if status.State == syncproto.MediaNeed && files[i].State == phonestore.MediaFreed {
			if status, err = s.claim(ctx, plan, files[i]); err != nil {
				return err
			}
			if s.broken >= 2 {
				return s.link
			}
		}
		s.said[files[i].Seq] = status
		if err := s.note(ctx, files[i], status, byRecord); err != nil {
			return err
		}
	}
	return nil
}

// claim begins an upload of a file that was taken off this phone, and sends nothing. A server that was restored has
// forgotten the file but still has its bytes, and takes them up for whoever announces them (S-168). The announcement
// says that it is a claim: where its store of files does not answer, the server says so instead of asking for bytes that
// nobody has. Only a server that looked and has not is told that nothing will come.
func (s *sender) claim(ctx context.Context, plan *mediaPlan, m *phonestore.Media) (syncproto.MediaStatus, error) {
	u := &upload{sender: s, plan: plan, file: m}
	later := syncproto.MediaStatus{State: syncproto.MediaChecking} // says nothing of a freed file: it is asked about again
	header := u.announcement()
	header["Upload-Metadata"] += "," + syncproto.UploadClaim
	r, err := u.exchange(ctx, http.MethodPost, "", header, 0, 0)
	if err != nil {
		return later, u.claimBroke(ctx, err)
	}
	id, offset := u.made(r)
	switch {
	case syncproto.KindOfCode(r.code) == syncproto.Unauthenticated:
		return later, &Refusal{After: r.after, err: syncproto.E(r.code, "send files", nil)}
	case r.status != http.StatusCreated:
		s.e.lanes.rest(m, r.code, r.after, passesCode(r.code))
		return later, nil
	case offset < m.Size:
		if id != "" {
			_, err = u.exchange(ctx, http.MethodDelete, id, nil, 0, 0)
		}
		if err != nil {
			return later, u.claimBroke(ctx, err)
		}
		return syncproto.MediaStatus{State: syncproto.MediaNeed}, nil
	case syncproto.MediaState(r.header.Get("Lantoa-State")) == syncproto.MediaStored:
		return syncproto.MediaStatus{State: syncproto.MediaStored}, nil
	}
	return later, nil
}

// claimBroke acts on a link that gave way: the file is asked about again, and the others are not kept waiting.
func (u *upload) claimBroke(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return syncproto.E(syncproto.CodeTimeout, "send files", ctx.Err())
	}
	return u.broke(ctx, err)
}

// askMedia asks about files and returns one answer for each, in their order.
func (e *Engine) askMedia(ctx context.Context, server, token string, files []*phonestore.Media, cost *MediaSummary) ([]syncproto.MediaStatus, error) {
	question := &syncproto.MediaAsk{}
	for _, m := range files {
		question.Items = append(question.Items, syncproto.MediaItem{Record: m.Record, Lane: m.Lane})
	}
	body := syncproto.AppendMediaAsk(nil, question)
	answer, response, err := e.do(ctx, &Request{Server: server, Path: "/v1/media/ask", Token: token, Body: body}, timeout(len(body), 64<<10))
	if response != nil {
		cost.BytesUp, cost.BytesDown = cost.BytesUp+response.Sent, cost.BytesDown+response.Received
		e.meter(ctx, "ask", response.Sent, response.Received)
	}
	if err != nil {
		return nil, err
	}
	said, err := syncproto.DecodeMediaAnswer(answer)
	if err != nil || len(said.Items) != len(files) {
		return nil, syncproto.E(syncproto.CodeBodyIncomplete, "ask about files", err)
	}
	for i, status := range said.Items {
		if status.Record != files[i].Record || status.Lane != files[i].Lane {
			return nil, syncproto.E(syncproto.CodeBodyIncomplete, "ask about files", nil)
		}
	}
	return said.Items, nil
}

// heardBy is how the phone came to hear of a file.
type heardBy int

const (
	// byRecord: an answer that names a record and a lane. It speaks of the file that the record announces to the server by
	// now, which need not be the one that this phone has.
	byRecord heardBy = iota
	// byBytes: the answer to this file's own bytes, which the server held against the announced hash (S-167).
	byBytes
)

// note puts what the server said of a file into the store. A receipt counts for this phone's file if the server hashed
// the bytes that the phone sent, or if the record as it is here says the same of the same hash (S-172). Otherwise the
// next sync tells whose receipt it is.
func (s *sender) note(ctx context.Context, m *phonestore.Media, status syncproto.MediaStatus, by heardBy) error {
	switch status.State {
	case syncproto.MediaRefused:
		return s.refused(ctx, m, status.Code, 0)
	case syncproto.MediaChecking, syncproto.MediaStored:
		if m.State == phonestore.MediaWaiting {
			s.summary.Arrived++
		}
		if m.State != phonestore.MediaFreed {
			s.e.lanes.forgive(m.Seq)
		}
	}
	return s.e.saveFileBy(ctx, m, func(tx *phonestore.Tx, m *phonestore.Media) error {
		if status.State == syncproto.MediaStored && by == byRecord {
			row, err := tx.Record(m.Record)
			if err != nil {
				return err
			}
			// After the access ended no record comes any more to compare with. Which of the phone's files the records named by
			// then was noted, and it asks about no other.
			if !receiptIn(row, m) && !(row == nil && s.e.ended.Load()) {
				status.State = syncproto.MediaChecking
			}
		}
		hear(m, status)
		return nil
	})
}

// receiptIn is receipt for a row of the store.
func receiptIn(row *phonestore.Row, m *phonestore.Media) bool {
	if row == nil {
		return false
	}
	record, err := syncproto.DecodeRecord(row.Wire)
	return err == nil && receipt(record, m)
}

// hear changes a file by what the server says of it.
func hear(m *phonestore.Media, status syncproto.MediaStatus) {
	switch status.State {
	case syncproto.MediaStored:
		if m.State != phonestore.MediaFreed {
			m.State = phonestore.MediaStored
		}
		m.Sent, m.Doubt, m.Code, m.Upload = m.Size, false, "", ""
	case syncproto.MediaChecking:
		if m.State != phonestore.MediaFreed { // of a freed file nothing but a receipt will do
			m.State, m.Sent, m.Doubt, m.Code = phonestore.MediaChecking, m.Size, false, ""
		}
	case syncproto.MediaReceiving:
		if m.State != phonestore.MediaFreed {
			m.State, m.Upload, m.Sent, m.Doubt, m.Code = phonestore.MediaWaiting, status.Upload, status.Offset, false, ""
		}
	case syncproto.MediaNeed:
		if m.State == phonestore.MediaFreed {
			// The server lost what it had given its receipt for, and the file was taken off the phone on the strength of it.
			m.State, m.Code = phonestore.MediaParked, syncproto.CodeNoFile
		} else {
			m.State, m.Upload, m.Sent, m.Code = phonestore.MediaWaiting, "", 0, ""
		}
		m.Doubt = false
	}
}

// saveFile changes a file's row as it is now, and the caller's view of it. What the server said can be asked again, so
// it is not worth a flush of the disk.
func (e *Engine) saveFile(ctx context.Context, m *phonestore.Media, change func(*phonestore.Media)) error {
	return e.saveFileBy(ctx, m, func(_ *phonestore.Tx, m *phonestore.Media) error { change(m); return nil })
}

// saveFileBy is saveFile for a change that depends on what else the store holds. A full disk keeps no file from being
// sent: what cannot be noted is heard again.
func (e *Engine) saveFileBy(ctx context.Context, m *phonestore.Media, change func(*phonestore.Tx, *phonestore.Media) error) error {
	before := m.State
	err := e.store.UpdateLazily(context.WithoutCancel(ctx), "file", func(tx *phonestore.Tx) error {
		now, err := tx.Media(m.Seq)
		if err != nil || now == nil {
			return err
		}
		was := *now
		if err := change(tx, now); err != nil {
			return err
		}
		*m = *now
		if was == *now {
			return nil
		}
		return tx.PutMedia(now)
	})
	if syncproto.CodeOf(err) == syncproto.CodeStoreFull {
		e.cfg.Log.Warn("how far a file came is not noted", "code", string(syncproto.CodeStoreFull))
		err = nil
	}
	if err == nil && m.State != before {
		e.lanes.told(m)
	}
	return err
}

// refused decides what becomes of a file that the server does not take now: it waits, it starts over, or it is parked
// for a person to decide. It never keeps another from going.
func (s *sender) refused(ctx context.Context, m *phonestore.Media, code syncproto.Code, after time.Duration) error {
	l := &s.e.lanes
	switch code {
	case syncproto.CodeUploadMissing, syncproto.CodeUploadExpired, syncproto.CodeNotFound:
		s.said[m.Seq] = syncproto.MediaStatus{State: syncproto.MediaNeed}
		l.rest(m, code, after, true)
		return s.e.saveFile(ctx, m, func(m *phonestore.Media) { m.Upload, m.Sent = "", 0 })
	case syncproto.CodeRecordMissing, syncproto.CodeMediaMismatch:
		// The server was restored, or somebody exchanged the file: the next sync tells, and ends this wait.
		l.rest(m, code, max(after, time.Minute), false)
		s.said[m.Seq] = syncproto.MediaStatus{State: syncproto.MediaRefused} // not asked again in this run
		return s.e.saveFile(ctx, m, func(m *phonestore.Media) { m.Code = code })
	case syncproto.CodeQuota, syncproto.CodeNoRoom:
		l.rest(m, code, after, false)
		s.said[m.Seq] = syncproto.MediaStatus{State: syncproto.MediaRefused} // not asked again in this run
		return s.e.saveFile(ctx, m, func(m *phonestore.Media) { m.Code = code })
	}
	switch syncproto.KindOfCode(code) {
	case syncproto.Unavailable, syncproto.Exhausted, syncproto.Internal:
		l.rest(m, code, after, true)
		s.said[m.Seq] = syncproto.MediaStatus{State: syncproto.MediaRefused} // not asked again in this run
		return s.e.saveFile(ctx, m, func(m *phonestore.Media) { m.Code = code })
	}
	return s.park(ctx, m, code)
}

// park puts a file aside until a person decides.
func (s *sender) park(ctx context.Context, m *phonestore.Media, code syncproto.Code) error {
	s.summary.Parked++
	s.said[m.Seq] = syncproto.MediaStatus{State: syncproto.MediaRefused}
	s.e.lanes.rest(m, code, 0, false) // where the disk is full it is parked in memory alone
	s.e.cfg.Log.Info("file parked", "record", string(m.Record), "lane", string(m.Lane), "code", string(code))
	return s.e.saveFile(ctx, m, func(m *phonestore.Media) {
		m.State, m.Code, m.Upload = phonestore.MediaParked, code, ""
	})
}

// arrivals takes the receipts out of the photos that a round brought (S-164). After a restore they count only when the
// server was asked: what stands in its database may be older than what is in its store of files.
func (a *application) arrivals() error {
	if len(a.photos) == 0 {
		return nil
	}
	if any, err := a.tx.HasMedia(); err != nil || !any {
		return err
	}
	for id := range a.photos {
		files, err := a.tx.MediaOf(id)
		if err != nil {
			return err
		}
		row, err := a.tx.Record(id)
		if err != nil || row == nil || len(files) == 0 {
			if err != nil {
				return err
			}
			continue
		}
		record, err := syncproto.DecodeRecord(row.Wire)
		if err != nil {
			continue
		}
		media, _ := syncproto.MediaOf(record)
		arrived, ok := syncproto.ArrivedOf(record)
		if !ok {
			continue
		}
		for _, m := range files {
			if f, has := media.File(m.Lane); !has || f != m.MediaFile {
				continue
			}
			if !heardOf(m, arrived.Lanes[m.Lane], arrived.Code) {
				continue
			}
			if err := a.tx.PutMedia(m); err != nil {
				return err
			}
		}
	}
	return nil
}

// heardOf changes a file by what its record says of it, and reports whether it did.
func heardOf(m *phonestore.Media, arrival syncproto.Arrival, code syncproto.Code) bool {
	was := *m
	switch {
	case m.Doubt || m.State == phonestore.MediaFreed:
	case arrival == syncproto.ArrivalStored:
		hear(m, syncproto.MediaStatus{State: syncproto.MediaStored})
	case arrival == syncproto.ArrivalChecking && m.State == phonestore.MediaWaiting:
		hear(m, syncproto.MediaStatus{State: syncproto.MediaChecking})
	case arrival == syncproto.ArrivalRefused && m.State != phonestore.MediaParked:
		if code == "" {
			code = syncproto.CodeMediaBroken
		}
		m.State, m.Code, m.Upload = phonestore.MediaParked, code, ""
	}
	return was != *m
}
