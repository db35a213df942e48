package text

import (
	"fmt"
	"strings"
)

// MaxNamed is how many hosts a message names; a longer list is not read.
const MaxNamed = 3

// ShortList names the first texts and counts the rest.
func ShortList(texts []string) string {
	if len(texts) <= MaxNamed {
		return strings.Join(texts, ", ")
	}
	return fmt.Sprintf("%s, and %d more", strings.Join(texts[:MaxNamed], ", "), len(texts)-MaxNamed)
}

// OneLine is an error in one line, where errors.Join makes a line for each.
func OneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// Clip shortens a text that others wrote: an event takes 1024 bytes in all.
func Clip(text string) string {
	const most = 900
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + " ..."
}
