// Package svg writes the few elements of SVG that plots need. Texts and attribute values are
// escaped, so that a name from outside cannot add markup to a page.
package svg

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// Attr is an attribute of an element.
type Attr struct {
	Name  string
	Value any
}

// Attributes that most plots need.
var (
	Bold   = Attr{"font-weight", "bold"}
	End    = Attr{"text-anchor", "end"}
	Middle = Attr{"text-anchor", "middle"}
	Dashed = Attr{"stroke-dasharray", "3 3"}
)

// Fill is the colour of an area or a text.
func Fill(colour string) Attr { return Attr{"fill", colour} }

// Stroke is the colour of a line.
func Stroke(colour string) Attr { return Attr{"stroke", colour} }

// FontSize is the size of a text.
func FontSize(size int) Attr { return Attr{"font-size", size} }

// Canvas is a picture that is being drawn. Coordinates are in its own units.
type Canvas struct{ text strings.Builder }

// New is an empty white canvas.
func New(width, height int, fontSize int) *Canvas {
	c := &Canvas{}
	c.open("svg", Attr{"xmlns", "http://www.w3.org/2000/svg"}, Attr{"viewBox", fmt.Sprintf("0 0 %d %d", width, height)},
		Attr{"font-family", "sans-serif"}, Attr{"font-size", fontSize})
	c.Rect(0, 0, float64(width), float64(height), Fill("#ffffff"))
	return c
}

// Rect draws a rectangle.
func (c *Canvas) Rect(x, y, width, height float64, attrs ...Attr) {
	c.element("rect", append([]Attr{{"x", x}, {"y", y}, {"width", width}, {"height", height}}, attrs...))
}

// Line draws a straight line.
func (c *Canvas) Line(x1, y1, x2, y2 float64, attrs ...Attr) {
	c.element("line", append([]Attr{{"x1", x1}, {"y1", y1}, {"x2", x2}, {"y2", y2}}, attrs...))
}

// Path draws a path in SVG's own notation.
func (c *Canvas) Path(d string, attrs ...Attr) {
	c.element("path", append([]Attr{{"d", d}}, attrs...))
}

// Text writes a text; x is its left end unless text-anchor says otherwise.
func (c *Canvas) Text(x, y float64, text string, attrs ...Attr) {
	c.start("text", append([]Attr{{"x", x}, {"y", y}}, attrs...))
	c.text.WriteByte('>')
	c.escape(text)
	c.text.WriteString("</text>\n")
}

// Group draws with the origin moved to a place.
func (c *Canvas) Group(x, y float64, draw func()) {
	c.open("g", Attr{"transform", fmt.Sprintf("translate(%s %s)", number(x), number(y))})
	draw()
	c.text.WriteString("</g>\n")
}

// String is the whole picture.
func (c *Canvas) String() string { return c.text.String() + "</svg>\n" }

func (c *Canvas) open(name string, attrs ...Attr) {
	c.start(name, attrs)
	c.text.WriteString(">\n")
}

func (c *Canvas) element(name string, attrs []Attr) {
	c.start(name, attrs)
	c.text.WriteString("/>\n")
}

func (c *Canvas) start(name string, attrs []Attr) {
	c.text.WriteString("<" + name)
	for _, a := range attrs {
		c.text.WriteString(" " + a.Name + `="`)
		if f, ok := a.Value.(float64); ok {
			c.text.WriteString(number(f))
		} else {
			c.escape(fmt.Sprint(a.Value))
		}
		c.text.WriteByte('"')
	}
}

func (c *Canvas) escape(text string) {
	_ = xml.EscapeText(&c.text, []byte(text)) // a strings.Builder returns no error
}

// number has at most one decimal: a tenth of a pixel is not seen, and pages stay small.
func number(f float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", f), ".0") }
