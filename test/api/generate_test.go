package api_test

import (
	"fmt"
	"strings"
)

// letters returns a word of so many letters.
func letters(count int) string { return strings.Repeat("a", count) }

// list writes so many items as a list in YAML.
func list(count int, item func(i int) string) string {
	items := make([]string, count)
	for i := range items {
		items[i] = item(i)
	}

	return "[" + strings.Join(items, ", ") + "]"
}

// hostList writes hosts with addresses as long as they get.
func hostList(count int) string {
	return list(count, func(i int) string {
		return fmt.Sprintf(`{address: "2001:db8:aaaa:bbbb:cccc:dddd:eeee:%x"}`, 0x1000+i)
	})
}

// portList writes ports with a name and one more field that is a port number.
func portList(count int, field string) string {
	return list(count, func(i int) string { return fmt.Sprintf(`{name: p%d, %s: %d}`, i, field, 1000+i) })
}

func headerList(count int) string {
	return list(count, func(i int) string { return fmt.Sprintf(`{name: X-%d, value: "1"}`, i) })
}

func statusList(count int) string {
	return list(count, func(i int) string { return fmt.Sprintf(`"%d"`, 200+i) })
}

// entries writes a map of so many labels or annotations.
func entries(count int) string {
	items := make([]string, count)
	for i := range items {
		items[i] = fmt.Sprintf("key-%d: value", i)
	}

	return "{" + strings.Join(items, ", ") + "}"
}
