package plot

import (
	"fmt"
	"math"
	"strings"

	"github.com/external-endpoints/operator/internal/svg"
)

// curves draws lines, or areas on top of each other, with their axis and names.
func (p Picture) curves(c *svg.Canvas, panel Panel) {
	stacked := panel.Kind == Stacked
	lines := panel.Lines
	var below [][]float64
	if stacked {
		lines, below = stack(lines)
	}
	most := roundUp(highest(lines))
	y := func(value float64) float64 { return top + diagramHeight*(1-value/most) }
	for _, share := range []float64{0, .5, 1} {
		at := y(share * most)
		c.Line(left, at, left+diagramWidth, at, svg.Stroke("#e4e4e4"))
		c.Text(left-6, at+4, label(share*most, panel.Unit), svg.End, small, svg.Fill(grey))
	}
	for i, line := range lines {
		colour := colours[i%len(colours)]
		var path strings.Builder
		pen := "M"
		for n, value := range line.Values {
			if math.IsNaN(value) {
				pen = "M"
				continue
			}
			fmt.Fprintf(&path, "%s%.1f %.1f", pen, p.x(line.Times[n]), y(value))
			pen = "L"
		}
		if stacked {
			for n := len(line.Values) - 1; n >= 0; n-- {
				fmt.Fprintf(&path, "L%.1f %.1f", p.x(line.Times[n]), y(below[i][n]))
			}
			c.Path(path.String()+"Z", svg.Fill(colour), svg.Attr{Name: "fill-opacity", Value: 0.6}, svg.Stroke(colour))
			continue
		}
		c.Path(path.String(), svg.Fill("none"), svg.Stroke(colour), svg.Attr{Name: "stroke-width", Value: 2})
	}
	names(c, panel.Lines)
}

// names are the lines' names in their colours, in as many lines as they need.
func names(c *svg.Canvas, lines []Line) {
	const lineHeight, letter = 14, 6.4
	x, y := float64(left), float64(top+diagramHeight+32)
	for i, line := range lines {
		width := 20 + letter*float64(len(line.Name))
		if x > left && x+width > panelWidth {
			x, y = left, y+lineHeight
		}
		c.Rect(x, y-9, 10, 10, svg.Fill(colours[i%len(colours)]))
		c.Text(x+14, y, line.Name, small)
		x += width + 8
	}
}

// stack adds every line to those before it. They must have the same times; below is
// where each begins.
func stack(lines []Line) (stacked []Line, below [][]float64) {
	if len(lines) == 0 {
		return nil, nil
	}
	base := make([]float64, len(lines[0].Values))
	for _, line := range lines {
		sum := make([]float64, len(base))
		for n := range base {
			sum[n] = base[n] + line.Values[n]
		}
		stacked, below = append(stacked, Line{line.Name, line.Times, sum}), append(below, base)
		base = sum
	}
	return stacked, below
}

func highest(lines []Line) float64 {
	most := 0.0
	for _, line := range lines {
		for _, value := range line.Values {
			if !math.IsNaN(value) {
				most = max(most, value)
			}
		}
	}
	return most
}

// bars draws a row for each line.
func (p Picture) bars(c *svg.Canvas, panel Panel) {
	height := float64(diagramHeight) / float64(max(1, len(panel.Lines)))
	for i, line := range panel.Lines {
		y := top + height*float64(i)
		c.Text(left-6, y+height/2+4, line.Name, svg.End, small)
		for n, value := range line.Values {
			if math.IsNaN(value) {
				continue
			}
			colour, end := bad, line.Times[n].Add(p.Step)
			if value > 0 {
				colour = good
			}
			if end.After(p.To) {
				end = p.To
			}
			start := p.x(line.Times[n])
			c.Rect(start, y+height*.15, p.x(end)-start+.3, height*.7, svg.Fill(colour), svg.Attr{Name: "fill-opacity", Value: 0.8})
		}
	}
}
