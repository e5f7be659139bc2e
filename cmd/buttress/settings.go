package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/checks/catalog"
	"github.com/buttress/buttress/internal/config"
	"github.com/buttress/buttress/internal/diff"
	"github.com/buttress/buttress/internal/gate"
	"github.com/buttress/buttress/internal/nearest"
	"github.com/buttress/buttress/report"
)

// configFile is the configuration file that is taken where --config names none.
const configFile = "buttress.yaml"

// Every flag can be set by the configuration file and by the environment. The
// flags of scan are keys at the top (fail-on: high) and variables of their own
// name (BUTTRESS_FAIL_ON). They hold for all commands that have them, but for
// --format, which means something else to each. The flags of other commands are
// keys below the name of the command (diff: {format: markdown}) and variables
// with both names (BUTTRESS_DIFF_FORMAT).
//
// Flags win, then the environment, then the file.

// settings fills in the flags of a command that the user did not set.
func (e *env) settings(cmd *cobra.Command) error {
	root := cmd.Root()
	if !slices.Contains(sections(root), cmd.Name()) || cmd.Parent() != root {
		return nil
	}
	e.warnVariables(root)
	file, err := e.readConfig(root)
	if err != nil {
		return err
	}
	var errs []error
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		if flag.Changed && strings.HasPrefix(flag.Name, "max-") {
			if err := checkValue("", flag, []string{flag.Value.String()}); err != nil {
				errs = append(errs, fmt.Errorf("--%s: %w", flag.Name, err))
			}
		}
		if !flag.Changed && configurable(flag) {
			errs = append(errs, e.set(root, cmd.Name(), flag, file))
		}
	})
	return errors.Join(errs...)
}

// set gives a flag the value that the environment or the file has for it.
func (e *env) set(root *cobra.Command, command string, flag *pflag.Flag, file *config.File) error {
	for _, section := range sectionsOf(root, command, flag.Name) {
		name := variable(section, flag.Name)
		if value := e.getenv(name); value != "" {
			if err := setFlag(section, flag, strings.Split(value, ",")); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		}
	}
	for _, section := range sectionsOf(root, command, flag.Name) {
		s, ok := file.Lookup(section, flag.Name)
		switch {
		case !ok:
		case listsWaivers(s):
			var err error
			e.waivers, err = gate.DecodeWaivers(file.Name, s.Node, catalog.All)
			return err
		default:
			return setFlag(section, flag, s.Values) // checked when the file was read
		}
	}
	return nil
}

// sectionsOf are the places where a flag of a command may be set, the first one
// first.
func sectionsOf(root *cobra.Command, command, flag string) []string {
	if command == "scan" {
		return []string{""}
	}
	if flag != "format" && scanFlags(root).Lookup(flag) != nil {
		return []string{command, ""}
	}
	return []string{command}
}

// setFlag sets a flag without marking it as set by the user.
func setFlag(section string, flag *pflag.Flag, values []string) error {
	values = apiece(flag, values)
	if err := checkValue(section, flag, values); err != nil {
		return err
	}
	if list, ok := flag.Value.(pflag.SliceValue); ok {
		return list.Replace(values)
	}
	value := strings.Join(values, ",")
	if err := flag.Value.Set(value); err != nil {
		return fmt.Errorf("%q is no %s", value, typeName(flag))
	}
	return nil
}

// apiece are the values of a list, which commas may separate as they do on the
// command line. Of --format there is one for each flag.
func apiece(flag *pflag.Flag, values []string) []string {
	if flag.Value.Type() != "stringSlice" {
		return values
	}
	var all []string
	for _, v := range values {
		for one := range strings.SplitSeq(v, ",") {
			all = append(all, strings.TrimSpace(one))
		}
	}
	return all
}

// readConfig reads the file that --config or BUTTRESS_CONFIG names, or else
// buttress.yaml if there is one, and checks every key of it.
func (e *env) readConfig(root *cobra.Command) (*config.File, error) {
	name := e.config
	if name == "" {
		name = e.getenv(variable("", "config"))
	}
	text, err := os.ReadFile(named(name, configFile))
	switch {
	case name == "" && errors.Is(err, fs.ErrNotExist) && isLink(configFile):
		return nil, fmt.Errorf("%s: is a link that leads nowhere", configFile)
	case name == "" && errors.Is(err, fs.ErrNotExist):
		return &config.File{}, nil
	case err != nil:
		return nil, fmt.Errorf("--config: %w", err)
	}
	e.log().Debug("configuration", "file", named(name, configFile))
	e.configuration = named(name, configFile)
	file, err := config.Parse(e.configuration, text)
	if err != nil {
		return nil, err
	}
	if errs := checkFile(root, file); len(errs) > 1 {
		return nil, fmt.Errorf("%w (and %d more: buttress config check %s)", errs[0], len(errs)-1, file.Name)
	} else if len(errs) == 1 {
		return nil, errs[0]
	}
	return file, nil
}

func named(name, otherwise string) string {
	if name == "" {
		return otherwise
	}
	return name
}

// checkFile says what is wrong with the keys and values of a file, all of it.
func checkFile(root *cobra.Command, file *config.File) []error {
	var errs []error
	for i := range file.Settings {
		s := &file.Settings[i]
		flag, err := flagOf(root, file, s)
		if err == nil {
			err = checkSetting(file, s, flag)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// flagOf finds the flag that a key sets.
func flagOf(root *cobra.Command, file *config.File, s *config.Setting) (*pflag.Flag, error) {
	flags := scanFlags(root)
	if s.Section != "" {
		cmd, _, err := root.Find([]string{s.Section})
		if err != nil || s.Section == "scan" || !slices.Contains(sections(root), s.Section) {
			return nil, file.Wrong(s, "there is no section %s%s", s.Section, nearest.Hint(s.Section, sections(root)[1:]))
		}
		flags = allFlags(cmd)
	}
	var keys []string
	flags.VisitAll(func(f *pflag.Flag) {
		if configurable(f) {
			keys = append(keys, f.Name)
		}
	})
	if !slices.Contains(keys, s.Key) {
		return nil, file.Wrong(s, "is no known key%s", nearest.Hint(s.Key, keys))
	}
	return flags.Lookup(s.Key), nil
}

// listsWaivers reports whether a setting has waivers themselves, where a flag
// would name the file that they are in.
func listsWaivers(s *config.Setting) bool { return s.Key == "waivers" && s.List }

// checkSetting sees whether a flag would take the value.
func checkSetting(file *config.File, s *config.Setting, flag *pflag.Flag) error {
	if listsWaivers(s) {
		_, err := gate.DecodeWaivers(file.Name, s.Node, catalog.All)
		return err
	}
	values, err := file.Words(s)
	if err != nil {
		return err
	}
	if _, list := flag.Value.(pflag.SliceValue); !list {
		if s.List {
			return file.Wrong(s, "is a list, where one value belongs")
		}
		if err := tryFlag(flag, values[0]); err != nil {
			return file.Wrong(s, "%q is no %s", values[0], typeName(flag))
		}
	}
	if err := checkValue(s.Section, flag, apiece(flag, values)); err != nil {
		return file.Wrong(s, "%v", err)
	}
	return nil
}

// tryFlag sets a flag and takes the value back.
func tryFlag(flag *pflag.Flag, value string) error {
	before := flag.Value.String()
	if err := flag.Value.Set(value); err != nil {
		return err
	}
	return flag.Value.Set(before)
}

// checkValue knows which words some flags take.
func checkValue(section string, flag *pflag.Flag, values []string) error {
	var err error
	switch flag.Name {
	case "rule":
		_, err = checks.Select(catalog.All, values, nil)
	case "pillar":
		_, err = pillarsNamed(values)
	case "region":
		err = areRegions(values)
	case "severity":
		_, err = checks.ParseSeverity(values[0])
	case "fail-on":
		if values[0] != "none" {
			if _, err = checks.ParseSeverity(values[0]); err != nil {
				err = fmt.Errorf("%w, or none", err)
			}
		}
	case "format":
		err = areFormats(section, values)
	case "max-size", "max-body", "max-files":
		if n, wrong := strconv.ParseInt(values[0], 10, 64); wrong == nil && n <= 0 {
			err = fmt.Errorf("is %d, and has to be above zero", n)
		}
	}
	return err
}

// aRegion is what the name of a Region looks like. New ones need no new version.
var aRegion = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]+$`)

func areRegions(names []string) error {
	for _, name := range names {
		if !aRegion.MatchString(name) {
			return fmt.Errorf("%q is no name of a Region%s", name, nearest.Hint(name, regionNames))
		}
	}
	return nil
}

// areFormats reports whether a command can write all formats at once.
func areFormats(section string, flags []string) error {
	named := func(name string) error { _, err := report.FormatNamed(name); return err }
	switch section {
	case "diff":
		named = func(name string) error { _, err := diff.FormatNamed(name); return err }
	case "exposure":
		named = func(name string) error { _, err := report.ExposureFormatNamed(name); return err }
	case "trace":
		named = func(string) error { return nil } // it has one, and says which
	}
	toStdout := 0
	for _, flag := range flags {
		name, file, toFile := strings.Cut(flag, "=")
		if err := named(name); err != nil {
			return err
		}
		if !toFile || file == "-" {
			toStdout++
		}
	}
	if toStdout > 1 {
		return errTwice
	}
	return nil
}

// checkFiles says which of the files that the settings name cannot be read.
func checkFiles(file *config.File) []error {
	var errs []error
	for i := range file.Settings {
		s := &file.Settings[i]
		if s.Key != "waivers" && s.Key != "baseline" || s.Section != "" || s.List || s.Values[0] == "" {
			continue
		}
		x := exceptions{}
		if s.Key == "waivers" {
			x.waivers = s.Values[0]
		} else {
			x.baseline = s.Values[0]
		}
		if _, err := x.read(&env{}); err != nil {
			errs = append(errs, file.Wrong(s, "%v", err))
		}
	}
	return errs
}

// sections are the commands whose flags can be configured, scan first.
func sections(root *cobra.Command) []string {
	names := []string{"scan"}
	for _, cmd := range root.Commands() {
		if cmd.Name() != "scan" && cmd.Name() != "config" && cmd.Runnable() && ownFlags(cmd) {
			names = append(names, cmd.Name())
		}
	}
	return names
}

func ownFlags(cmd *cobra.Command) bool {
	own := false
	cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) { own = own || configurable(f) })
	return own
}

// configurable reports whether a flag can come from the file. Flags that ask for
// something once cannot.
func configurable(f *pflag.Flag) bool {
	return !slices.Contains([]string{"help", "config", "script", "prune-baseline", "from", "to", "who", "port"}, f.Name)
}

func scanFlags(root *cobra.Command) *pflag.FlagSet {
	scan, _, err := root.Find([]string{"scan"})
	if err != nil {
		return pflag.NewFlagSet("scan", pflag.ContinueOnError)
	}
	return allFlags(scan)
}

// allFlags are the flags of a command and those of all commands.
func allFlags(cmd *cobra.Command) *pflag.FlagSet {
	cmd.InheritedFlags() // cobra adds them to Flags only then
	return cmd.Flags()
}

// variable is the environment variable of a flag: BUTTRESS_FAIL_ON.
func variable(section, flag string) string {
	name := "BUTTRESS_"
	if section != "" {
		name += section + "_"
	}
	return strings.ToUpper(strings.ReplaceAll(name+flag, "-", "_"))
}

// warnVariables names variables that look as if they were meant and are not.
func (e *env) warnVariables(root *cobra.Command) {
	known := []string{variable("", "config")}
	for _, section := range sections(root) {
		cmd, _, err := root.Find([]string{section})
		if err != nil {
			continue
		}
		allFlags(cmd).VisitAll(func(f *pflag.Flag) {
			if !configurable(f) {
				return
			}
			for _, s := range sectionsOf(root, section, f.Name) {
				known = append(known, variable(s, f.Name))
			}
		})
	}
	for _, pair := range e.environ() {
		name, _, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(name, "BUTTRESS_") && !slices.Contains(known, name) {
			fmt.Fprintf(e.stderr, "buttress: %s sets no flag%s\n", report.Escape(name), nearest.Hint(name, known))
		}
	}
}

// typeName names the type of a flag's value.
func typeName(flag *pflag.Flag) string {
	switch flag.Value.Type() {
	case "bool":
		return "boolean: it is true or false"
	case "int", "int64":
		return "whole number"
	default:
		return flag.Value.Type()
	}
}
