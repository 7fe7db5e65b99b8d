package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"

	mobilesdk "lantoa/mobile-sdk"
)

// moving is where a line goes that is written over: a terminal, or nowhere. In a file or a pipe it would only be in the
// way.
func moving(w io.Writer) io.Writer {
	if f, ok := w.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return w
		}
	}
	return nil
}

// mover writes one line over and over.
type mover struct {
	w     io.Writer // nil for nowhere
	width int       // of what stands there
}

func (m *mover) show(text string) {
	if m.w == nil {
		return
	}
	n := len([]rune(text))
	fmt.Fprint(m.w, "\r"+text+strings.Repeat(" ", max(m.width-n, 0)))
	m.width = n
}

// clear leaves the line empty for what comes next.
func (m *mover) clear() {
	if m.w != nil && m.width > 0 {
		m.show("")
		fmt.Fprint(m.w, "\r")
		m.width = 0
	}
}

// transfers sums up files that are on their way.
type transfers struct {
	files map[int64]*mobilesdk.MediaItem // by number, as they were heard of last
}

// underway reports whether a file is one that goes by itself now.
func underway(state mobilesdk.FileState) bool {
	return state == mobilesdk.FileReady || state == mobilesdk.FileSending || state == mobilesdk.FileRetry
}

func (t *transfers) hear(m mobilesdk.MediaItem) {
	if t.files[m.Number] == nil && !underway(m.State) {
		return
	}
	t.files[m.Number] = &m
}

// line says how far all of them are.
func (t *transfers) line(s *session) string {
	var done int
	var sent, whole int64
	for _, m := range t.files {
		whole += m.Size
		switch m.State {
		case mobilesdk.FileChecking, mobilesdk.FileReceived:
			done++
			sent += m.Size
		default:
			sent += min(m.Sent, m.Size)
		}
	}
	return s.say("phone.media_moving", map[string]string{
		"done": strconv.Itoa(done), "total": strconv.Itoa(len(t.files)), "sent": size(sent), "size": size(whole),
		"percent": strconv.FormatInt(sent*100/max(whole, 1), 10),
	})
}

// showProgress shows in one line how all files come along while they are sent.
func (s *session) showProgress() (stop func()) {
	if s.json || s.moving == nil {
		return func() {}
	}
	var mu sync.Mutex
	t, line := &transfers{files: map[int64]*mobilesdk.MediaItem{}}, &mover{w: s.moving}
	s.waitingFiles(t)
	s.engine.OnMedia(func(m mobilesdk.MediaItem) {
		mu.Lock()
		defer mu.Unlock()
		t.hear(m)
		if underway(m.State) || line.width > 0 {
			line.show(t.line(s))
		}
	})
	return func() {
		s.engine.OnMedia(nil)
		mu.Lock()
		defer mu.Unlock()
		line.clear()
	}
}

// waitingFiles notes what goes now: without it the line would count up to what it has seen so far.
func (s *session) waitingFiles(t *transfers) {
	for before := int64(0); ; {
		list, err := s.engine.Media(context.WithoutCancel(s.ctx), before, 500)
		if err != nil {
			return
		}
		for _, m := range list.Items {
			t.hear(m)
		}
		if before = list.Next; before == 0 {
			return
		}
	}
}
