package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/syncproto"
)

// networkFile remembers, in the phone's folder, over what this terminal is connected: an app hears it from the system, a
// terminal has nobody to ask but the person.
const networkFile = "network"

// attached is what the flags of photo say about a file.
type attached struct {
	file      mobilesdk.File
	reference bool
}

func (s *session) attached() *attached {
	a := &attached{}
	s.flags.StringVar(&a.file.Path, "file", "", "")
	s.flags.StringVar(&a.file.Poster, "poster", "", "")
	s.flags.BoolVar(&a.reference, "reference", false, "")
	return a
}

// attach captures a photo with its file, new or in the place of another.
func (d *draft) attach(a *attached) (id syncproto.ID, created bool, err error) {
	if a.reference {
		a.file.Keep = mobilesdk.KeepReference
	}
	if d.record != "" {
		if id, err = d.s.find(d.record); err != nil {
			return "", false, err
		}
		return id, false, d.s.engine.ReplaceFile(d.s.ctx, id, d.patch, a.file)
	}
	var parent syncproto.ID
	if d.parent != "" {
		if parent, err = d.s.find(d.parent); err != nil {
			return "", false, err
		}
	}
	if tags := d.patch.Add["tags"]; tags != nil {
		d.patch.Set["tags"] = syncproto.List(tags...)
	}
	id, err = d.s.engine.AttachFile(d.s.ctx, parent, d.patch.Set, a.file)
	return id, true, err
}

// network is over what the terminal is connected: LANTOA_NETWORK, what "media network" said, or Wi-Fi.
func (s *session) network() mobilesdk.Network {
	if said := s.getenv("LANTOA_NETWORK"); said != "" {
		return mobilesdk.Network(said)
	}
	if text, err := os.ReadFile(filepath.Join(s.dir, networkFile)); err == nil {
		return mobilesdk.Network(strings.TrimSpace(string(text)))
	}
	return mobilesdk.NetworkWifi
}

func mediaCommand(s *session) func() error {
	lane := s.flags.String("lane", "", "")
	limit := s.flags.Int("n", 50, "")
	before := s.flags.Int64("before", 0, "")
	dry := s.flags.Bool("dry", false, "")
	timeout := s.flags.Duration("timeout", 5*time.Minute, "")
	policy := s.policyFlags()
	return func() error {
		ctx, cancel := context.WithTimeout(s.ctx, *timeout)
		defer cancel()
		act := "list"
		if len(s.words) > 0 {
			act = s.words[0]
		}
		switch act {
		case "list":
			return s.listMedia(*before, *limit)
		case "retry", "pause", "resume", "send":
			return s.steerMedia(ctx, act, syncproto.Lane(*lane))
		case "policy":
			return s.mediaPolicy(policy)
		case "network":
			return s.setNetwork()
		case "free":
			return s.freeMedia(ctx, *dry)
		}
		return s.fetchMedia(ctx, *lane)
	}
}

func (s *session) listMedia(before int64, limit int) error {
	list, err := s.engine.Media(s.ctx, before, limit)
	if err != nil {
		return err
	}
	meter, err := s.engine.MediaMeter(s.ctx, 7)
	if err != nil {
		return err
	}
	if s.json {
		return s.print(struct {
			*mobilesdk.MediaListing
			Meter []mobilesdk.MediaMeter `json:"meter"`
		}{list, meter})
	}
	if len(list.Items) == 0 {
		s.line("phone.media_empty", nil)
	}
	for i := range list.Items {
		s.mediaLine(&list.Items[i])
	}
	if list.Next > 0 {
		s.line("phone.media_more", map[string]string{"before": strconv.FormatInt(list.Next, 10)})
	}
	for _, m := range meter {
		fmt.Fprintf(s.out, "%s  %-8s %-10s ↑ %s  ↓ %s\n", m.Day, m.Network, m.Lane, size(m.Up), size(m.Down))
	}
	if list.Making > 0 {
		s.line("phone.media_making", map[string]string{"n": strconv.Itoa(list.Making)})
	}
	if list.Paused {
		s.line("phone.media_is_paused", nil)
	}
	return nil
}

func (s *session) mediaLine(m *mobilesdk.MediaItem) {
	state := s.say("media."+string(m.State), nil)
	if m.State == mobilesdk.FileSending {
		state += " " + strconv.Itoa(m.Percent) + " %"
	}
	fmt.Fprintf(s.out, "%s  %-10s %10s  %s  %s\n", short(m.Record), m.Lane, size(m.Size), state, m.Title)
	if m.Sentence != "" {
		fmt.Fprintln(s.out, "      "+m.Sentence)
	}
}

// size writes bytes as people read them.
func size(n int64) string {
	switch {
	case n < 1000:
		return strconv.FormatInt(n, 10) + " B"
	case n < 1_000_000:
		return strconv.FormatFloat(float64(n)/1e3, 'f', 0, 64) + " kB"
	}
	return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) + " MB"
}

// steerMedia says what is to become of a photo's files, or with no id of all.
func (s *session) steerMedia(ctx context.Context, act string, lane syncproto.Lane) error {
	var id syncproto.ID
	if len(s.words) > 1 {
		var err error
		if id, err = s.find(s.words[1]); err != nil {
			return err
		}
	}
	if lane != "" && !lane.Valid() {
		return s.misuse("phone.wrong_value", map[string]string{"flag": "lane", "value": string(lane)})
	}
	var err error
	switch act {
	case "retry":
		err = s.engine.RetryMedia(ctx, id)
	case "pause":
		err = s.engine.PauseMedia(ctx, id)
	case "resume":
		err = s.engine.ResumeMedia(ctx, id)
	case "send":
		err = s.engine.SendAnyway(ctx, id, lane)
	}
	if err != nil {
		return err
	}
	if act == "send" {
		sent, err := s.sendFiles(ctx)
		if err != nil || s.json {
			return s.printOr(err, sent)
		}
		s.mediaSent(sent)
		return nil
	}
	if s.json {
		return s.print(map[string]string{"id": string(id)})
	}
	s.line("phone.media_"+act, nil)
	return nil
}

// policyFlags declares what "media policy" takes, and returns what applies it.
func (s *session) policyFlags() func(*mobilesdk.MediaPolicy) bool {
	var set []func(*mobilesdk.MediaPolicy)
	when := func(name string, field func(*mobilesdk.MediaPolicy) *mobilesdk.When) {
		s.flags.Func(name, "", func(text string) error {
			set = append(set, func(p *mobilesdk.MediaPolicy) { *field(p) = mobilesdk.When(text) })
			return nil
		})
	}
	when("thumbnail", func(p *mobilesdk.MediaPolicy) *mobilesdk.When { return &p.Thumbnail })
	when("display", func(p *mobilesdk.MediaPolicy) *mobilesdk.When { return &p.Display })
	when("original", func(p *mobilesdk.MediaPolicy) *mobilesdk.When { return &p.Original })
	number := func(name string, field func(*mobilesdk.MediaPolicy) *int64) {
		s.flags.Func(name, "", func(text string) error {
			n, err := strconv.ParseInt(text, 10, 64)
			set = append(set, func(p *mobilesdk.MediaPolicy) { *field(p) = n })
			return err
		})
	}
	number("chunk", func(p *mobilesdk.MediaPolicy) *int64 { return &p.Chunk })
	number("cache", func(p *mobilesdk.MediaPolicy) *int64 { return &p.Cache })
	return func(p *mobilesdk.MediaPolicy) bool {
		for _, change := range set {
			change(p)
		}
		return len(set) > 0
	}
}

func (s *session) mediaPolicy(change func(*mobilesdk.MediaPolicy) bool) error {
	p, err := s.engine.MediaPolicy(s.ctx)
	if err != nil {
		return err
	}
	if change(&p) {
		if err := s.engine.SetMediaPolicy(s.ctx, p); err != nil {
			return err
		}
	}
	if s.json {
		return s.print(p)
	}
	for _, lane := range []struct {
		lane syncproto.Lane
		when mobilesdk.When
	}{{syncproto.LaneThumbnail, p.Thumbnail}, {syncproto.LaneDisplay, p.Display}, {syncproto.LaneOriginal, p.Original}} {
		fmt.Fprintf(s.out, "%-10s %s\n", lane.lane, s.say("media.when_"+string(lane.when), nil))
	}
	return nil
}

// setNetwork remembers over what the terminal is connected, or says it.
func (s *session) setNetwork() error {
	if len(s.words) > 1 {
		n := mobilesdk.Network(s.words[1])
		if err := s.engine.SetNetwork(n); err != nil {
			return s.misuse("phone.wrong_value", map[string]string{"flag": "wifi|mobile|none", "value": s.words[1]})
		}
		if err := os.WriteFile(filepath.Join(s.dir, networkFile), []byte(n), 0o600); err != nil {
			return syncproto.E(syncproto.CodeStoreReadOnly, "remember network", err)
		}
	}
	if s.json {
		return s.print(map[string]string{"network": string(s.network())})
	}
	s.line("phone.media_network", map[string]string{"network": string(s.network())})
	return nil
}

func (s *session) freeMedia(ctx context.Context, dry bool) error {
	freed, err := s.engine.FreeSpace(ctx, dry)
	if err != nil || s.json {
		return s.printOr(err, freed)
	}
	for _, f := range freed.Items {
		fmt.Fprintf(s.out, "%s  %10s  %s\n", short(f.Record), size(f.Size), f.Title)
	}
	key := "phone.media_freed"
	if dry {
		key = "phone.media_would_free"
	}
	s.line(key, map[string]string{"n": strconv.Itoa(len(freed.Items)), "size": size(freed.Bytes)})
	if freed.Kept > 0 {
		s.line("phone.media_kept", map[string]string{"n": strconv.Itoa(freed.Kept)})
	}
	return nil
}

// fetchMedia brings a file here. The lane may be a word or a flag; a file of such a name is ./thumbnail.
func (s *session) fetchMedia(ctx context.Context, flagged string) error {
	word, err := s.word(1, "ID")
	if err != nil {
		return err
	}
	lane, to, err := s.laneAndFile(flagged, s.words[2:])
	if err != nil {
		return err
	}
	id, err := s.find(word)
	if err != nil {
		return err
	}
	path, err := s.engine.FetchMedia(ctx, id, lane)
	if err != nil {
		return err
	}
	if to == "" && s.pin != "" { // the path would be of a plain copy that goes with this process
		return s.misuse("phone.media_fetch_where", map[string]string{"id": word})
	}
	if to != "" {
		if err := copyFile(path, to); err != nil {
			return err
		}
		path = to
	}
	if s.json {
		return s.print(map[string]string{"path": path})
	}
	fmt.Fprintln(s.out, path)
	return nil
}

func (s *session) laneAndFile(flagged string, words []string) (lane syncproto.Lane, file string, err error) {
	lane = syncproto.Lane(flagged)
	if len(words) > 0 && syncproto.Lane(words[0]).Valid() {
		if flagged != "" && flagged != words[0] {
			return "", "", s.misuse("phone.wrong_value", map[string]string{"flag": "-lane", "value": words[0]})
		}
		lane, words = syncproto.Lane(words[0]), words[1:]
	}
	if len(words) > 1 {
		return "", "", s.misuse("phone.extra_word", map[string]string{"word": words[1], "command": "media"})
	}
	if len(words) == 1 {
		file = words[0]
	}
	if lane == "" {
		lane = syncproto.LaneDisplay
	}
	if !lane.Valid() {
		return "", "", s.misuse("phone.wrong_value", map[string]string{"flag": "-lane", "value": string(lane)})
	}
	return lane, file, nil
}

// copyFile copies a file of any size. What was at its place stays until the copy is whole.
func copyFile(from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return syncproto.E(syncproto.CodeNoFile, "read file", err)
	}
	defer src.Close()
	part := to + ".part"
	dst, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = io.Copy(dst, src)
		err = errors.Join(err, dst.Close())
		if err == nil {
			err = os.Rename(part, to)
		}
		if err != nil {
			os.Remove(part)
		}
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrNotExist):
		return syncproto.E(syncproto.CodeNoFile, "write file", err)
	case errors.Is(err, syscall.ENOSPC):
		return syncproto.E(syncproto.CodeStoreFull, "write file", err)
	}
	return syncproto.E(syncproto.CodeStoreReadOnly, "write file", err)
}

// sendFiles sends what may go, and shows on standard error how it goes.
func (s *session) sendFiles(ctx context.Context) (*mobilesdk.MediaSummary, error) {
	stop := s.showProgress()
	defer stop()
	return s.engine.SyncMedia(ctx)
}

func (s *session) mediaSent(sent *mobilesdk.MediaSummary) {
	if sent.Arrived+sent.Waiting+sent.Parked > 0 {
		s.line("phone.media_sent", map[string]string{
			"arrived": strconv.Itoa(sent.Arrived), "waiting": strconv.Itoa(sent.Waiting), "parked": strconv.Itoa(sent.Parked),
			"up": size(sent.BytesUp), "down": size(sent.BytesDown),
		})
	}
}
