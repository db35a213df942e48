package main

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/external-endpoints/operator/internal/svg"
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
	ink, grey    = "#222", "#555"
)

// svg draws the timeline: for each quarter of a second one column of requests, by
// the host that answered, with those that failed on top.
func (t timeline) svg(title string) string {
	columns := t.lines(pictureBucket)
	if len(columns) > 1 {
		columns = columns[:len(columns)-1] // in which the client stopped: half a column looks like half the traffic
	}
	layers := t.layers()
	c := svg.New(pictureWidth, pictureHeight, 13)
	c.Text(plotLeft, 28, title, svg.FontSize(17), svg.Fill(ink))

	scale := newScale(columns)
	for i, column := range columns {
		height := 0
		for _, l := range layers {
			n := l.count(column)
			if n > 0 {
				c.Rect(scale.x(i), scale.y(height+n), scale.width()-1, scale.y(height)-scale.y(height+n), svg.Fill(l.colour))
			}
			height += n
		}
	}
	scale.axes(c)
	t.drawMarks(c, scale)
	drawLegend(c, layers)
	return c.String()
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

func (s scale) axes(c *svg.Canvas) {
	c.Line(plotLeft, plotBottom, plotRight, plotBottom, svg.Stroke("#888"))
	perSecond := int(time.Second / pictureBucket)
	for i := 0; i <= s.columns; i += perSecond {
		c.Text(s.x(i), plotBottom+markRow, fmt.Sprintf("%d s", i/perSecond), svg.Middle, svg.Fill(grey))
	}
	c.Text(plotLeft-6, plotTop+5, strconv.Itoa(s.highest*perSecond), svg.End, svg.Fill(grey))
	c.Text(plotLeft-6, plotTop+5+markRow, "req/s", svg.End, svg.Fill(grey))
}

// drawMarks writes what happened over the plot, in two rows by turns, for two things
// that happen within a second would not fit into one.
func (t timeline) drawMarks(c *svg.Canvas, s scale) {
	const rows = 2
	for i, m := range t.marks {
		x, row := s.at(m.at.Sub(t.began)), float64(plotTop-14-(rows-1-i%rows)*markRow)
		c.Line(x, row+4, x, plotBottom, svg.Stroke(ink), svg.Dashed)
		c.Text(x-2, row, m.text, svg.Fill(ink))
	}
}

func drawLegend(c *svg.Canvas, layers []layer) {
	const step, box, y = 110, 12, plotBottom + 46
	for i, l := range layers {
		x := float64(plotLeft + i*step)
		c.Rect(x, y-box+1, box, box, svg.Fill(l.colour))
		c.Text(x+box+6, y, l.name, svg.Fill(ink))
	}
}
