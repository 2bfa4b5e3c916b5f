// Command chengma is the city data server: it loads registers into a store,
// serves them as tiles, features and documents, and looks after the store.
//
// Here flags and environment become Config structs and packages are wired; it is
// the only place that names a backend. Exit status: 0 done; 1 failed; 2 wrong
// usage; 3 done, with records in quarantine.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// Exit statuses.
const (
	statusDone        = 0
	statusFailed      = 1
	statusUsage       = 2
	statusQuarantined = 3
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second Ctrl-C ends it at once, but not the echo of the first: what runs
	// commands for others often passes on a signal that the terminal has sent already.
	context.AfterFunc(ctx, func() { time.AfterFunc(time.Second, stop) })
	status := newProgram().run(ctx, os.Args[1:])
	stop()
	os.Exit(status)
}

// program is the command with its surroundings, so that tests can run it.
type program struct {
	in       io.Reader
	out, err io.Writer
	env      func(string) string
	now      func() time.Time
	terminal bool // whether err is a terminal: progress bars, else plain lines

	storeURL string
	json     bool
	log      *slog.Logger
	status   int
}

func newProgram() *program {
	return &program{
		in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Getenv, now: time.Now,
		terminal: term.IsTerminal(int(os.Stderr.Fd())),
	}
}

// errUsage marks errors of the command line.
var errUsage = errors.New("wrong usage")

func usageError(format string, args ...any) error {
	return fmt.Errorf("%w: %w", errUsage, fmt.Errorf(format, args...))
}

// run runs the command line and returns the exit status.
func (p *program) run(ctx context.Context, args []string) int {
	p.log = slog.New(slog.NewTextHandler(p.err, &slog.HandlerOptions{Level: slog.LevelInfo}))
	root := p.command()
	root.SetArgs(args)
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return p.status
	case errors.Is(err, errUsage):
		fmt.Fprintf(p.err, "chengma: %v\nchengma help tells more\n", err)
		return statusUsage
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintln(p.err, "chengma: stopped; what was published stays, and the same command goes on from there")
		return statusFailed
	}
	fmt.Fprintf(p.err, "chengma: %v\n", err)
	return statusFailed
}

func (p *program) command() *cobra.Command {
	root := &cobra.Command{
		Use:           "chengma",
		Short:         "City data server: one code for every thing, in space and in two times",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError("there is no command %q", args[0])
			}
			return cmd.Help()
		},
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError("%w", err) })
	root.PersistentFlags().StringVar(&p.storeURL, "store", "", "store: sqlite:FILE or postgres://… (default $CHENGMA_STORE, else sqlite:chengma.db)")
	root.PersistentFlags().BoolVar(&p.json, "json", false, "print machine-readable JSON")
	root.AddCommand(p.demoCommand(), p.serveCommand(), p.ingestCommand(), p.synthCommand(), p.getCommand(),
		p.verifyCommand(), p.revertCommand(), p.quarantineCommand(), p.keyCommand())
	return root
}

// exactly demands a number of arguments and says which.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError("%d arguments where %s is expected", len(args), what)
		}
		return nil
	}
}
