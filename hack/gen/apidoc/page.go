package main

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

const header = `<!-- Made by hack/gen/apidoc from the CRD. Do not edit: make generate. -->
# API reference

%s (%s), group ` + "`%s`, version `%s`" + `. The same is in every cluster that has the CRD: ` +
	"`kubectl explain %s.spec --recursive`" + `.

Durations are whole numbers with a unit of h, m, s or ms, such as ` + "`5s`, `1m30s` or `250ms`" + `. What breaks a rule
below is refused when an object is written, with the text of the rule.
`

// write writes the page about a CRD.
func write(crd apiextensionsv1.CustomResourceDefinition) string {
	names, version := crd.Spec.Names, crd.Spec.Versions[0]
	root := version.Schema.OpenAPIV3Schema
	var page strings.Builder
	fmt.Fprintf(&page, header, names.Kind, strings.Join(names.ShortNames, ", "), crd.Spec.Group, version.Name, names.Plural)
	fmt.Fprintf(&page, "\n%s\n", prose(root.Description))
	writeRules(&page, root.XValidations)
	for _, name := range []string{"spec", "status"} {
		for _, s := range sectionsOf(name, root.Properties[name]) {
			s.write(&page)
		}
	}
	return page.String()
}

// section is about one object.
type section struct {
	path   string
	object schema
	// sections are the paths of the sections about the objects in it, by field.
	sections map[string]string
}

// sectionsOf returns the sections about an object and all in it, level by level.
// An object that is the same as one before is not described again.
func sectionsOf(path string, object schema) []section {
	sections := []section{{path: path, object: object, sections: map[string]string{}}}
	for i := 0; i < len(sections); i++ {
		for _, f := range fieldsOf(sections[i].object) {
			inner, nested := objectOf(f.schema)
			if !nested {
				continue
			}
			at := slices.IndexFunc(sections, func(s section) bool {
				return reflect.DeepEqual(s.object.Properties, inner.Properties)
			})
			if at < 0 {
				at = len(sections)
				inner.XValidations = append(slices.Clone(listRules(f)), inner.XValidations...)
				sections = append(sections, section{path: join(sections[i].path, f), object: inner, sections: map[string]string{}})
			}
			sections[i].sections[f.name] = sections[at].path
		}
	}
	return sections
}

// listRules are those of a list as a whole.
func listRules(f field) []rule {
	if f.Items == nil {
		return nil
	}
	return f.XValidations
}

func (s section) write(page *strings.Builder) {
	fmt.Fprintf(page, "\n## %s\n", s.path)
	if s.object.Description != "" {
		fmt.Fprintf(page, "\n%s\n", prose(s.object.Description))
	}
	fmt.Fprint(page, "\n| field | type | default | |\n|---|---|---|---|\n")
	rules := []rule(slices.Clone(s.object.XValidations))
	for _, f := range fieldsOf(s.object) {
		value := defaultOf(f.schema)
		if f.required {
			value = "required"
		}
		kind := kindOf(f.schema)
		if path, nested := s.sections[f.name]; nested {
			kind = fmt.Sprintf("[%s](#%s)", kind, anchor(path))
		} else {
			rules = append(rules, rulesOfValue(f)...)
		}
		fmt.Fprintf(page, "| `%s` | %s | %s | %s |\n", f.name, cell(kind), cell(value), cell(prose(f.Description)))
	}
	writeRules(page, rules)
}

// rulesOfValue are the rules of a field that is no object, or of what it lists.
func rulesOfValue(f field) []rule {
	all := []rule(slices.Clone(f.XValidations))
	if f.Items != nil {
		all = append(all, f.Items.Schema.XValidations...)
	}
	for i := range all {
		all[i].FieldPath = f.name
	}
	return all
}

// writeRules lists what the API server says when a rule is broken.
func writeRules(page *strings.Builder, rules []rule) {
	if len(rules) == 0 {
		return
	}
	fmt.Fprint(page, "\nThe API server refuses what breaks one of these:\n\n")
	for _, r := range rules {
		message := escape(r.Message)
		if field := strings.TrimPrefix(r.FieldPath, "."); field != "" {
			message = "`" + field + "`: " + message
		}
		fmt.Fprintf(page, "- %s\n", message)
	}
}

// join is the path of a field, with [] behind a list.
func join(path string, f field) string {
	path += "." + f.name
	if f.Items != nil {
		path += "[]"
	}
	return path
}

// anchor is the link that a heading gets.
func anchor(heading string) string {
	return strings.NewReplacer(".", "", "[]", "").Replace(strings.ToLower(heading))
}

// prose keeps paragraphs and joins the lines of each.
func prose(text string) string {
	paragraphs := strings.Split(text, "\n\n")
	for i, p := range paragraphs {
		paragraphs[i] = escape(strings.Join(strings.Fields(p), " "))
	}
	return strings.Join(paragraphs, "\n\n")
}

// escape escapes what Markdown would interpret.
func escape(text string) string {
	return strings.NewReplacer("<", "&lt;", "*", `\*`, "_", `\_`).Replace(text)
}

// cell fits a text into a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n\n", "<br><br>").Replace(text)
}
