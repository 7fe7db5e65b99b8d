package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// session is one run of the command: what was asked, and where to print.
type session struct {
	ctx     context.Context
	in      io.Reader
	raw     io.Writer // standard output as it is, for JSON
	out     io.Writer // the same for people
	errOut  io.Writer
	moving  io.Writer // standard error as it is, for a line that is written over
	getenv  func(string) string
	flags   *flag.FlagSet
	words   []string // what is left of the command line besides flags
	lang    catalogue.Language
	json    bool
	dir     string
	profile string
	pin     string
	engine  *mobilesdk.Engine
	asked   *command // whose help is wanted; nil for all
}

// command is one word that the phone understands.
type command struct {
	name  string
	usage string // what stands behind the name, in -h
	acts  []act  // what its first word may be
	// setup declares the command's flags and returns what runs when they are parsed.
	setup func(s *session) func() error
	// bare commands do without an open profile.
	bare bool
}

// act is what the first word after a command may be.
type act struct {
	name  string
	usage string
	words int // how many may follow it at most
}

func mediaActs() []act {
	return []act{
		{"list", "[-n 50] [-before N]", 0},
		{"send", "[ID] [-lane thumbnail|display|original]", 1},
		{"pause", "[ID]", 1},
		{"resume", "[ID]", 1},
		{"retry", "[ID]", 1},
		{"fetch", "ID [thumbnail|display|original] [FILE]", 3},
		{"free", "[-dry]", 0},
		{"policy", "[-thumbnail W] [-display W] [-original W] [-chunk BYTES] [-cache BYTES]", 0},
		{"network", "[wifi|mobile|none]", 1},
	}
}

func profileActs() []act {
	return []act{{"list", "", 0}, {"add", "NAME", 1}, {"remove", "NAME [-force]", 1}}
}

func commands() []command {
	return []command{
		{name: "enroll", usage: "CODE -server URL [-adopt]", setup: enrollCommand},
		{name: "story", usage: "[-record ID] -title … -body …", setup: storyCommand},
		{name: "photo", usage: "[-record ID] -story ID -file F [-reference] [-poster P] …", setup: photoCommand},
		{name: "media", usage: "[list | send | pause | fetch | free | …] (-h)", setup: mediaCommand, acts: mediaActs()},
		{name: "event", usage: "[-record ID] -title … -start … -households N", setup: eventCommand},
		{name: "list", usage: "[-kind K] [-state S] [-returned] [-n 50]", setup: listCommand},
		{name: "show", usage: "ID", setup: showCommand},
		{name: "submit", usage: "ID", setup: submitCommand},
		{name: "notes", usage: "ID [-add … [-on FIELD]] [-resolve N,N|all] [-reopen N]", setup: notesCommand},
		{name: "fix", usage: "ID [-title … -body …] [-done N,N|all] [-resubmit]", setup: fixCommand},
		{name: "resubmit", usage: "ID", setup: resubmitCommand},
		{name: "withdraw", usage: "ID [-reason …]", setup: withdrawCommand},
		{name: "timeline", usage: "ID", setup: timelineCommand},
		{name: "consent", usage: "[list | add | shows | lacks | withdraw] (-h)", setup: consentCommand, acts: consentActs()},
		{name: "inbox", usage: "[-n 50]", setup: inboxCommand},
		{name: "opened", usage: "CALL", setup: openedCommand},
		{name: "answer", usage: "CALL yes|no|… [-count N] [-text …]", setup: answerCommand},
		{name: "takeback", usage: "CALL", setup: takeBackCommand},
		{name: "checkin", usage: "CALL CODE", setup: checkInCommand},
		{name: "prefs", usage: "[-mute K,K] [-unmute K,K] [-phone yes|no] …", setup: prefsCommand},
		{name: "push", usage: "[show | info | set | clear] (-h)", setup: pushCommand, acts: pushActs()},
		{name: "ring", usage: "N K [RECORD]", setup: ringCommand},
		{name: "facts", usage: "[list | tell | forget] (-h)", setup: factsCommand, acts: factsActs()},
		{name: "delete", usage: "ID", setup: deleteCommand},
		{name: "do", usage: "ID COMMAND [-reason …]", setup: doCommand},
		{name: "sync", usage: "[-watch] [-timeout 1m]", setup: syncCommand},
		{name: "outbox", usage: "", setup: outboxCommand},
		{name: "tray", usage: "[-retry N] [-dismiss N] [-export N]", setup: trayCommand},
		{name: "conflicts", usage: "[-restore ID] [-dismiss ID]", setup: conflictsCommand},
		{name: "export", usage: "FILE", setup: exportCommand},
		{name: "import", usage: "FILE", setup: importCommand},
		{name: "status", usage: "", setup: statusCommand},
		{name: "profile", usage: "[list | add NAME | remove NAME [-force]]", setup: profileCommand, acts: profileActs(), bare: true},
	}
}

// run is the whole program. It returns the exit code.
func run(ctx context.Context, args []string, getenv func(string) string, in io.Reader, out, errOut io.Writer) int {
	s := &session{ctx: ctx, in: in, raw: out, out: screen{out}, errOut: screen{errOut}, moving: moving(errOut), getenv: getenv, flags: flag.NewFlagSet("phone", flag.ContinueOnError)}
	s.flags.SetOutput(io.Discard)
	var lang string
	s.flags.StringVar(&s.dir, "dir", fallback(getenv("LANTOA_PHONE_DIR"), "lantoa-phone"), "")
	s.flags.StringVar(&s.profile, "profile", fallback(getenv("LANTOA_PROFILE"), "me"), "")
	s.flags.StringVar(&s.pin, "pin", getenv("LANTOA_PIN"), "")
	s.flags.StringVar(&lang, "lang", fallback(getenv("LANTOA_LANG"), "vi"), "")
	s.flags.BoolVar(&s.json, "json", false, "")
	err := s.execute(args, &lang)
	if errors.Is(err, flag.ErrHelp) {
		s.help()
		return 0
	}
	if err != nil {
		return s.complain(err)
	}
	return 0
}

func (s *session) execute(args []string, lang *string) error {
	word, rest, err := s.firstWord(args)
	s.lang = catalogue.Match(*lang)
	if err != nil {
		return err
	}
	if word == "help" && len(rest) > 0 { // help media is media -h
		word, rest = rest[0], []string{"-h"}
	}
	if word == "" || word == "help" {
		return flag.ErrHelp
	}
	for _, c := range commands() {
		if c.name != word {
			continue
		}
		s.asked = &c
		act := c.setup(s)
		if err := s.parse(rest); err != nil {
			return err
		}
		s.lang = catalogue.Match(*lang)
		if err := s.known(&c); err != nil {
			return err
		}
		if !c.bare {
			if err := s.open(); err != nil {
				return err
			}
			defer s.engine.Close()
			_ = s.engine.SetNetwork(s.network()) // a word that is none leaves it unknown
		}
		return act()
	}
	return s.misuse("phone.unknown_command", map[string]string{"command": word})
}

// firstWord parses the flags before the command and returns the command and what follows it.
func (s *session) firstWord(args []string) (word string, rest []string, err error) {
	if err := s.flags.Parse(args); err != nil {
		return "", nil, s.wrongFlag(err)
	}
	if s.flags.NArg() == 0 {
		return "", nil, nil
	}
	return s.flags.Arg(0), s.flags.Args()[1:], nil
}

// parse reads flags and words in any order, as people type them: "enroll CODE -server URL".
func (s *session) parse(args []string) error {
	for {
		if err := s.flags.Parse(args); err != nil {
			return s.wrongFlag(err)
		}
		args = s.flags.Args()
		if len(args) == 0 {
			return nil
		}
		s.words, args = append(s.words, args[0]), args[1:]
	}
}

// known sees to it that a command has an act of that name, and that no word is left over that nobody would read.
func (s *session) known(c *command) error {
	if len(c.acts) == 0 || len(s.words) == 0 {
		return nil
	}
	for _, a := range c.acts {
		if a.name != s.words[0] {
			continue
		}
		if len(s.words) > 1+a.words {
			return s.misuse("phone.extra_word", map[string]string{"word": s.words[1+a.words], "command": c.name})
		}
		return nil
	}
	return s.misuse("phone.unknown_act", map[string]string{"act": s.words[0], "command": c.name})
}

func (s *session) wrongFlag(err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	return s.misuse("phone.wrong_flag", map[string]string{"problem": err.Error()})
}

// usageError is a mistake on the command line, with the sentence that tells it.
type usageError struct{ sentence string }

func (u usageError) Error() string { return u.sentence }

func (s *session) misuse(key string, args map[string]string) error {
	return usageError{s.say(key, args)}
}

// word returns the i-th word after the command; name tells the person what is missing.
func (s *session) word(i int, name string) (string, error) {
	if i >= len(s.words) {
		return "", s.misuse("phone.missing_word", map[string]string{"name": name})
	}
	return s.words[i], nil
}

func (s *session) open() error {
	d, err := s.directory()
	if err != nil {
		return err
	}
	s.engine, err = d.Open(s.ctx, s.profile, s.pin)
	if syncproto.KindOf(err) == syncproto.NotFound && s.profile == "me" {
		// The first use of a folder makes its only profile; further ones are made by name.
		if err = d.Create(s.ctx, s.profile, s.pin); err == nil {
			s.engine, err = d.Open(s.ctx, s.profile, s.pin)
		}
	}
	return err
}

func (s *session) directory() (*mobilesdk.Directory, error) {
	if err := os.MkdirAll(filepath.Clean(s.dir), 0o700); err != nil {
		return nil, syncproto.E(syncproto.CodeStoreReadOnly, "make the phone's folder", err)
	}
	d, err := mobilesdk.OpenDirectory(s.dir)
	if err == nil {
		d.SetApp("lantoa-terminal", string(s.lang))
	}
	return d, err
}

// say returns a text of the catalogue in the person's language.
func (s *session) say(key string, args map[string]string) string {
	return catalogue.Text(s.lang, key, args)
}

func (s *session) help() {
	if s.asked != nil {
		s.helpOn(s.asked)
		return
	}
	fmt.Fprintf(s.out, "%s\n\n", s.say("phone.help_head", nil))
	for _, c := range commands() {
		fmt.Fprintf(s.out, "  %-10s %-44s %s\n", c.name, c.usage, s.say("phone.help_"+c.name, nil))
	}
	fmt.Fprintf(s.out, "\n%s\n", s.say("phone.help_tail", nil))
}

// helpOn explains one command, with all that its first word may be.
func (s *session) helpOn(c *command) {
	if len(c.acts) == 0 {
		fmt.Fprintf(s.out, "phone %s %s\n    %s\n\n%s\n", c.name, c.usage, s.say("phone.help_"+c.name, nil), s.say("phone.help_tail", nil))
		return
	}
	fmt.Fprintf(s.out, "%s\n\n", s.say("phone.help_"+c.name, nil))
	for _, a := range c.acts {
		fmt.Fprintln(s.out, strings.TrimRight("  phone "+c.name+" "+a.name+" "+a.usage, " "))
		fmt.Fprintf(s.out, "      %s\n", s.say("phone.help_"+c.name+"_"+a.name, nil))
	}
}

func fallback(value, other string) string {
	if strings.TrimSpace(value) == "" {
		return other
	}
	return value
}
