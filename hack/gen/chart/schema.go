package main

import (
	"encoding/json"
	"fmt"
	"maps"

	"go.yaml.in/yaml/v3"
)

// writeSchema writes the JSON schema that Helm holds values against. It is closed:
// a mistyped name fails, and the failure names it.
func writeSchema(path string, values []value) error {
	schema, err := group(values)
	if err != nil {
		return err
	}
	// Helm gives a chart within another chart the values that all charts share.
	schema["properties"].(map[string]any)["global"] = map[string]any{"type": "object", "description": "Shared by all charts."}
	schema["$schema"] = "https://json-schema.org/draft-07/schema#"
	encoded, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the schema: %w", err)
	}
	return write(path, append(encoded, '\n'))
}

func group(values []value) (map[string]any, error) {
	properties := map[string]any{}
	for i := range values {
		schema, err := values[i].schemaOf()
		if err != nil {
			return nil, err
		}
		properties[values[i].key()] = schema
	}
	return map[string]any{"type": "object", "additionalProperties": false, "properties": properties}, nil
}

func (v *value) schemaOf() (map[string]any, error) {
	if v.children != nil {
		return group(v.children)
	}
	schema := map[string]any{"description": v.doc}
	switch kind := jsonType(v.node); kind {
	case "array":
		schema["type"] = kind
		if v.schema["items"] == nil {
			return nil, fmt.Errorf("%s: its comment must say %s{\"items\": ...}", v.name, schemaMark)
		}
	case "object":
		schema["type"], schema["additionalProperties"] = kind, false
		if v.schema["properties"] == nil && v.schema["additionalProperties"] == nil && v.schema["patternProperties"] == nil {
			return nil, fmt.Errorf("%s: its comment must say %s{\"properties\": ...} or what else a map may hold", v.name, schemaMark)
		}
	case "null":
		if v.schema["type"] == nil {
			return nil, fmt.Errorf("%s: its comment must say %s{\"type\": ...}", v.name, schemaMark)
		}
	default:
		schema["type"] = kind
	}
	maps.Copy(schema, v.schema)
	return schema, nil
}

// jsonType is the JSON schema's word for the type of a default.
func jsonType(node *yaml.Node) string {
	if node.Kind == yaml.SequenceNode {
		return "array"
	}
	if node.Kind == yaml.MappingNode {
		return "object"
	}
	switch node.Tag {
	case "!!bool":
		return "boolean"
	case "!!int":
		return "integer"
	case "!!float":
		return "number"
	case "!!null":
		return "null"
	default:
		return "string"
	}
}
