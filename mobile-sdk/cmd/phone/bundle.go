package main

import (
	"fmt"
	"strconv"

	mobilesdk "lantoa/mobile-sdk"
)

func exportCommand(s *session) func() error {
	return func() error {
		path, err := s.word(0, "FILE")
		if err != nil {
			return err
		}
		summary, err := s.engine.Export(s.ctx, path)
		if err != nil || s.json {
			return s.printOr(err, summary)
		}
		s.line("phone.exported", map[string]string{"n": strconv.FormatInt(summary.Count, 10), "path": path})
		if summary.Files > 0 {
			s.line("phone.exported_without", map[string]string{"n": strconv.FormatInt(summary.Files, 10), "size": size(summary.FileBytes)})
		}
		return nil
	}
}

func importCommand(s *session) func() error {
	return func() error {
		path, err := s.word(0, "FILE")
		if err != nil {
			return err
		}
		line := &mover{}
		if !s.json {
			line.w = s.moving
		}
		summary, err := s.engine.Import(s.ctx, path, func(done int64) { line.show(strconv.FormatInt(done, 10)) })
		line.clear()
		if err != nil || s.json {
			return s.printOr(err, summary)
		}
		if summary.Files > 0 {
			s.line("phone.imported_without", map[string]string{"n": strconv.FormatInt(summary.Files, 10), "size": size(summary.FileBytes)})
		}
		s.line("phone.imported", map[string]string{"added": strconv.FormatInt(summary.Added, 10), "known": strconv.FormatInt(summary.Known, 10)})
		return nil
	}
}

func profileCommand(s *session) func() error {
	force := s.flags.Bool("force", false, "")
	return func() error {
		d, err := s.directory()
		if err != nil {
			return err
		}
		act := "list"
		if len(s.words) > 0 {
			act = s.words[0]
		}
		if act == "list" {
			return s.profiles(d)
		}
		name, err := s.word(1, "NAME")
		if err != nil {
			return err
		}
		switch act {
		case "add":
			err = d.Create(s.ctx, name, s.pin)
		case "remove":
			err = d.Remove(s.ctx, name, *force)
		}
		if err != nil {
			return err
		}
		return s.profiles(d)
	}
}

func (s *session) profiles(d *mobilesdk.Directory) error {
	list, err := d.List(s.ctx)
	if err != nil || s.json {
		return s.printOr(err, list)
	}
	for _, p := range list {
		pin := ""
		if p.Pin {
			pin = "PIN"
		}
		fmt.Fprintf(s.out, "%-20s %-4s %s\n", p.Name, pin, s.say("phone.profile_unsent", map[string]string{"n": strconv.FormatInt(p.Unsent, 10)}))
	}
	return nil
}
