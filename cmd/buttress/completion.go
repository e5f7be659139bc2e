package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/checks/catalog"
	"github.com/buttress/buttress/internal/diff"
	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/report"
)

// regionNames are what --region is completed to for a live account: those of the
// partitions aws, aws-cn, aws-eusc and aws-us-gov, as botocore/data/partitions.json
// of botocore 1.43.11 has them. Any other name is as good: AWS is asked for it.
var regionNames = strings.Fields(`
	af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2
	ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7
	ca-central-1 ca-west-1 cn-north-1 cn-northwest-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2
	eu-west-1 eu-west-2 eu-west-3 eusc-de-east-1 il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1
	us-east-1 us-east-2 us-gov-east-1 us-gov-west-1 us-west-1 us-west-2`)

// completeFlags tells the shells the values of the flags of a command and of
// those below it.
func completeFlags(cmd *cobra.Command) {
	values := map[string]cobra.CompletionFunc{
		"rule":     completeList(ruleNames),
		"pillar":   completeList(func([]string) []string { return texts(checks.Pillars()) }),
		"region":   completeList(regions),
		"severity": cobra.FixedCompletions(severityNames(), cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveKeepOrder),
		"fail-on":  cobra.FixedCompletions(append(severityNames(), "none"), cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveKeepOrder),
		"for":      cobra.FixedCompletions(readers, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveKeepOrder),
		"format":   completeFormat(report.Formats()),
		"record":   cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs),
	}
	if cmd.Name() == "diff" {
		values["format"] = completeFormat(diff.Formats())
	}
	for flag, complete := range values {
		if cmd.Flags().Lookup(flag) != nil {
			_ = cmd.RegisterFlagCompletionFunc(flag, complete) // the flag is there, and has no other
		}
	}
	for _, c := range cmd.Commands() {
		completeFlags(c)
	}
}

// completeList completes the last of several values that commas separate. What
// there is to choose from may depend on the arguments of the command.
func completeList(choices func(args []string) []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		given := word[:strings.LastIndex(word, ",")+1]
		var all []string
		for _, choice := range choices(args) {
			if !slices.Contains(strings.Split(given, ","), choice) {
				all = append(all, given+choice)
			}
		}
		return all, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeFormat completes the F of F[=FILE], and leaves FILE to the shell.
func completeFormat(formats []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
		if strings.Contains(word, "=") {
			return nil, cobra.ShellCompDirectiveDefault
		}
		return formats, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

// completeRule completes the one ID that rules takes.
func completeRule(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return ruleNames(nil), cobra.ShellCompDirectiveNoFileComp
}

func ruleNames([]string) []string {
	names := make([]string, len(catalog.All))
	for i, r := range catalog.All {
		names[i] = r.ID
	}
	return names
}

func severityNames() []string {
	var names []string
	for _, s := range checks.Severities() {
		names = append(names, s.String())
	}
	return names
}

// regions are those of the recording that is the first argument, if it is one.
func regions(args []string) []string {
	if len(args) == 0 || args[0] == "-" {
		return regionNames
	}
	r, err := recording.Open(args[0], nil, recordingOptions(recording.DefaultLimits))
	if err != nil {
		return regionNames
	}
	defer r.Close()
	return regionsOf(r)
}
