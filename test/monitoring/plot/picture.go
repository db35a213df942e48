// Package plot draws what Prometheus answers, as an SVG of panels side by side.
package plot

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/external-endpoints/operator/internal/svg"
)

// Picture is panels over one stretch of time, two side by side.
type Picture struct {
	Title    string
	From, To time.Time
	// Step is how far apart values are.
	Step time.Duration
	// Marks are moments that every panel shows, in the order of time.
	Marks  []Mark
	Panels []Panel
}

// Mark is a moment at which something happened.
type Mark struct {
	Time time.Time
	Text string
}

// Kind is how a panel shows its lines.
type Kind int

const (
	// Lines: as they are.
	Lines Kind = iota
	// Stacked: on top of each other.
	Stacked
	// Bars: a row for each, green where it is more than zero, else red.
	Bars
)

// Panel is one diagram.
type Panel struct {
	Title string
	// Unit is as in Grafana: s for seconds, ops for a rate, anything else for a number.
	Unit  string
	Kind  Kind
	Lines []Line
}

// Line is a named series of values. NaN is a gap, and so is a time without a value.
type Line struct {
	Name   string
	Times  []time.Time
	Values []float64
}

// Sizes in pixels: a panel, the diagram in it, and the head of the picture.
const (
	panelWidth, panelHeight = 640, 262
	left, right             = 116, 14
	top, bottom             = 38, 74
	head                    = 64
	diagramWidth            = panelWidth - left - right
	diagramHeight           = panelHeight - top - bottom
)

// colours are distinct in print and for most eyes.
var colours = []string{"#1f77b4", "#d62728", "#2ca02c", "#ff7f0e", "#9467bd", "#8c564b", "#17becf", "#7f7f7f"}

const (
	good, bad  = "#56a64b", "#d62728"
	grey       = "#666"
	markColour = "#b00020"
)

// small is the size of texts at an axis.
var small = svg.FontSize(11)

// Draw writes the picture as SVG.
func Draw(out io.Writer, p Picture) error {
	rows := (len(p.Panels) + 1) / 2
	c := svg.New(2*panelWidth, head+rows*panelHeight, 12)
	c.Text(16, 26, p.Title, svg.FontSize(18), svg.Bold)
	var marks []string
	for i, m := range p.Marks {
		marks = append(marks, fmt.Sprintf("(%d) %s", i+1, m.Text))
	}
	c.Text(16, 50, strings.Join(marks, ", "), svg.Fill(markColour))
	for i, panel := range p.Panels {
		c.Group(float64(i%2*panelWidth), float64(head+i/2*panelHeight), func() {
			p.frame(c, panel)
			if panel.Kind == Bars {
				p.bars(c, panel)
			} else {
				p.curves(c, panel)
			}
			p.marks(c)
		})
	}
	_, err := io.WriteString(out, c.String())
	return err
}

// x is where a time is.
func (p Picture) x(t time.Time) float64 {
	return left + diagramWidth*t.Sub(p.From).Seconds()/p.To.Sub(p.From).Seconds()
}

// frame is a panel's title, border and axis of time.
func (p Picture) frame(c *svg.Canvas, panel Panel) {
	c.Text(left, 18, panel.Title, svg.FontSize(14), svg.Bold)
	c.Rect(left, top, diagramWidth, diagramHeight, svg.Fill("none"), svg.Stroke("#bbb"))
	whole := p.To.Sub(p.From)
	for at := time.Duration(0); at <= whole; at += 10 * time.Second {
		c.Text(p.x(p.From.Add(at)), top+diagramHeight+15, fmt.Sprintf("%g s", at.Seconds()), svg.Middle, small, svg.Fill(grey))
	}
}

func (p Picture) marks(c *svg.Canvas) {
	for i, m := range p.Marks {
		x := p.x(m.Time)
		c.Line(x, top, x, top+diagramHeight, svg.Stroke(markColour), svg.Dashed)
		c.Text(x, top-3, strconv.Itoa(i+1), svg.Middle, small, svg.Bold, svg.Fill(markColour))
	}
}

// label is a value of the axis with its unit.
func label(value float64, unit string) string {
	switch {
	case unit == "s" && value != 0 && value < 1:
		return fmt.Sprintf("%.3g ms", value*1000)
	case unit == "s":
		return fmt.Sprintf("%.3g s", value)
	case unit == "ops":
		return fmt.Sprintf("%.3g /s", value)
	default:
		return fmt.Sprintf("%.3g", value)
	}
}

// roundUp is the next of 1, 2, 3, 4, 5, 6, 8 times a power of ten, so that half of it can be read.
func roundUp(value float64) float64 {
	if value <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(value)))
	for _, step := range []float64{1, 2, 3, 4, 5, 6, 8, 10} {
		if value <= step*power*(1+1e-9) {
			return step * power
		}
	}
	return 10 * power
}
