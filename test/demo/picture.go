package main

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"time"
)

// The picture's measures, in its own units.
const (
	pictureWidth, pictureHeight = 900, 400
	plotLeft, plotRight         = 60, 880
	plotTop, plotBottom         = 110, 330
	markRow                     = 18 // between the lines of text over the plot
)

// pictureBucket is the width of one column.
const pictureBucket = 250 * time.Millisecond

// palette are the colours of hosts that live, in turn; those of the host that dies
// and of failures are their own.
var palette = []string{"#2f6fab", "#6aa5d8", "#a9cbe8"}

const (
	victimColour = "#e0a030"
	failedColour = "#c0392b"
)

// svg draws the timeline: for each quarter of a second one column of requests, by
// the host that answered, with those that failed on top.
func (t timeline) svg(title string) string {
	columns := t.lines(pictureBucket)
	if len(columns) > 1 {
		columns = columns[:len(columns)-1] // in which the client stopped: half a column looks like half the traffic
	}
	layers := t.layers()
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">`+"\n",
		pictureWidth, pictureHeight)
	fmt.Fprintf(&out, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", pictureWidth, pictureHeight)
	fmt.Fprintf(&out, `<text x="%d" y="28" font-size="17" fill="#222">%s</text>`+"\n", plotLeft, html.EscapeString(title))

	scale := newScale(columns)
	for i, column := range columns {
		height := 0
		for _, l := range layers {
			n := l.count(column)
			if n > 0 {
				fmt.Fprintf(&out, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n",
					scale.x(i), scale.y(height+n), scale.width()-1, scale.y(height)-scale.y(height+n), l.colour)
			}
			height += n
		}
	}
	scale.axes(&out)
	t.drawMarks(&out, scale)
	drawLegend(&out, layers)
	out.WriteString("</svg>\n")
	return out.String()
}

// layer is one colour of the columns.
type layer struct {
	name, colour string
	count        func(line) int
}

// layers come from below: the hosts that live, the one that dies, the failures. So
// it is seen how the failures take the place of the dead host, and the others then
// that of the failures.
func (t timeline) layers() []layer {
	var layers []layer
	of := func(host string) func(line) int { return func(l line) int { return l.byHost[host] } }
	for _, host := range t.hosts {
		if host != victim {
			layers = append(layers, layer{host, palette[len(layers)%len(palette)], of(host)})
		}
	}
	if slices.Contains(t.hosts, victim) {
		layers = append(layers, layer{victim, victimColour, of(victim)})
	}
	return append(layers, layer{"failed", failedColour, func(l line) int { return l.failed }})
}

// scale is where things are in the plot.
type scale struct{ columns, highest int }

func newScale(columns []line) scale {
	s := scale{columns: len(columns), highest: 1}
	for _, column := range columns {
		sum := column.failed
		for _, n := range column.byHost {
			sum += n
		}
		s.highest = max(s.highest, sum)
	}
	return s
}

func (s scale) width() float64 { return float64(plotRight-plotLeft) / float64(max(1, s.columns)) }

func (s scale) x(column int) float64 { return plotLeft + float64(column)*s.width() }

// at is the place of a moment since the beginning.
func (s scale) at(since time.Duration) float64 {
	return plotLeft + since.Seconds()/pictureBucket.Seconds()*s.width()
}

func (s scale) y(requests int) float64 {
	return plotBottom - float64(requests)/float64(s.highest)*(plotBottom-plotTop)
}

func (s scale) axes(out *strings.Builder) {
	fmt.Fprintf(out, `<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="#888"/>`+"\n", plotLeft, plotBottom, plotRight, plotBottom)
	perSecond := int(time.Second / pictureBucket)
	for i := 0; i <= s.columns; i += perSecond {
		fmt.Fprintf(out, `<text x="%.1f" y="%d" text-anchor="middle" fill="#555">%d s</text>`+"\n", s.x(i), plotBottom+markRow, i/perSecond)
	}
	fmt.Fprintf(out, `<text x="%d" y="%d" text-anchor="end" fill="#555">%d</text>`+"\n", plotLeft-6, plotTop+5, s.highest*perSecond)
	fmt.Fprintf(out, `<text x="%d" y="%d" text-anchor="end" fill="#555">req/s</text>`+"\n", plotLeft-6, plotTop+5+markRow)
}

// drawMarks writes what happened over the plot, in two rows by turns, for two things
// that happen within a second would not fit into one.
func (t timeline) drawMarks(out *strings.Builder, s scale) {
	const rows = 2
	for i, m := range t.marks {
		x, row := s.at(m.at.Sub(t.began)), plotTop-14-(rows-1-i%rows)*markRow
		fmt.Fprintf(out, `<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#222" stroke-dasharray="3 3"/>`+"\n", x, row+4, x, plotBottom)
		fmt.Fprintf(out, `<text x="%.1f" y="%d" fill="#222">%s</text>`+"\n", x-2, row, html.EscapeString(m.text))
	}
}

func drawLegend(out *strings.Builder, layers []layer) {
	const step, box, y = 110, 12, plotBottom + 46
	for i, l := range layers {
		x := plotLeft + i*step
		fmt.Fprintf(out, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/>`+"\n", x, y-box+1, box, box, l.colour)
		fmt.Fprintf(out, `<text x="%d" y="%d" fill="#222">%s</text>`+"\n", x+box+6, y, html.EscapeString(l.name))
	}
}
