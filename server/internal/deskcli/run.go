package deskcli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// Options are where a run comes from and goes to.
type Options struct {
	Args     []string // behind the word desk
	Getenv   func(string) string
	Out      io.Writer
	ErrOut   io.Writer
	Colour   bool // Out is a terminal that shows colours
	Password func(prompt string) (string, error)
	// Find returns the address of the server that runs on a data directory, "" for the usual one; "" if none runs.
	Find    func(data string) string
	Data    string // the usual data directory
	Server  string // an address for when nothing else names one
	Program string // how this program is called
}

// session is one run of the command.
type session struct {
	Options
	ctx   context.Context
	flags *flag.FlagSet
	words []string
	lang  catalogue.Language
	json  bool
	data  string
	path  string // of the file that keeps the session
	kept  *kept
	asked *command
}

// command is one word that the desk understands.
type command struct {
	name  string
	usage string
	words int // how many may follow at most
	setup func(s *session) func() error
	// stranger commands do without a session.
	stranger bool
}

func commands() []command {
	return []command{
		{name: "sign-in", usage: "LOGIN [-server URL]", words: 1, setup: signInCommand, stranger: true},
		{name: "sign-out", setup: signOutCommand},
		{name: "me", setup: meCommand},
		{name: "queue", usage: "[-view mine|open|all|inbox] [-q …] [-unit …] [-flag …] [-n 50]", setup: queueCommand},
		{name: "counters", usage: "[-unit ID]", setup: countersCommand},
		{name: "show", usage: "ID", words: 1, setup: showCommand},
		{name: "compare", usage: "ID [FROM TO]", words: 3, setup: compareCommand},
		{name: "claim", usage: "ID…", words: most, setup: stepCommand(syncproto.CommandClaim)},
		{name: "release", usage: "ID…", words: most, setup: stepCommand(syncproto.CommandRelease)},
		{name: "return", usage: "ID… -reason … [-note … [-on FIELD|PHOTO]]…", words: most, setup: returnCommand},
		{name: "approve", usage: "ID… [-revision N]", words: most, setup: stepCommand(syncproto.CommandApprove)},
		{name: "publish", usage: "ID… [-revision N]", words: most, setup: stepCommand(syncproto.CommandPublish)},
		{name: "undo", usage: "ID…", words: most, setup: stepCommand(syncproto.CommandUndo)},
		{name: "decline", usage: "ID… -reason …", words: most, setup: stepCommand(syncproto.CommandDecline)},
		{name: "edit", usage: "ID -set FIELD=…", words: 1, setup: editCommand},
		{name: "correct", usage: "ID -reason … [-set FIELD=…]", words: 1, setup: correctCommand},
		{name: "take-down", usage: "ID… -reason …", words: most, setup: stepCommand(syncproto.CommandTakeDown)},
		{name: "adopt", usage: "ID…", words: most, setup: stepCommand(syncproto.CommandAdopt)},
		{name: "hand-over", usage: "ID… -to PERSON", words: most, setup: stepCommand(syncproto.CommandHandOver)},
		{name: "judge", usage: "ID PHOTO -text …", words: 2, setup: judgeCommand},
		{name: "conflicts", usage: "[ID -choose stays|lost|base]", words: 1, setup: conflictsCommand},
		{name: "notices", usage: "[-from N]", setup: noticesCommand},
		{name: "board", usage: "[-unit ID] [-all]", setup: boardCommand},
		{name: "call", usage: callVerbs + " [CALL] …", words: 3, setup: callCommand},
		{name: "case", usage: "list [-all] | open KIND -unit ID … | show ID", words: 2, setup: caseCommand},
	}
}

// most is how many acts the server takes at once.
const most = 200

// Run runs one command and returns its exit code.
func Run(ctx context.Context, opt Options) int {
	s := &session{Options: opt, ctx: ctx, flags: flag.NewFlagSet("desk", flag.ContinueOnError)}
	s.flags.SetOutput(io.Discard)
	lang := fallback(opt.Getenv("LANTOA_LANG"), "vi")
	s.flags.StringVar(&lang, "lang", lang, "")
	s.flags.BoolVar(&s.json, "json", false, "")
	s.flags.StringVar(&s.data, "data", fallback(opt.Getenv("LANTOA_DATA"), opt.Data), "")
	s.flags.StringVar(&s.path, "session", opt.Getenv("LANTOA_DESK_SESSION"), "")
	err := s.execute(&lang)
	if errors.Is(err, flag.ErrHelp) {
		s.help()
		return 0
	}
	if err != nil {
		return s.complain(err)
	}
	return 0
}

func (s *session) execute(lang *string) error {
	s.lang = catalogue.Match(*lang)
	word, rest := "", s.Args
	if len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
		word, rest = rest[0], rest[1:]
	}
	if word == "help" && len(rest) > 0 {
		word, rest = rest[0], append(rest[1:len(rest):len(rest)], "-h")
	}
	if word == "" || word == "help" {
		err := s.parse(rest)
		s.lang = catalogue.Match(*lang)
		if err != nil {
			return err
		}
		return flag.ErrHelp
	}
	for _, c := range commands() {
		if c.name == word {
			return s.start(&c, rest, lang)
		}
	}
	return s.misuse("desk.unknown_command", map[string]string{"command": word})
}

// start parses what follows a command and runs it.
func (s *session) start(c *command, rest []string, lang *string) error {
	s.asked = c
	act := c.setup(s)
	err := s.parse(rest)
	s.lang = catalogue.Match(*lang)
	if err != nil {
		return err
	}
	if len(s.words) > c.words {
		return s.misuse("desk.too_many_words", map[string]string{"word": s.words[c.words]})
	}
	if err := s.load(); err != nil {
		return err
	}
	if !c.stranger && s.kept.Token == "" {
		return errStranger
	}
	return act()
}

// parse reads flags, which may stand before and behind the words.
func (s *session) parse(args []string) error {
	for {
		if err := s.flags.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return err
			}
			return s.misuse("desk.wrong_flag", map[string]string{"what": err.Error()})
		}
		if s.flags.NArg() == 0 {
			return nil
		}
		s.words, args = append(s.words, s.flags.Arg(0)), s.flags.Args()[1:]
	}
}

// help prints what the desk understands, or one command of it.
func (s *session) help() {
	for _, c := range commands() {
		if s.asked == nil || s.asked.name == c.name {
			fmt.Fprintln(s.Out, strings.TrimRight(s.Program+" desk "+c.name+" "+c.usage, " "))
			fmt.Fprintln(s.Out, "      "+s.say("desk.command_"+strings.ReplaceAll(c.name, "-", "_"), nil))
		}
	}
	fmt.Fprintln(s.Out, "\n"+s.say("desk.help", nil))
}

// word returns the i-th word of the command line, which must be there.
func (s *session) word(i int, name string) (string, error) {
	if i < len(s.words) {
		return s.words[i], nil
	}
	return "", s.misuse("desk.missing_word", map[string]string{"name": name})
}
