package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/checks/catalog"
	"github.com/buttress/buttress/internal/config"
	"github.com/buttress/buttress/report"
)

const configHelp = `Flags can come from a configuration file and from the environment. What is
given on the command line wins, then the environment, then the file.

The file is buttress.yaml in the working directory, or the one that --config or
BUTTRESS_CONFIG names. The flags of scan are its keys, and hold for all commands
that have them, but for format; the flags of other commands stand below the name
of the command:

    fail-on: high
    format: [text, html=report.html]
    diff:
      format: markdown

Waivers may stand in it themselves (waivers: [{rule: …}]), or in the file that
the key names. The variables are BUTTRESS_FAIL_ON and the like,
BUTTRESS_DIFF_FORMAT for a flag of another command; commas separate the values
of lists, also of BUTTRESS_FORMAT, so that no name of a file has one there.
Paths are those of the working directory, as on the command line. Flags that ask
for something once, such as --prune-baseline, stand on the command line only.`

func newConfigCmd(e *env) *cobra.Command {
	cmd := &cobra.Command{
		Use: "config", Short: "Write or check the configuration file", Long: configHelp,
		Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newConfigInitCmd(e), newConfigCheckCmd(e), newConfigSchemaCmd(e))
	return cmd
}

func newConfigInitCmd(e *env) *cobra.Command {
	return &cobra.Command{
		Use: "init [FILE]", Short: "Write a configuration file with every key, commented out",
		Long: "Write a configuration file with every key, commented out. FILE is buttress.yaml\nunless it is named; - is standard output. A file that is there is left alone.",
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text := initialConfig(cmd.Root())
			name := named(strings.Join(args, ""), configFile)
			if name == "-" {
				_, err := io.WriteString(e.stdout, text)
				return err
			}
			f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // the user names the file
			if errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("%s: is there already, and is left as it is", name)
			}
			if err != nil {
				return err
			}
			_, err = io.WriteString(f, text)
			return errors.Join(err, f.Close())
		},
	}
}

func newConfigCheckCmd(e *env) *cobra.Command {
	return &cobra.Command{
		Use: "check [FILE]", Short: "Say what is wrong with a configuration file",
		Long: "Say what is wrong with a configuration file, with line and column.\nExit codes: 0 if nothing is, 2 otherwise.",
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := named(strings.Join(args, ""), named(e.config, configFile))
			text, err := os.ReadFile(name) //nolint:gosec // the user names the file
			if err != nil {
				return err
			}
			file, err := config.Parse(name, text)
			if err != nil {
				return err
			}
			errs := checkFile(cmd.Root(), file)
			if len(errs) == 0 {
				errs = checkFiles(file)
			}
			for _, err := range errs {
				fmt.Fprintln(e.stderr, "buttress:", oneLine(err))
			}
			if len(errs) > 0 {
				return exitCode(exitError)
			}
			_, err = fmt.Fprintf(e.stdout, "%s: %s, nothing is wrong\n", report.Escape(name), report.Plural(len(file.Settings), "setting", "settings"))
			return err
		},
	}
}

func newConfigSchemaCmd(e *env) *cobra.Command {
	return &cobra.Command{
		Use: "schema", Short: "Print a JSON Schema of the configuration file, for editors",
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := json.Marshal(configSchema(cmd.Root()), json.Deterministic(true), jsontext.WithIndent("  "))
			if err != nil {
				return err
			}
			_, err = e.stdout.Write(append(text, '\n'))
			return err
		},
	}
}

// initialConfig is a configuration file that changes nothing.
func initialConfig(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("# The configuration of Buttress. \"buttress config\" explains it; a key that is\n" +
		"# commented out has the value shown here.\n")
	for _, section := range sections(root) {
		cmd, _, err := root.Find([]string{section})
		if err != nil {
			continue
		}
		indent := ""
		own := flagsOf(root, section, cmd)
		if len(own) == 0 {
			continue
		}
		if section != "scan" {
			indent = "  "
			fmt.Fprintf(&b, "\n# %s.\n# %s:\n", cmd.Short, section)
		}
		for _, f := range own {
			b.WriteString("\n" + report.Wrap(usage(f)+".", "# "+indent, "# "+indent, 80))
			fmt.Fprintf(&b, "# %s%s: %s\n", indent, f.Name, example(f))
		}
	}
	return b.String()
}

// usage is what a flag does, without the marks around the name of its value.
func usage(f *pflag.Flag) string {
	_, text := pflag.UnquoteUsage(f)
	return strings.ToUpper(text[:1]) + text[1:]
}

// example is the value that a flag has if nobody sets it, as YAML.
func example(f *pflag.Flag) string {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		return "[" + strings.Join(list.GetSlice(), ", ") + "]"
	}
	if f.DefValue == "" {
		return `""`
	}
	return f.DefValue
}

// flagsOf are the flags that a section explains: of other commands than scan
// those that scan does not have, or that mean something else there.
func flagsOf(root *cobra.Command, section string, cmd *cobra.Command) []*pflag.Flag {
	var own []*pflag.Flag
	allFlags(cmd).VisitAll(func(f *pflag.Flag) {
		if configurable(f) && len(sectionsOf(root, section, f.Name)) == 1 {
			own = append(own, f)
		}
	})
	return own
}

// schema is a JSON Schema, as far as it is needed.
type schema struct {
	Schema               string             `json:"$schema,omitzero"`
	Title                string             `json:"title,omitzero"`
	Description          string             `json:"description,omitzero"`
	Type                 string             `json:"type,omitzero"`
	Enum                 []string           `json:"enum,omitzero"`
	Pattern              string             `json:"pattern,omitzero"`
	Minimum              int                `json:"minimum,omitzero"`
	AnyOf                []*schema          `json:"anyOf,omitzero"`
	Items                *schema            `json:"items,omitzero"`
	MinItems             int                `json:"minItems,omitzero"`
	Properties           map[string]*schema `json:"properties,omitzero"`
	Required             []string           `json:"required,omitzero"`
	AdditionalProperties *bool              `json:"additionalProperties,omitzero"`
}

func configSchema(root *cobra.Command) *schema {
	top := object(scanFlags(root))
	top.Schema, top.Title = "https://json-schema.org/draft/2020-12/schema", "Configuration of Buttress"
	for _, section := range sections(root)[1:] {
		if cmd, _, err := root.Find([]string{section}); err == nil {
			s := object(allFlags(cmd))
			s.Description = cmd.Short
			if flag := top.Properties[section]; flag != nil { // record is a flag and a command
				s = &schema{AnyOf: []*schema{flag, s}}
			}
			top.Properties[section] = s
		}
	}
	return top
}

func object(flags *pflag.FlagSet) *schema {
	s := &schema{Type: "object", Properties: map[string]*schema{}, AdditionalProperties: new(bool)}
	flags.VisitAll(func(f *pflag.Flag) {
		if configurable(f) {
			s.Properties[f.Name] = property(f)
		}
	})
	return s
}

func property(f *pflag.Flag) *schema {
	one := &schema{Type: "string", Enum: words(f.Name)}
	description := usage(f)
	if _, list := f.Value.(pflag.SliceValue); list {
		all := []*schema{one, {Type: "array", Items: one, MinItems: 1}}
		if f.Value.Type() == "stringSlice" && len(one.Enum) > 0 {
			all = append(all, &schema{Type: "string", Pattern: ","})
		}
		return &schema{Description: description, AnyOf: all}
	}
	switch {
	case f.Value.Type() == "bool": // and in quotes
		return &schema{Description: description, AnyOf: []*schema{{Type: "boolean"}, {Type: "string", Pattern: "^(true|false)$"}}}
	case f.Value.Type() == "int" || f.Value.Type() == "int64":
		return &schema{Description: description, AnyOf: []*schema{{Type: "integer", Minimum: 1}, {Type: "string", Pattern: "^[1-9][0-9]*$"}}}
	case f.Name == "waivers":
		return &schema{Description: description + ", or a list of them", AnyOf: []*schema{{Type: "string"}, {Type: "array", Items: waiverSchema()}}}
	}
	one.Description = description
	return one
}

// waiverSchema is a waiver as gate.Waiver has it.
func waiverSchema() *schema {
	s := &schema{
		Type: "object", Properties: map[string]*schema{}, AdditionalProperties: new(bool),
		Required: []string{"rule", "resource", "reason", "owner", "expires"},
	}
	for key, what := range map[string]string{
		"rule": "id of a rule; * stands for anything", "resource": "id or ARN; * stands for anything", "region": "Region; * stands for anything",
		"account": "id of an account; * stands for anything", "reason": "why the failure is accepted", "owner": "who answers for it",
		"expires": "the last day on which it holds, as 2006-01-02",
	} {
		s.Properties[key] = &schema{Type: "string", Description: what}
	}
	return s
}

// words are the values that a flag takes, if they are few.
func words(flag string) []string {
	var all []string
	switch flag {
	case "severity", "fail-on":
		for _, s := range checks.Severities() {
			all = append(all, s.String())
		}
		if flag == "fail-on" {
			all = append(all, "none")
		}
	case "for":
		all = readers
	case "pillar":
		for _, p := range checks.Pillars() {
			all = append(all, string(p))
		}
	case "rule":
		for _, r := range catalog.All {
			all = append(all, r.ID)
		}
	}
	return all
}
