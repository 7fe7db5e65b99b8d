package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"lantoa/syncproto/catalogue"
)

// call is one invocation of the program.
type call struct {
	ctx    context.Context
	args   []string // after the command's name
	getenv func(string) string
	stdout io.Writer
	stderr io.Writer
}

// command is one thing that the program can do.
type command struct {
	name  string
	usage string // what follows the name
	run   func(*call) error
}

// Run runs the program and returns its exit code. It ends early, in good order, when ctx does.
func Run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	name := "serve"
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name, args = args[0], args[1:]
	}
	c := &call{ctx: ctx, args: args, getenv: getenv, stdout: stdout, stderr: stderr}
	err := dispatch(c, name)
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return exitDone
	}
	if code, ok := errors.AsType[ended](err); ok {
		return int(code)
	}
	f := faultOf(err)
	f.print(stderr)
	return f.exit
}

func dispatch(c *call, name string) error {
	if name == "serve" && asksHelp(c.args) {
		usage(c.stdout)
		fmt.Fprintln(c.stdout)
	}
	if name == "help" {
		usage(c.stdout)
		return nil
	}
	switch name {
	case phoneProcess:
		return runDemoPhone(c)
	case serverProcess:
		return runDemoServer(c)
	}
	for _, cmd := range commands() {
		if cmd.name == name {
			return cmd.run(c)
		}
	}
	usage(c.stderr)
	return usageError("no command %q", name)
}

// usage prints what the program can do.
func usage(w io.Writer) {
	tell(w, "", "server.help", nil)
	fmt.Fprintln(w)
	for _, cmd := range commands() {
		head := fmt.Sprintf("  %-8s %-18s ", cmd.name, cmd.usage)
		for _, lang := range catalogue.Languages() {
			fmt.Fprintln(w, head+say(lang, "server.command_"+cmd.name, nil))
			head = strings.Repeat(" ", len(head))
		}
	}
}

// flags makes the flag set of a command. The usage of a flag is the key of its text. Every flag can also be given by the environment, as LANTOA_ and its name in
// capitals; the command line wins.
func (c *call) flags(name string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	return f
}

// parse reads environment and arguments, and prints help where it is asked for. Arguments that are no flags, at most
// most of them, are put into c.args; flags may stand before and behind them.
func (c *call) parse(f *flag.FlagSet, most int) error {
	var wrong error
	f.VisitAll(func(fl *flag.Flag) {
		if v := c.getenv(envName(fl.Name)); v != "" {
			if err := f.Set(fl.Name, v); err != nil && wrong == nil {
				wrong = usageError("%s: %v", envName(fl.Name), err)
			}
		}
	})
	var plain []string
	for rest := c.args; ; {
		err := f.Parse(rest)
		if errors.Is(err, flag.ErrHelp) {
			c.help(f)
			return err
		}
		if err != nil {
			return usageError("%v", err)
		}
		if f.NArg() == 0 {
			break
		}
		plain, rest = append(plain, f.Arg(0)), f.Args()[1:]
	}
	if len(plain) > most {
		return usageError("unexpected %q", plain[most])
	}
	c.args = plain
	return wrong
}

func (c *call) help(f *flag.FlagSet) {
	for _, cmd := range commands() {
		if cmd.name == f.Name() {
			fmt.Fprintln(c.stdout, strings.TrimSpace(program()+" "+cmd.name+" "+cmd.usage)+"\n")
			tell(c.stdout, "  ", "server.command_"+cmd.name, nil)
			fmt.Fprintln(c.stdout)
		}
	}
	f.VisitAll(func(fl *flag.Flag) {
		head := "  -" + fl.Name
		if fl.DefValue != "" && fl.DefValue != "false" {
			head += " " + fl.DefValue
		}
		fmt.Fprintf(c.stdout, "%-42s %s\n", head, envName(fl.Name))
		tell(c.stdout, "      ", fl.Usage, nil)
	})
}

// asksHelp reports whether the program was asked for help without a command: then the commands are listed, too.
func asksHelp(args []string) bool {
	return len(args) == 1 && (args[0] == "-h" || args[0] == "-help" || args[0] == "--help")
}

// arg returns an argument that is no flag, "" if it was not given.
func (c *call) arg(i int) string {
	if i < len(c.args) {
		return c.args[i]
	}
	return ""
}

func envName(flagName string) string {
	return "LANTOA_" + strings.ToUpper(strings.ReplaceAll(flagName, "-", "_"))
}
