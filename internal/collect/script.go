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
// then what they lead to.
func scriptCalls(ops []*operation) string {
	var lists, single strings.Builder
	chosen := func(name recording.Operation) bool {
		return slices.ContainsFunc(ops, func(op *operation) bool { return op.name == name })
	}
	for _, op := range ops {
		command := op.name.Service() + " " + op.name.Command()
		if op.page > 0 {
			command += fmt.Sprintf(" --page-size %d", op.page)
		}
		switch {
		case op.name == launchTemplateVersions:
			fmt.Fprintf(&lists, "\tcall %s '' %s %s --versions '$Latest' '$Default'\n", op.name, op.name.File(), command)
			if chosen("autoscaling:DescribeAutoScalingGroups") {
				fmt.Fprint(&single, "\tpinned\n")
			}
		case op.of == "":
			fmt.Fprintf(&lists, "\tcall %s '' %s %s\n", op.name, op.name.File(), command)
		default:
			fmt.Fprintf(&single, "\teach %s %s \"$(%s)\" %s %s\n", op.name, op.name.File(), scriptIDs(op), command, op.flag)
		}
	}
	return lists.String() + single.String()
}

// scriptIDs is the command that prints the ids that an operation is asked about.
func scriptIDs(op *operation) string {
	var commands []string
	for _, in := range op.ids {
		commands = append(commands, "values "+in.list.File()+" "+in.key)
	}
	ids := strings.Join(commands, "; ")
	if len(commands) > 1 {
		ids = "{ " + ids + "; } | LC_ALL=C sort -u"
	}
	return ids
}
