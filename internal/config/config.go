// Package config reads buttress.yaml: keys and values with the line and column
// where they stand, so that every mistake can be shown to its author. It does not
// know which keys there are.
package config

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"

	"github.com/buttress/buttress/internal/yamlfile"
)

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

	key ast.Node
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
	return yamlfile.Wrong(f.Name, s.key, s.Path()+": "+fmt.Sprintf(format, args...))
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
	root, err := yamlfile.Parse(name, text)
	if err != nil || root == nil {
		return f, err
	}
	pairs, ok := mapping(root)
	if !ok {
		return nil, yamlfile.Wrong(name, root, "is no mapping of keys to values")
	}
	for _, pair := range pairs {
		if err := f.add("", pair); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *File) add(section string, pair *ast.MappingValueNode) error {
	s := Setting{Section: section, Key: pair.Key.GetToken().Value, Node: pair.Value, key: pair.Key}
	if inner, ok := mapping(pair.Value); ok {
		return f.addSection(&s, inner)
	}
	list, ok := pair.Value.(*ast.SequenceNode)
	if !ok {
		list = &ast.SequenceNode{Values: []ast.Node{pair.Value}}
	}
	s.List = ok
	for _, entry := range list.Values {
		if word, ok := yamlfile.Word(entry); ok {
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
			if _, ok := yamlfile.Word(entry); !ok {
				return nil, yamlfile.Wrong(f.Name, entry, s.Path()+": is no word")
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
