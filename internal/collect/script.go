package collect

import (
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/buttress/buttress/internal/recording"
)

// script is the part of the script that does not change.
//
//go:embed script.sh
var script string

// Script writes a POSIX shell script that makes, with the AWS CLI alone, the
// recording that Run would make of these operations. It takes the folder as its
// argument, and reads every Region that is enabled unless some are named.
func Script(w io.Writer, ops []recording.Operation, regions []string) error {
	list, err := lookUp(ops)
	if err != nil {
		return err
	}
	choice, err := scriptRegions(regions)
	if err != nil {
		return err
	}
	text := strings.NewReplacer("@HOME@", home(regions), "@REGIONS@", choice, "@CALLS@", scriptCalls(list))
	_, err = text.WriteString(w, script)
	return err
}

func scriptRegions(regions []string) (string, error) {
	for _, name := range regions {
		if err := plausible(name); err != nil {
			return "", err
		}
	}
	if len(regions) > 0 {
		return "regions='" + strings.Join(slices.Compact(slices.Sorted(slices.Values(regions))), " ") + "'", nil
	}
	return `aws ec2 describe-regions --region "$home" --query 'Regions[].[RegionName]' --output text >"$temp/out" || die "the Regions of the account cannot be listed"
regions=$(LC_ALL=C sort "$temp/out")`, nil
}

// scriptCalls are the lines that make the calls in a Region: first the lists,
// then what they lead to, round by round.
func scriptCalls(ops []*operation) string {
	var b strings.Builder
	for round := range rounds(ops) {
		for _, op := range ops {
			switch {
			case round == 0 && op.lists():
				fmt.Fprintf(&b, "\tcall %s '' %s %s\n", op.name, op.name.File(), scriptCommand(op))
			case round == 0 || round != op.round():
			case op.lists():
				fmt.Fprint(&b, "\tpinned\n")
			default:
				fmt.Fprintf(&b, "\teach %s %s \"$(%s)\" %s %s\n", op.name, op.name.File(), scriptIDs(op), scriptCommand(op), op.flag)
			}
		}
	}
	return b.String()
}

// scriptCommand is what the AWS CLI is told, but for the resource. Elastic Load
// Balancing has a parameter that is itself called PageSize: who gives it turns the
// pages by hand, says the AWS CLI, and prints the first one only.
func scriptCommand(op *operation) string {
	command := op.name.Service() + " " + op.name.Command()
	if op.page > 0 && !op.plain && !strings.HasPrefix(op.name.Service(), "elb") {
		command += fmt.Sprintf(" --page-size %d", op.page)
	}
	if op.args != "" {
		command += " " + op.args
	}
	return command
}

// scriptIDs is the command that prints the ids that an operation is asked about.
func scriptIDs(op *operation) string {
	var commands []string
	for _, in := range op.from {
		commands = append(commands, "values "+in.list.File()+" "+in.key)
	}
	ids := strings.Join(commands, "; ")
	if len(commands) > 1 {
		ids = "{ " + ids + "; } | LC_ALL=C sort -u"
	}
	if op.skip != "" {
		ids += " | LC_ALL=C grep -vF " + op.skip
	}
	return ids
}
