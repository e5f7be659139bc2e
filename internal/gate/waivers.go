package gate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/nearest"
	"github.com/buttress/buttress/internal/yamlfile"
)

// Waiver says which failures somebody accepts, why, who, and until when. Rule,
// Resource, Region and Account match as a whole, with * for any run of
// characters. Region and Account are "*" where the file does not say.
type Waiver struct {
	Rule     string `json:"rule"`
	Resource string `json:"resource"` // an id or an ARN
	Region   string `json:"region"`
	Account  string `json:"account"`
	Reason   string `json:"reason"`
	Owner    string `json:"owner"`
	Expires  string `json:"expires"` // the last day on which it holds, in UTC, as 2006-01-02
}

// ReadWaivers reads a file of waivers: YAML with one key, waivers. An error names
// the file as it is given, with line and column.
func ReadWaivers(file string, text []byte, rules []*checks.Rule) ([]Waiver, error) {
	y := &yamlFile{name: file}
	root, err := yamlfile.Parse(file, text)
	if err != nil {
		return nil, err
	}
	top, err := y.object(root, "the file", "waivers")
	if err != nil {
		return nil, err
	}
	list, ok := top["waivers"]
	if !ok {
		return nil, y.wrong(root, "waivers is missing")
	}
	return DecodeWaivers(file, list, rules)
}

// DecodeWaivers reads a list of waivers from where it stands in a YAML file. The
// rule of each has to match one of the rules. An error is a *yamlfile.Mistake.
func DecodeWaivers(file string, list ast.Node, rules []*checks.Rule) ([]Waiver, error) {
	y := &yamlFile{name: file, rules: rules}
	seq, ok := list.(*ast.SequenceNode)
	if !ok {
		return nil, y.wrong(list, fmt.Sprintf("waivers is %s where a list belongs", called(list)))
	}
	waivers := make([]Waiver, 0, len(seq.Values))
	for _, node := range seq.Values {
		w, err := y.waiver(node)
		if err != nil {
			return nil, err
		}
		waivers = append(waivers, w)
	}
	return waivers, nil
}

// yamlFile is a file while it is decoded.
type yamlFile struct {
	name  string
	rules []*checks.Rule
}

func (y *yamlFile) wrong(node ast.Node, what string) error { return yamlfile.Wrong(y.name, node, what) }

// object returns the values of an object by their keys, all of which have to be
// known.
func (y *yamlFile) object(node ast.Node, name string, known ...string) (map[string]ast.Node, error) {
	if node == nil {
		return map[string]ast.Node{}, nil
	}
	m, ok := node.(*ast.MappingNode)
	if !ok {
		return nil, y.wrong(node, fmt.Sprintf("%s is %s where an object belongs", name, called(node)))
	}
	values := map[string]ast.Node{}
	for _, v := range m.Values {
		key := v.Key.GetToken()
		if !slices.Contains(known, key.Value) {
			return nil, yamlfile.At(y.name, key, fmt.Sprintf("unknown key %q%s", key.Value, nearest.Hint(key.Value, known)))
		}
		values[key.Value] = v.Value
	}
	return values, nil
}

func (y *yamlFile) waiver(node ast.Node) (Waiver, error) {
	w := Waiver{Region: "*", Account: "*"}
	fields := []struct {
		key      string
		to       *string
		optional bool
	}{
		{"rule", &w.Rule, false},
		{"resource", &w.Resource, false},
		{"region", &w.Region, true},
		{"account", &w.Account, true},
		{"reason", &w.Reason, false},
		{"owner", &w.Owner, false},
		{"expires", &w.Expires, false},
	}
	known := make([]string, len(fields))
	for i, f := range fields {
		known[i] = f.key
	}
	values, err := y.object(node, "the waiver", known...)
	if err != nil {
		return w, err
	}
	for _, f := range fields {
		value, there := values[f.key]
		if !there && f.optional {
			continue
		}
		if !there {
			return w, y.wrong(node, fmt.Sprintf("the waiver has no %s", f.key))
		}
		if *f.to, err = y.text(f.key, value); err != nil {
			return w, err
		}
	}
	return w, y.check(&w, values)
}

// What a pattern may be, since each is held to every failure. An ARN has at most
// 2,048 characters.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachedPolicy.html
const (
	maxPattern   = 2048
	maxWildcards = 16
)

// check looks at what a waiver says.
func (y *yamlFile) check(w *Waiver, values map[string]ast.Node) error {
	if !slices.ContainsFunc(y.rules, func(r *checks.Rule) bool { return matches(w.Rule, r.ID) }) {
		ids := make([]string, len(y.rules))
		for i, r := range y.rules {
			ids[i] = r.ID
		}
		return y.wrong(values["rule"], fmt.Sprintf("rule: %q matches no rule%s (buttress rules lists all)", w.Rule, nearest.Hint(w.Rule, ids)))
	}
	for _, p := range [][2]string{{"rule", w.Rule}, {"resource", w.Resource}, {"region", w.Region}, {"account", w.Account}} {
		key, pattern := p[0], p[1]
		if len(pattern) > maxPattern || strings.Count(pattern, "*") > maxWildcards {
			return y.wrong(values[key], fmt.Sprintf("%s is longer than %d bytes, which no ARN is, or has more than %d wildcards", key, maxPattern, maxWildcards))
		}
	}
	if _, err := time.Parse(time.DateOnly, w.Expires); err != nil {
		return y.wrong(values["expires"], fmt.Sprintf("expires: %q is no date such as 2027-01-31", w.Expires))
	}
	return nil
}

// text is the text of a value as it stands in the file. What looks like a number
// is text too: the id of an account has no quotes in most files.
func (y *yamlFile) text(key string, node ast.Node) (string, error) {
	s, ok := yamlfile.Word(node)
	switch node.(type) {
	case *ast.NullNode:
	case *ast.AliasNode:
		return "", y.wrong(node, key+" is an alias: a value that starts with * needs quotes")
	case *ast.BoolNode:
		ok = false
	}
	if !ok && called(node) != "empty" {
		return "", y.wrong(node, fmt.Sprintf("%s is %s where a text belongs", key, called(node)))
	}
	if s = strings.TrimSpace(s); s == "" {
		return "", y.wrong(node, key+" is empty")
	}
	return s, nil
}

// called names what a node is.
func called(node ast.Node) string {
	switch node.(type) {
	case *ast.MappingNode:
		return "an object"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode:
		return "empty"
	case *ast.BoolNode:
		return "a boolean"
	case *ast.StringNode, *ast.LiteralNode:
		return "a text"
	case *ast.IntegerNode, *ast.FloatNode:
		return "a number"
	case *ast.AnchorNode, *ast.AliasNode:
		return "an anchor or an alias"
	case *ast.TagNode:
		return "a tag"
	default:
		return "something else"
	}
}

// matches reports whether a pattern matches the whole of a text: * stands for
// any run of characters, everything else for itself.
func matches(pattern, s string) bool {
	first, rest, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == s
	}
	if !strings.HasPrefix(s, first) {
		return false
	}
	s = s[len(first):]
	parts := strings.Split(rest, "*")
	last := parts[len(parts)-1]
	for _, part := range parts[:len(parts)-1] {
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return strings.HasSuffix(s, last)
}
