package main

import (
	"fmt"
	"strings"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/syncproto"
)

func prefsCommand(s *session) func() error {
	mute := s.flags.String("mute", "", "")
	unmute := s.flags.String("unmute", "", "")
	phone := s.flags.String("phone", "", "")
	language := s.flags.String("language", "", "")
	return func() error {
		if err := s.silence(*mute, true); err != nil {
			return err
		}
		if err := s.silence(*unmute, false); err != nil {
			return err
		}
		switch *phone {
		case "":
		case "yes", "no":
			if err := s.engine.AllowPhone(s.ctx, *phone == "yes"); err != nil {
				return err
			}
		default:
			return s.misuse("phone.wrong_word", map[string]string{"flag": "-phone", "value": *phone, "words": "yes|no"})
		}
		switch *language {
		case "":
		case "vi", "en":
			if err := s.engine.PreferLanguage(s.ctx, *language); err != nil {
				return err
			}
		default:
			return s.misuse("phone.wrong_word", map[string]string{"flag": "-language", "value": *language, "words": "vi|en"})
		}
		p, err := s.engine.Preferences(s.ctx)
		if err != nil || s.json {
			return s.printOr(err, p)
		}
		s.showPreferences(p)
		return nil
	}
}

// silence mutes kinds of calls, or lets them through again.
func (s *session) silence(kinds string, muted bool) error {
	for _, kind := range list(kinds) {
		err := s.engine.Mute(s.ctx, syncproto.CallKind(kind), muted)
		if syncproto.CodeOf(err) == syncproto.CodeUsage {
			var known []string
			for _, k := range syncproto.CallKinds() {
				known = append(known, string(k))
			}
			return s.misuse("phone.wrong_word", map[string]string{"flag": "-mute", "value": kind, "words": strings.Join(known, "|")})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *session) showPreferences(p *mobilesdk.Preferences) {
	var muted []string
	for _, kind := range p.Muted {
		muted = append(muted, s.callKind(kind))
	}
	s.line("phone.prefs_muted", map[string]string{"kinds": fallback(strings.Join(muted, ", "), "–")})
	if p.MayPhone {
		s.line("phone.prefs_phone", nil)
	} else {
		s.line("phone.prefs_no_phone", nil)
	}
	s.line("phone.prefs_language", map[string]string{"language": fallback(p.Language, "vi")})
	s.line("phone.sending_"+fallback(string(p.Sending), "none"), nil)
}

func pushActs() []act {
	return []act{
		{"show", "", 0},
		{"info", "", 0},
		{"set", "ADDRESS [-service fcm|webpush] [-kind token|fid|endpoint] [-platform android|ios|web] [-p256dh K -auth A]", 1},
		{"clear", "", 0},
	}
}

func pushCommand(s *session) func() error {
	r := &syncproto.RegistrationRequest{}
	s.flags.StringVar(&r.Service, "service", syncproto.ServiceFCM, "")
	s.flags.StringVar(&r.Kind, "kind", "", "")
	s.flags.StringVar(&r.Platform, "platform", "", "")
	s.flags.StringVar(&r.P256DH, "p256dh", "", "")
	s.flags.StringVar(&r.Auth, "auth", "", "")
	return func() error {
		act, err := s.word(0, "show|info|set|clear")
		if err != nil {
			return err
		}
		switch act {
		case "set":
			if r.Address, err = s.word(1, "ADDRESS"); err != nil {
				return err
			}
			kind, platform := syncproto.TargetToken, syncproto.PlatformAndroid
			if r.Service == syncproto.ServiceWebPush {
				kind, platform = syncproto.TargetEndpoint, syncproto.PlatformWeb
			}
			r.Kind, r.Platform = fallback(r.Kind, kind), fallback(r.Platform, platform)
			err = s.engine.SetPush(s.ctx, r)
		case "clear":
			err = s.engine.ClearPush(s.ctx)
		case "info":
			return s.pushInfo()
		}
		if err != nil {
			return err
		}
		v, err := s.engine.Push(s.ctx)
		if err != nil || s.json {
			return s.printOr(err, v)
		}
		s.showPush(v)
		return nil
	}
}

// pushInfo asks the server which services it uses.
func (s *session) pushInfo() error {
	info, err := s.engine.PushInfo(s.ctx)
	if err != nil || s.json {
		return s.printOr(err, info)
	}
	s.line("phone.push_services", map[string]string{"services": fallback(strings.Join(info.Services, ", "), "–")})
	if info.VAPIDKey != "" {
		fmt.Fprintln(s.out, "VAPID "+info.VAPIDKey)
	}
	if info.Registered {
		s.line("phone.push_registered", nil)
	} else {
		s.line("phone.push_unregistered", nil)
	}
	return nil
}

// showPush says how this phone is rung. The address is nobody's to read.
func (s *session) showPush(v *mobilesdk.PushView) {
	if v.Service == "" {
		s.line("phone.push_none", nil)
		return
	}
	s.line("phone.push_how", map[string]string{"service": v.Service, "kind": v.Kind, "platform": v.Platform})
	switch {
	case v.Elsewhere:
		s.line("phone.push_elsewhere", nil)
	case v.Sentence != "":
		fmt.Fprintln(s.out, v.Sentence)
	case v.Told > 0:
		s.line("phone.push_told", map[string]string{"at": when(v.Told)})
	default:
		s.line("phone.push_untold", nil)
	}
}

func ringCommand(s *session) func() error {
	return func() error {
		identity, err := s.word(0, "N")
		if err != nil {
			return err
		}
		kind, err := s.word(1, "K")
		if err != nil {
			return err
		}
		record := ""
		if len(s.words) > 2 {
			record = s.words[2]
		}
		r, err := s.engine.Ring(s.ctx, identity, kind, syncproto.ID(record))
		if err != nil || s.json {
			return s.printOr(err, r)
		}
		if !r.Fresh {
			s.line("phone.ring_again", nil)
			return nil
		}
		fmt.Fprintf(s.out, "%s\n%s\n", r.Title, r.Text)
		if r.Record != "" && !r.Here {
			s.line("phone.ring_sync", nil)
		}
		return nil
	}
}
