package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"
)

// schemaMark begins the last line of a comment that says more than the default
// does about a value's type.
const schemaMark = "@schema "

// value is one value of the chart with its comment.
type value struct {
	name string
	// doc is the comment in one line; empty for a group of values.
	doc string
	// schema overrides what the default says.
	schema map[string]any
	node   *yaml.Node
	// children are those of a group, in the order of the file.
	children []value
}

// readValues reads the commented values of a chart. Every value must say what it is.
func readValues(path string) ([]value, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the values: %w", err)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(content, &document); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	values, err := valuesOf(document.Content[0], "")
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return values, nil
}

func valuesOf(mapping *yaml.Node, prefix string) ([]value, error) {
	var values []value
	for i := 0; i < len(mapping.Content); i += 2 {
		key, node := mapping.Content[i], mapping.Content[i+1]
		v := value{name: prefix + key.Value, node: node}
		if err := v.readComment(key.HeadComment); err != nil {
			return nil, err
		}
		// A map with a comment is one value, one without is a group.
		isMap := node.Kind == yaml.MappingNode
		switch {
		case v.doc == "" && isMap && len(node.Content) > 0:
			children, err := valuesOf(node, v.name+".")
			if err != nil {
				return nil, err
			}
			v.children = children
		case v.doc == "":
			return nil, fmt.Errorf("%s has no comment", v.name)
		}
		values = append(values, v)
	}
	return values, nil
}

func (v *value) readComment(comment string) error {
	var words []string
	for line := range strings.Lines(comment) {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "#"))
		schema, isSchema := strings.CutPrefix(line, schemaMark)
		switch {
		case isSchema:
			if err := json.Unmarshal([]byte(schema), &v.schema); err != nil {
				return fmt.Errorf("%s: what follows %smust be JSON: %w", v.name, schemaMark, err)
			}
		case line != "":
			words = append(words, line)
		}
	}
	v.doc = strings.Join(words, " ")
	return nil
}

// key is the last part of the name.
func (v *value) key() string { return v.name[strings.LastIndex(v.name, ".")+1:] }
