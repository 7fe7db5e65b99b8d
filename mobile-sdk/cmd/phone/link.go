package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

func enrollCommand(s *session) func() error {
	server := s.flags.String("server", "http://localhost:8080", "")
	adopt := s.flags.Bool("adopt", false, "")
	return func() error {
		code, err := s.word(0, "CODE")
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(s.ctx, time.Minute)
		defer cancel()
		enroll := s.engine.Enroll
		if *adopt {
			enroll = s.engine.Adopt
		}
		if err := enroll(ctx, *server, code); err != nil {
			return err
		}
		st, err := s.engine.Status(s.ctx)
		if err != nil || s.json {
			return s.printOr(err, st)
		}
		s.line("phone.enrolled", map[string]string{"name": st.Name, "unit": st.UnitName})
		return nil
	}
}

func syncCommand(s *session) func() error {
	watch := s.flags.Bool("watch", false, "")
	timeout := s.flags.Duration("timeout", time.Minute, "")
	return func() error {
		if *watch {
			return s.watch()
		}
		ctx, cancel := context.WithTimeout(s.ctx, *timeout)
		defer cancel()
		summary, err := s.engine.SyncRetrying(ctx)
		if err != nil {
			return err
		}
		if !s.json {
			s.summary(summary, nil)
		}
		sent, err := s.sendFiles(ctx)
		if err != nil && syncproto.CodeOf(err) != syncproto.CodeTimeout { // files that go on another day are no failure
			return err
		}
		if s.json {
			s.summary(summary, sent)
		} else {
			s.mediaSent(sent)
		}
		return s.needed()
	}
}

// needed says what a person has to look at after a sync, and returns errTray if there is anything.
func (s *session) needed() error {
	st, err := s.engine.Status(s.ctx)
	if err != nil || st.Rejected+st.FilesParked == 0 {
		return err
	}
	if !s.json && st.Rejected > 0 {
		s.line("phone.sync_tray", map[string]string{"n": strconv.FormatInt(st.Rejected, 10)})
	}
	if !s.json && st.FilesParked > 0 {
		s.line("phone.sync_parked", map[string]string{"n": strconv.FormatInt(st.FilesParked, 10)})
	}
	return errTray
}

func (s *session) summary(m *mobilesdk.Summary, files *mobilesdk.MediaSummary) {
	if s.json {
		s.print(struct {
			*mobilesdk.Summary
			Media *mobilesdk.MediaSummary `json:"media,omitempty"`
		}{m, files})
		return
	}
	s.line("phone.sync_done", map[string]string{
		"sent": strconv.Itoa(m.Sent), "received": strconv.Itoa(m.Received), "rounds": strconv.Itoa(m.Rounds),
		"up": strconv.FormatInt(m.BytesUp, 10), "down": strconv.FormatInt(m.BytesDown, 10), "unsent": strconv.FormatInt(m.Unsent, 10),
	})
	if m.Merged+m.Conflicts+m.Rejected > 0 {
		s.line("phone.sync_judged", map[string]string{
			"merged": strconv.Itoa(m.Merged), "conflicts": strconv.Itoa(m.Conflicts), "rejected": strconv.Itoa(m.Rejected),
		})
	}
	if m.Forked {
		s.line("phone.sync_forked", nil)
	}
	if m.Rejoined {
		s.line("phone.sync_rejoined", nil)
	}
	if m.NewEpoch {
		s.line("phone.sync_restored", map[string]string{"n": strconv.Itoa(m.Reoffered)})
	}
}

// watch follows the server until the person stops it.
func (s *session) watch() error {
	if !s.json {
		s.line("phone.watching", nil)
	}
	defer s.showProgress()()
	s.engine.Watch(s.ctx, func(m *mobilesdk.Summary, err error) {
		switch {
		case err == nil:
			if s.json || m.Sent+m.Received > 0 {
				s.summary(m, nil)
			}
		case s.json:
			s.print(map[string]string{"problem": string(syncproto.CodeOf(err))})
		default:
			fmt.Fprintln(s.errOut, catalogue.Sentence(s.lang, syncproto.CodeOf(err)))
		}
	})
	return nil // the person stopped it
}
