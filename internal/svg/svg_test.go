package svg

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestCanvasIsWellFormedAndEscapesTexts(t *testing.T) {
	c := New(100, 50, 12)
	c.Group(10, 20.25, func() {
		c.Text(1, 2, `<script>"a" & b`, Attr{"text-anchor", `end" onload="x`})
		c.Line(0, 0, 1.26, 1)
	})
	c.Path("M0 0L1 1", Fill("none"))
	picture := c.String()
	decoder, texts := xml.NewDecoder(strings.NewReader(picture)), ""
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in:\n%s", err, picture)
		}
		switch token := token.(type) {
		case xml.CharData:
			texts += string(token)
		case xml.StartElement:
			for _, a := range token.Attr {
				if a.Name.Local == "onload" {
					t.Errorf("an attribute value added an attribute:\n%s", picture)
				}
			}
		}
	}
	if got, want := strings.TrimSpace(texts), `<script>"a" & b`; got != want {
		t.Errorf("the text is %q, want %q", got, want)
	}
}

func TestNumberHasAtMostOneDecimal(t *testing.T) {
	for f, want := range map[float64]string{0: "0", 12: "12", 1.26: "1.3", -0.5: "-0.5", 99.96: "100"} {
		if got := number(f); got != want {
			t.Errorf("number(%v) is %s, want %s", f, got, want)
		}
	}
}
