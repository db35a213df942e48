package probes

import (
	"regexp"
	"regexp/syntax"
	"unicode/utf8"
)

// maxPattern is the size of the largest pattern that is matched, in instructions of the
// program that package regexp compiles. Its time is linear in the text and in the program:
// at worst every instruction looks at every byte. Measured on one 2.x GHz core, the worst
// pattern of each kind took 10 to 21 ns per instruction and byte, and a class of more than
// four ranges, such as \pL, 22 to 34 ns, for it is searched; such a class counts twice. The
// worst admitted pattern thus takes 256 x 8,192 x 21 ns = 44 ms for the 8 KiB that are
// read of a body, and hardly any pattern of 256 characters without counts is too large.
const maxPattern = 256

// maxPatternText is the longest text of a pattern in characters, as the API server has it.
// Parsing takes time and memory before there is a size to bound.
const maxPatternText = 256

// quickMatch is how much a match may cost, as size of the pattern times length of the text,
// to count as quick: up to here package regexp keeps one bit for each pair, and a match
// takes 5 ms at worst.
const quickMatch = 256 << 10

// Pattern is a regular expression whose cost is bounded.
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
	// The size is judged before anything is compiled: counted repetitions can make three
	// million instructions of a short text.
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

// quick reports whether matching the text takes little time.
func (p *Pattern) quick(text []byte) bool { return p.size*(len(text)+1) <= quickMatch }

// patternSize returns how many instructions the program of re has at most, beside the two
// that begin and end every program. A class that is searched counts twice.
func patternSize(re *syntax.Regexp) int {
	size := 0
	for _, sub := range re.Sub {
		// No sum of the parts overflows: maxPatternText bounds how many there are, and
		// syntax.Parse the product of all counts of nested repetitions, to 1,000.
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
// x{least,}. It is compiled as x written out: x{2,4} is xx(x(x)?)?.
func repeatedSize(size, least, most int) int {
	if most < 0 {
		return max(least, 1)*size + 2
	}
	return max(most*size+most-least, 1)
}
