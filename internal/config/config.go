// Package config reads buttress.yaml: keys and values with the line and column
// where they stand, so that every mistake can be shown to its author. It does not
// know which keys there are.
package config

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxSize bounds a configuration file, in bytes.
const maxSize = 1 << 20

// File is a configuration file.
type File struct {
	// Name is the file as the user named it.
	Name string
	// Settings are in the order of the file.
	Settings []Setting
}

// Setting is one key with its value.
type Setting struct {
	// Section is the key above it, the name of a command; empty at the top.
	Section string
	Key     string
	// Values are the words of a list, or the one word of a value that is no list.
	Values []string
	// List says that the value is written as a list.
	List bool
	// Node is the value as it is written.
	Node ast.Node

	line, column int
}

// Path names the setting: "fail-on", "diff.format".
func (s *Setting) Path() string {
	if s.Section == "" {
		return s.Key
	}
	return s.Section + "." + s.Key
}

// Wrong is the error of a setting, with its place.
func (f *File) Wrong(s *Setting, format string, args ...any) error {
	return fmt.Errorf("%s:%d:%d: %s: %s", f.Name, s.line, s.column, s.Path(), fmt.Sprintf(format, args...))
}

// Lookup finds a setting.
func (f *File) Lookup(section, key string) (*Setting, bool) {
	for i := range f.Settings {
		if s := &f.Settings[i]; s.Section == section && s.Key == key {
			return s, true
		}
	}
	return nil, false
}

// Parse reads the text of a file. Errors have the form FILE:LINE:COLUMN: what.
func Parse(name string, text []byte) (*File, error) {
	f := &File{Name: name}
	if len(text) > maxSize {
		return nil, fmt.Errorf("%s: is larger than %d bytes", name, maxSize)
	}
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, f.syntax(err)
	}
	if len(tree.Docs) > 1 {
		return nil, f.at(tree.Docs[1].Body, "a second document begins here, and one is all there may be")
	}
	if len(tree.Docs) == 0 || tree.Docs[0].Body == nil || tree.Docs[0].Body.Type() == ast.NullType {
		return f, nil
	}
	pairs, ok := mapping(tree.Docs[0].Body)
	if !ok {
		return nil, f.at(tree.Docs[0].Body, "is no mapping of keys to values")
	}
	for _, pair := range pairs {
		if err := f.add("", pair); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *File) add(section string, pair *ast.MappingValueNode) error {
	s := Setting{Section: section, Key: pair.Key.GetToken().Value, Node: pair.Value}
	s.line, s.column = position(pair.Key)
	if inner, ok := mapping(pair.Value); ok {
		return f.addSection(&s, inner)
	}
	list, ok := pair.Value.(*ast.SequenceNode)
	if !ok {
		list = &ast.SequenceNode{Values: []ast.Node{pair.Value}}
	}
	s.List = ok
	for _, entry := range list.Values {
		if word, ok := word(entry); ok {
			s.Values = append(s.Values, word)
		}
	}
	if !s.List && len(s.Values) == 0 {
		return f.Wrong(&s, "has no value")
	}
	f.Settings = append(f.Settings, s)
	return nil
}

func (f *File) addSection(s *Setting, pairs []*ast.MappingValueNode) error {
	if s.Section != "" {
		return f.Wrong(s, "is a mapping, where a value or a list belongs")
	}
	for _, pair := range pairs {
		if err := f.add(s.Key, pair); err != nil {
			return err
		}
	}
	return nil
}

// Words returns the values of a setting that must be a word or a list of words.
func (f *File) Words(s *Setting) ([]string, error) {
	if list, ok := s.Node.(*ast.SequenceNode); ok {
		for _, entry := range list.Values {
			if _, ok := word(entry); !ok {
				return nil, f.at(entry, s.Path()+": is no word")
			}
		}
	}
	if len(s.Values) == 0 {
		return nil, f.Wrong(s, "is an empty list; leave the key out instead")
	}
	return s.Values, nil
}

// mapping returns the pairs of a mapping.
func mapping(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	default:
		return nil, false
	}
}

// word returns the text of a scalar that is not null. A number or a truth value
// is taken as it is written.
func word(n ast.Node) (string, bool) {
	switch n := n.(type) {
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

func position(n ast.Node) (line, column int) {
	p := n.GetToken().Position
	return p.Line, p.Column
}

func (f *File) at(n ast.Node, what string) error {
	if n == nil {
		return fmt.Errorf("%s: %s", f.Name, what)
	}
	line, column := position(n)
	return fmt.Errorf("%s:%d:%d: %s", f.Name, line, column, what)
}

// syntax puts an error of the parser into the form of the others.
func (f *File) syntax(err error) error {
	e, ok := errors.AsType[yaml.Error](err)
	if !ok || e.GetToken() == nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	p := e.GetToken().Position
	return fmt.Errorf("%s:%d:%d: %s", f.Name, p.Line, p.Column, e.GetMessage())
}
