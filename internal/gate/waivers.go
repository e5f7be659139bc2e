package gate

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/nearest"
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

// maxWaivers is how many bytes a file of waivers may have.
const maxWaivers = 4 << 20

// Mistake is something wrong in a YAML file, and where.
type Mistake struct {
	File         string
	Line, Column int
	What         string
}

// Error implements error: "waivers.yaml:3:5: what".
func (m *Mistake) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", m.File, m.Line, m.Column, m.What)
}

// ReadWaivers reads a file of waivers: YAML with one key, waivers. An error names
// the file as it is given, with line and column.
func ReadWaivers(file string, text []byte, rules []*checks.Rule) ([]Waiver, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if len(text) > maxWaivers {
		return nil, fmt.Errorf("%s: has %d bytes, and a file of waivers may have %d", file, len(text), maxWaivers)
	}
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("%s: is no text in UTF-8", file)
	}
	y := &yamlFile{name: file}
	root, err := y.parse(text)
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
// rule of each has to match one of the rules. An error is a *Mistake.
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

// parse returns the one document of a file, or nil where it has none.
func (y *yamlFile) parse(text []byte) (ast.Node, error) {
	f, err := parser.ParseBytes(text, 0)
	if e, ok := errors.AsType[yaml.Error](err); ok {
		what := e.GetMessage()
		if t := e.GetToken(); t != nil && t.Type == token.AliasType {
			what += ": a value that starts with * needs quotes"
		}
		return nil, y.at(e.GetToken(), what)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", y.name, err)
	}
	if len(f.Docs) > 1 {
		return nil, y.at(f.Docs[1].Start, "a second document begins here, and one is read")
	}
	if len(f.Docs) == 0 {
		return nil, nil
	}
	return f.Docs[0].Body, nil
}

func (y *yamlFile) at(t *token.Token, what string) error {
	m := &Mistake{File: y.name, Line: 1, Column: 1, What: what}
	if t != nil && t.Position != nil {
		m.Line, m.Column = t.Position.Line, t.Position.Column
	}
	return m
}

// wrong is an error about a node. An object stands where its first key does.
func (y *yamlFile) wrong(node ast.Node, what string) error {
	if node == nil {
		return y.at(nil, what)
	}
	if m, ok := node.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		return y.at(m.Values[0].Key.GetToken(), what)
	}
	return y.at(node.GetToken(), what)
}

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
			return nil, y.at(key, fmt.Sprintf("unknown key %q: the nearest is %s", key.Value, nearest.Word(key.Value, known)))
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

// check looks at what a waiver says.
func (y *yamlFile) check(w *Waiver, values map[string]ast.Node) error {
	if !slices.ContainsFunc(y.rules, func(r *checks.Rule) bool { return matches(w.Rule, r.ID) }) {
		ids := make([]string, len(y.rules))
		for i, r := range y.rules {
			ids[i] = r.ID
		}
		return y.wrong(values["rule"], fmt.Sprintf("rule: %q matches no rule: the nearest is %s (buttress rules lists all)", w.Rule, nearest.Word(w.Rule, ids)))
	}
	if _, err := time.Parse(time.DateOnly, w.Expires); err != nil {
		return y.wrong(values["expires"], fmt.Sprintf("expires: %q is no date such as 2027-01-31", w.Expires))
	}
	return nil
}

// text is the text of a value as it stands in the file. What looks like a number
// is text too: the id of an account has no quotes in most files.
func (y *yamlFile) text(key string, node ast.Node) (string, error) {
	var s string
	switch n := node.(type) {
	case *ast.StringNode:
		s = n.Value
	case *ast.LiteralNode:
		s = n.Value.Value
	case *ast.IntegerNode, *ast.FloatNode:
		s = n.GetToken().Value
	case *ast.NullNode:
	case *ast.AliasNode:
		return "", y.wrong(node, key+" is an alias: a value that starts with * needs quotes")
	default:
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
