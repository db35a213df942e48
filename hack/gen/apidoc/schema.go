package main

import (
	"cmp"
	"slices"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

type (
	schema = apiextensionsv1.JSONSchemaProps
	rule   = apiextensionsv1.ValidationRule
)

// field is one property of an object.
type field struct {
	schema

	name     string
	required bool
}

// fields returns the properties of an object: the required ones first, then by
// name. The order of the Go type is not in the CRD.
func fieldsOf(s schema) []field {
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

// kindOf says what may be written, for people.
func kindOf(s schema) string {
	switch {
	case len(s.Enum) > 0:
		var values []string
		for _, value := range s.Enum {
			if text := strings.Trim(string(value.Raw), `"`); text != "" {
				values = append(values, "`"+text+"`")
			}
		}
		return strings.Join(values, ", ")
	case s.XIntOrString:
		return "integer or string"
	case s.Items != nil:
		return "list of " + kindOf(*s.Items.Schema)
	case s.AdditionalProperties != nil:
		return "map of " + kindOf(*s.AdditionalProperties.Schema)
	default:
		return s.Type
	}
}

// objectOf returns the object behind a field, by a list or without, if there is one.
func objectOf(s schema) (schema, bool) {
	if s.Items != nil {
		s = *s.Items.Schema
	}
	return s, len(s.Properties) > 0
}

// defaultOf is the default as it would be written; empty: none. That of an
// object says only that its fields have theirs.
func defaultOf(s schema) string {
	if s.Default == nil || string(s.Default.Raw) == "{}" {
		return ""
	}
	return "`" + string(s.Default.Raw) + "`"
}
