package probes

import (
	"regexp/syntax"
	"strings"
	"testing"
	"time"
)

// written returns the text over and over, up to a length in bytes.
func written(text string, length int) string { return strings.Repeat(text, length/len(text)) }

func TestNewPatternBoundsTheSize(t *testing.T) {
	for _, text := range []string{
		"ok", "^ok$", `(?m)^250 `, `(?i)"status"\s*:\s*"(ok|up|green)"`, `.{0,100}ok.{0,20}`, `([0-9]{1,3}\.){3}[0-9]{1,3}`,
		written("healthy|", 240) + "x",
		strings.Repeat("x", 256), `\pL{0,80}`, "x{0,120}y", "x{200,}",
	} {
		if _, err := NewPattern("matches", text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{
		"x{0,1000}", "x{0,129}", "x{257}", "x{300,}", "(x{20}){20}", "((x{10}){10}){10}", "(ab){130}", `\pL{0,90}`,
		written("x{0,1000}", 250) + "y",
		strings.Repeat("()", 100), strings.Repeat("x", 257), "(?:" + strings.Repeat("x", 240) + "){1000}",
	} {
		began := time.Now()
		if _, err := NewPattern("matches", text); err == nil || !strings.HasPrefix(err.Error(), "matches must be ") {
			t.Errorf("%q: %v", text, err)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("%q: refused after %s", text, took)
		}
	}
}

// FuzzPatternSize holds the size to the program that package regexp makes: one that is
// larger than its size would be admitted, and could take longer than maxPattern says.
func FuzzPatternSize(f *testing.F) {
	for _, text := range []string{
		"", "x", "xyz", "(?i)kelvin", "x*", "x+?", "x?", "(x)", "(?:)", "()", "()*", "(x|)", "|", "a|b|cd|ce", "x{3}", "x{0}", "x{0,0}",
		"x{2,}", "x{0,}", "x{1,}", "x{2,5}", "(x{2}){3}", "(?:x*)*", "(x*)+", "(?:x{0,3}|y){2}", `\pL{2}`, `[\pL\pN]`, `\b\B^$\A\z`, "(?m)^$",
		"(?s).", "[^a]", "[^\\x00-\\x{10FFFF}]", "[^\\x00-\\x{10FFFF}]{3}",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 64 {
			return
		}
		parsed, err := syntax.Parse(text, syntax.Perl)
		if err != nil {
			return
		}
		size := patternSize(parsed)
		if size > 10_000 {
			return
		}
		program, err := syntax.Compile(parsed.Simplify())
		if err != nil {
			t.Fatalf("%q parses and does not compile: %v", text, err)
		}
		const fail, match = 1, 1
		if made := len(program.Inst) - fail - match; made > size {
			t.Errorf("%q makes %d instructions, and its size is %d", text, made, size)
		}
	})
}

// worstPatterns are, of those that are admitted, the largest of each kind.
func worstPatterns() map[string][2]string {
	return map[string][2]string{ // pattern and text
		"counted":        {"x{0,126}y", "x"},
		"a letter":       {`\pL{0,84}1`, "x"},
		"optional":       {strings.Repeat("x?", 127) + "y", "x"},
		"nested stars":   {strings.Repeat("(?:x*)*", 36) + "y", "x"},
		"groups":         {strings.Repeat("(x|)", 36) + "y", "x"},
		"ignoring case":  {"(?i)k{0,126}y", "K"},
		"words":          {strings.Repeat(`\b?x?`, 51) + "y", "x"},
		"other scripts":  {`\pL{0,84}1`, "é"},
		"searched class": {`[\pL\pN\pP\pS\pZ]{0,84}\x00`, "z"},
	}
}

// BenchmarkWorstPatterns is where maxPattern comes from: 8 KiB, of which every byte is
// looked at by every instruction.
func BenchmarkWorstPatterns(b *testing.B) {
	for name, worst := range worstPatterns() {
		b.Run(name, func(b *testing.B) {
			p, err := NewPattern("matches", worst[0])
			if err != nil {
				b.Fatal(err)
			}
			body := []byte(written(worst[1], MaxResponse))
			for b.Loop() {
				if p.expression.Match(body) {
					b.Fatal("it matches")
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*p.size*len(body)), "ns/instruction/byte")
		})
	}
}

// A pattern that is near the bound and matches nothing is what the benchmark measures.
func TestWorstPatternsAreNearTheBoundAndMatchNothing(t *testing.T) {
	for name, worst := range worstPatterns() {
		p, err := NewPattern("matches", worst[0])
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if p.size < maxPattern*2/3 {
			t.Errorf("%s: a size of %d is not near the bound", name, p.size)
		}
		if p.expression.MatchString(written(worst[1], MaxResponse)) {
			t.Errorf("%s: it matches", name)
		}
	}
}
