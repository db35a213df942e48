package plot

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/internal/svg"
)

func TestPictureIsXMLWithAllNames(t *testing.T) {
	from := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	times := []time.Time{from, from.Add(time.Second), from.Add(2 * time.Second)}
	lines := []Line{{"<up>", times, []float64{1, math.NaN(), 2}}, {"down", times, []float64{0, 1, 1}}}
	var b strings.Builder
	err := Draw(&b, Picture{Title: "A & B", From: from, To: times[2], Step: time.Second, Marks: []Mark{{times[1], "it dies"}}, Panels: []Panel{
		{"Lines of it", "s", Lines, lines}, {"Areas of it", "ops", Stacked, lines[1:]}, {"Rows of it", "", Bars, lines}, {Title: "Nothing"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for decoder := xml.NewDecoder(strings.NewReader(b.String())); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if data, isText := token.(xml.CharData); isText {
			text.Write(data)
		}
	}
	for _, want := range []string{"A & B", "it dies", "Lines of it", "Areas of it", "Rows of it", "Nothing", "<up>", "down", "2 s", "1 /s"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the picture lacks %q", want)
		}
	}
	if strings.Contains(b.String(), "NaN") {
		t.Error("a gap is drawn as NaN")
	}
}

func TestPictureAxesEndAtRoundNumbers(t *testing.T) {
	for value, want := range map[float64]float64{0: 1, .0007: .0008, .9: 1, 1: 1, 3.2: 4, 61: 80, 99: 100, 1000: 1000} {
		if got := roundUp(value); math.Abs(got-want) > 1e-9 {
			t.Errorf("%v is rounded up to %v, want %v", value, got, want)
		}
	}
}

func TestPictureAreasAreStacked(t *testing.T) {
	stacked, below := stack([]Line{{Name: "a", Values: []float64{1, 2}}, {Name: "b", Values: []float64{3, 0}}})
	if diff := cmp.Diff([][]float64{{0, 0}, {1, 2}}, below); diff != "" {
		t.Errorf("below (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]float64{4, 2}, stacked[1].Values); diff != "" {
		t.Errorf("the last (-want +got):\n%s", diff)
	}
}

func TestPictureRowEndsWithLastValue(t *testing.T) {
	from := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	c := svg.New(1, 1, 12)
	p := Picture{From: from, To: from.Add(10 * time.Second), Step: time.Second}
	p.bars(c, Panel{Lines: []Line{{"gone", []time.Time{from, from.Add(4 * time.Second)}, []float64{1, 1}}}})
	for n, want := range []string{`x="116"`, `x="320"`} {
		bar := strings.Split(c.String(), "<rect ")[n+2] // the first is the background
		if !strings.Contains(bar, want) || !strings.Contains(bar, `width="51.3"`) {
			t.Errorf("bar %d is %s, want one second's width from %s", n, bar, want)
		}
	}
}
