package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/external-endpoints/operator/test/framework/load"
)

func TestPictureShowsHostsAndFailures(t *testing.T) {
	began := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	at := func(ms int) time.Time { return began.Add(time.Duration(ms) * time.Millisecond) }
	picture := timeline{
		began: began,
		hosts: []string{"host-1", victim},
		results: []load.Result{
			{Start: at(0), Host: "host-1"}, {Start: at(10), Host: victim}, {Start: at(20), Host: victim},
			{Start: at(300), Host: "host-1"}, {Start: at(310), Error: load.Refused},
			{Start: at(510), Host: "host-1"}, // in the last column, which is not complete
		},
		marks: []mark{{at(290), "it <dies>"}},
	}.svg("Title & more")

	colours := fills(t, picture)
	for colour, wanted := range map[string]int{
		palette[0]:   2 + 1, // a column of each quarter of a second, and the legend
		victimColour: 1 + 1,
		failedColour: 1 + 1,
	} {
		if colours[colour] != wanted {
			t.Errorf("%d rectangles of colour %s, want %d in\n%s", colours[colour], colour, wanted, picture)
		}
	}
	for _, text := range []string{"Title &amp; more", "it &lt;dies&gt;"} {
		if !strings.Contains(picture, text) {
			t.Errorf("the picture lacks %q:\n%s", text, picture)
		}
	}
}

// fills counts the rectangles of each colour, and fails when the picture is no XML.
func fills(t *testing.T, picture string) map[string]int {
	t.Helper()
	count := map[string]int{}
	for decoder := xml.NewDecoder(strings.NewReader(picture)); ; {
		token, err := decoder.Token()
		switch {
		case errors.Is(err, io.EOF):
			return count
		case err != nil:
			t.Fatalf("the picture is no XML: %v\n%s", err, picture)
		}
		element, ok := token.(xml.StartElement)
		if !ok || element.Name.Local != "rect" {
			continue
		}
		for _, attribute := range element.Attr {
			if attribute.Name.Local == "fill" {
				count[attribute.Value]++
			}
		}
	}
}
