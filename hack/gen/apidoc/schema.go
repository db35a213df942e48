package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// definition is as much of a CRD as the page needs.
type definition struct {
	Spec struct {
		Group string `json:"group"`
		Names struct {
			Kind       string   `json:"kind"`
			Plural     string   `json:"plural"`
			ShortNames []string `json:"shortNames"`
		} `json:"names"`
		Versions []struct {
			Name   string `json:"name"`
			Schema struct {
				OpenAPI schema `json:"openAPIV3Schema"`
			} `json:"schema"`
		} `json:"versions"`
	} `json:"spec"`
}

// schema is as much of an OpenAPI schema as the page needs.
type schema struct {
	Type        string            `json:"type"`
	Description string            `json:"description"`
	Properties  map[string]schema `json:"properties"`
	Required    []string          `json:"required"`
	Default     json.RawMessage   `json:"default"`
	Enum        []any             `json:"enum"`
	Items       *schema           `json:"items"`
	Values      *schema           `json:"additionalProperties"`
	IntOrString bool              `json:"x-kubernetes-int-or-string"`
	Rules       []rule            `json:"x-kubernetes-validations"`
}

// rule is what the API server holds an object to.
type rule struct {
	FieldPath string `json:"fieldPath"`
	Message   string `json:"message"`
}

// field is one property of an object.
type field struct {
	schema

	name     string
	required bool
}

// fields returns the properties of an object: the required ones first, then by
// name. The order of the Go type is not in the CRD.
func (s schema) fields() []field {
	fields := make([]field, 0, len(s.Properties))
	for name, property := range s.Properties {
		fields = append(fields, field{schema: property, name: name, required: slices.Contains(s.Required, name)})
	}
	slices.SortFunc(fields, func(a, b field) int {
		return cmp.Or(compareBool(b.required, a.required), cmp.Compare(a.name, b.name))
	})
	return fields
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

// kind says what may be written, for people.
func (s schema) kind() string {
	switch {
	case len(s.Enum) > 0:
		var values []string
		for _, value := range s.Enum {
			if value != "" {
				values = append(values, fmt.Sprintf("`%v`", value))
			}
		}
		return strings.Join(values, ", ")
	case s.IntOrString:
		return "integer or string"
	case s.Items != nil:
		return "list of " + s.Items.kind()
	case s.Values != nil:
		return "map of " + s.Values.kind()
	default:
		return s.Type
	}
}

// object returns the object behind a field, by a list or without, if there is one.
func (s schema) object() (schema, bool) {
	if s.Items != nil {
		s = *s.Items
	}
	return s, len(s.Properties) > 0
}

// defaultValue is the default as it would be written; empty: none. That of an
// object says only that its fields have theirs.
func (s schema) defaultValue() string {
	text := string(s.Default)
	if text == "" || text == "{}" {
		return ""
	}
	return "`" + text + "`"
}
