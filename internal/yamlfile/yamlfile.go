// Package yamlfile parses the YAML files that people write, so that every
// mistake can be shown with the line and column where it stands.
package yamlfile

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

const (
	maxSize  = 4 << 20 // bytes
	maxDepth = 100     // of brackets: the time of the parser grows with the square
)

// Mistake is something wrong in a file, and where.
type Mistake struct {
	File         string // as the user named it
	Line, Column int    // from one
	What         string
}

// Error implements error: "waivers.yaml:3:5: what".
func (m *Mistake) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", m.File, m.Line, m.Column, m.What)
}

// Parse returns the one document of a file, or nil where it has none or says
// null. What is no YAML is a *Mistake.
func Parse(file string, text []byte) (ast.Node, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	switch {
	case len(text) > maxSize:
		return nil, fmt.Errorf("%s: is larger than %d bytes", file, maxSize)
	case !utf8.Valid(text):
		return nil, fmt.Errorf("%s: is no text in UTF-8", file)
	case deep(text):
		return nil, fmt.Errorf("%s: is nested deeper than %d", file, maxDepth)
	}
	f, err := parser.ParseBytes(text, 0)
	if e, ok := errors.AsType[yaml.Error](err); ok {
		what := e.GetMessage()
		if t := e.GetToken(); t != nil && t.Type == token.AliasType {
			what += ": a value that starts with * needs quotes"
		}
		return nil, At(file, e.GetToken(), what)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(f.Docs) > 1 {
		return nil, At(file, f.Docs[1].Start, "a second document begins here, and one is all there may be")
	}
	if len(f.Docs) == 0 || f.Docs[0].Body == nil || f.Docs[0].Body.Type() == ast.NullType {
		return nil, nil
	}
	return f.Docs[0].Body, nil
}

// deep reports whether more brackets, or dashes of lists in lists, are open at
// once than anybody nests. Those in strings count too: a hundred that are not
// closed are no less odd there.
func deep(text []byte) bool {
	open, dashes := 0, 0
	for _, c := range text {
		switch c {
		case '[', '{':
			open++
		case ']', '}':
			open = max(0, open-1)
		case '-', '?', ':':
			dashes++
		case ' ', '\t':
			continue
		default:
			dashes = 0
		}
		if open > maxDepth || dashes > maxDepth {
			return true
		}
	}
	return false
}

// At is a mistake where a token stands, or at the beginning for none.
func At(file string, t *token.Token, what string) error {
	m := &Mistake{File: file, Line: 1, Column: 1, What: what}
	if t != nil && t.Position != nil {
		m.Line, m.Column = t.Position.Line, t.Position.Column
	}
	return m
}

// Wrong is a mistake in a node. An object stands where its first key does.
func Wrong(file string, node ast.Node, what string) error {
	if node == nil {
		return At(file, nil, what)
	}
	if m, ok := node.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		return At(file, m.Values[0].Key.GetToken(), what)
	}
	return At(file, node.GetToken(), what)
}

// Word returns the text of a value that is no list, no object and not null, as
// it stands in the file: what looks like a number or a boolean is text too.
func Word(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.StringNode:
		return n.Value, true
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode:
		return n.GetToken().Value, true
	default:
		return "", false
	}
}
