// Package plot draws what Prometheus answers, as an SVG of panels side by side.
package plot

import (
	"fmt"
	"html"
	"io"
	"math"
	"strings"
	"time"
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

const good, bad = "#56a64b", "#d62728"

// Draw writes the picture as SVG.
func Draw(out io.Writer, p Picture) error {
	rows := (len(p.Panels) + 1) / 2
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" fill="#222">`+"\n",
		2*panelWidth, head+rows*panelHeight)
	b.WriteString(`<rect width="100%" height="100%" fill="#fff"/>` + "\n")
	fmt.Fprintf(&b, `<text x="16" y="26" font-size="18" font-weight="bold">%s</text>`+"\n", html.EscapeString(p.Title))
	b.WriteString(`<text x="16" y="50">`)
	for i, m := range p.Marks {
		fmt.Fprintf(&b, `<tspan font-weight="bold" fill="#b00020">%d</tspan> %s  &#160; `, i+1, html.EscapeString(m.Text))
	}
	b.WriteString("</text>\n")
	for i, panel := range p.Panels {
		fmt.Fprintf(&b, `<g transform="translate(%d %d)">`+"\n", i%2*panelWidth, head+i/2*panelHeight)
		p.frame(&b, panel)
		if panel.Kind == Bars {
			p.bars(&b, panel)
		} else {
			p.curves(&b, panel)
		}
		p.marks(&b)
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(out, b.String())
	return err
}

// x is where a time is.
func (p Picture) x(t time.Time) float64 {
	return left + diagramWidth*t.Sub(p.From).Seconds()/p.To.Sub(p.From).Seconds()
}

// frame is a panel's title, border and axis of time.
func (p Picture) frame(b *strings.Builder, panel Panel) {
	fmt.Fprintf(b, `<text x="%d" y="18" font-size="14" font-weight="bold">%s</text>`+"\n", left, html.EscapeString(panel.Title))
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" fill="none" stroke="#bbb"/>`+"\n", left, top, diagramWidth, diagramHeight)
	whole := p.To.Sub(p.From)
	for at := time.Duration(0); at <= whole; at += 10 * time.Second {
		fmt.Fprintf(b, `<text x="%.1f" y="%d" text-anchor="middle" fill="#666" font-size="11">%g s</text>`+"\n",
			p.x(p.From.Add(at)), top+diagramHeight+15, at.Seconds())
	}
}

func (p Picture) marks(b *strings.Builder) {
	for i, m := range p.Marks {
		x := p.x(m.Time)
		fmt.Fprintf(b, `<path d="M%.1f %dV%d" stroke="#b00020" stroke-dasharray="3 3"/><text x="%.1f" y="%d" text-anchor="middle" `+
			`font-size="11" font-weight="bold" fill="#b00020">%d</text>`+"\n", x, top, top+diagramHeight, x, top-3, i+1)
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
