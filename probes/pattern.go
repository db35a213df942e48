package probes

import (
	"regexp"
	"regexp/syntax"
	"unicode/utf8"
)

// maxPattern bounds the size of a pattern, in instructions of the program that package regexp
// compiles. The latency of a match is linear in text and program: at worst every instruction
// reads every byte.
//
// On one 2.x GHz core the worst patterns take 10 to 21 ns per instruction and byte. A class of
// more than four ranges, such as \pL, is searched and takes 22 to 34 ns, so it counts twice.
// The worst admitted pattern takes 256 x 8,192 x 21 ns = 44 ms for the 8 KiB of a body.
// Patterns of 256 characters without counted repetitions hardly ever exceed the bound.
const maxPattern = 256

// maxPatternText bounds the text of a pattern in characters, as the API server does. It also
// bounds the time and the allocations of parsing, which comes before maxPattern applies.
const maxPatternText = 256

// quickMatch bounds the cost of a quick match: size of the pattern times length of the text.
// Up to this bound package regexp keeps one bit for each pair, and a match takes at most 5 ms.
const quickMatch = 256 << 10

// Pattern is a regular expression with a bounded matching cost.
type Pattern struct {
	expression *regexp.Regexp
	size       int
}

// NewPattern returns the pattern of a field of the API.
func NewPattern(field, text string) (*Pattern, error) {
	if utf8.RuneCountInString(text) > maxPatternText {
		return nil, Invalid(field, "at most 256 characters")
	}
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, Invalid(field, "an RE2 regular expression")
	}
	// The size is checked before the compilation: counted repetitions in a short text can
	// compile to three million instructions.
	size := patternSize(parsed)
	if size > maxPattern {
		return nil, Invalid(field, "a smaller RE2 regular expression: of at most 256 instructions,"+
			" where what is repeated by count, as in x{0,50}, counts as often as it is repeated")
	}
	expression, err := regexp.Compile(text)
	if err != nil {
		return nil, Invalid(field, "an RE2 regular expression")
	}
	return &Pattern{expression, size}, nil
}

// quick reports whether the match with text takes at most 5 ms.
func (p *Pattern) quick(text []byte) bool { return p.size*(len(text)+1) <= quickMatch }

// patternSize returns an upper bound of the instructions of re, without the two that begin and
// end every program. A searched class counts twice.
func patternSize(re *syntax.Regexp) int {
	size := 0
	for _, sub := range re.Sub {
		// The sum does not overflow: maxPatternText bounds the number of parts, and
		// syntax.Parse the product of nested repetition counts, to 1,000.
		size += patternSize(sub)
	}
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune)
	case syntax.OpCharClass:
		const searched = 2 * 4 // a class has two runes for each range
		if len(re.Rune) > searched {
			return 2
		}
		return 1
	case syntax.OpCapture, syntax.OpStar:
		return size + 2
	case syntax.OpPlus, syntax.OpQuest:
		return size + 1
	case syntax.OpRepeat:
		return repeatedSize(size, re.Min, re.Max)
	case syntax.OpConcat:
		return max(size, 1)
	case syntax.OpAlternate:
		return size + len(re.Sub)
	default: // one instruction, or none
		return 1
	}
}

// repeatedSize returns the size of x{least,most}, where x has that size; most is -1 for
// x{least,}. Package regexp unrolls it: x{2,4} becomes xx(x(x)?)?.
func repeatedSize(size, least, most int) int {
	if most < 0 {
		return max(least, 1)*size + 2
	}
	return max(most*size+most-least, 1)
}
