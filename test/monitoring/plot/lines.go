package plot

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// curves draws lines, or areas on top of each other, with their axis and names.
func (p Picture) curves(b *strings.Builder, panel Panel) {
	stacked := panel.Kind == Stacked
	lines := panel.Lines
	var below [][]float64
	if stacked {
		lines, below = stack(lines)
	}
	most := roundUp(highest(lines))
	y := func(value float64) float64 { return top + diagramHeight*(1-value/most) }
	for _, share := range []float64{0, .5, 1} {
		fmt.Fprintf(b, `<path d="M%d %.1fh%d" stroke="#e4e4e4"/><text x="%d" y="%.1f" text-anchor="end" fill="#666" font-size="11">%s</text>`+"\n",
			left, y(share*most), diagramWidth, left-6, y(share*most)+4, label(share*most, panel.Unit))
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
			fmt.Fprintf(b, `<path d="%sZ" fill="%s" fill-opacity="0.6" stroke="%s"/>`+"\n", path.String(), colour, colour)
			continue
		}
		fmt.Fprintf(b, `<path d="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", path.String(), colour)
	}
	names(b, panel.Lines)
}

// names are the lines' names in their colours, in as many lines as they need.
func names(b *strings.Builder, lines []Line) {
	const lineHeight, letter = 14, 6.4
	x, y := float64(left), top+diagramHeight+32
	for i, line := range lines {
		width := 20 + letter*float64(len(line.Name))
		if x > left && x+width > panelWidth {
			x, y = left, y+lineHeight
		}
		fmt.Fprintf(b, `<rect x="%.1f" y="%d" width="10" height="10" fill="%s"/><text x="%.1f" y="%d" font-size="11">%s</text>`+"\n",
			x, y-9, colours[i%len(colours)], x+14, y, html.EscapeString(line.Name))
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
func (p Picture) bars(b *strings.Builder, panel Panel) {
	height := float64(diagramHeight) / float64(max(1, len(panel.Lines)))
	for i, line := range panel.Lines {
		y := top + height*float64(i)
		fmt.Fprintf(b, `<text x="%d" y="%.1f" text-anchor="end" font-size="11">%s</text>`+"\n", left-6, y+height/2+4, html.EscapeString(line.Name))
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
			fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s" fill-opacity="0.8"/>`+"\n",
				p.x(line.Times[n]), y+height*.15, p.x(end)-p.x(line.Times[n])+.3, height*.7, colour)
		}
	}
}
