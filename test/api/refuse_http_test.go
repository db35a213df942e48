package api_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

func refuseHTTP(t *testing.T, api *server) {
	const (
		http   = "spec.healthCheck.http"
		path   = http + ".path"
		status = "must be a status such as 200 or a rising range such as 200-399, within 100 to 599"
		ascii  = "must hold printable ASCII only"
		name   = "must be a lower-case DNS name or an IP address, with a port or without"
	)

	api.refuse(t, []refusal{
		{name: "an unknown scheme", path: http + ".scheme", value: "https", says: "Unsupported value"},
		{name: "a method that changes things", path: http + ".method", value: "POST", says: "Unsupported value"},

		{name: "a path without a leading slash", path: path, value: "healthz", says: "must start with a slash"},
		{name: "an empty path", path: path, value: `""`, says: "must start with a slash"},
		{name: "a whole URL", path: path, value: "http://203.0.113.10/", says: "must start with a slash"},
		{name: "a path with a space", path: path, value: "/is it", says: ascii},
		{name: "a path with a line break", path: path, value: `"/\r\nX-Evil: 1"`, says: ascii},
		{name: "a path that ends in a line break", path: path, value: `"/healthz\n"`, says: ascii},
		{name: "a path with letters beyond ASCII", path: path, value: "/größe", says: ascii},
		{name: "a path with a fragment", path: path, value: `"/healthz#top"`, says: ascii},
		{name: "a path with a lone percent sign", path: path, value: "/100%", says: ascii},
		{name: "a path of 1025 characters", path: path, value: "/" + letters(1024), says: "may not be more than 1024"},

		{name: "a host in upper case", path: http + ".host", value: "DB.example.com", says: name},
		{name: "a host with a colon and no port", path: http + ".host", value: `"db.example.com:"`, says: name},
		{name: "a host with a named port", path: http + ".host", value: `"db.example.com:http"`, says: name},
		{name: "a host with two ports", path: http + ".host", value: `"db.example.com:80:81"`, says: name},
		{name: "a host with port 0", path: http + ".host", value: `"db.example.com:0"`, says: name},
		{name: "a host with port 65536", path: http + ".host", value: `"db.example.com:65536"`, says: "must have a port from 1 to 65535, or none"},
		{name: "a port without a host", path: http + ".host", value: `":8080"`, says: name},
		{name: "an IPv6 host in brackets without a port", path: http + ".host", value: `"[2001:db8::1]"`, says: name},
		{name: "an IPv6 host with port 65536", path: http + ".host", value: `"[2001:db8::1]:65536"`, says: "must have a port from 1 to 65535, or none"},
		{name: "brackets around what is no IPv6 address", path: http + ".host", value: `"[2001:db8]:80"`, says: name},
		{name: "an authority of gRPC in upper case", path: "spec.healthCheck.grpc.authority", value: "API.example.com", says: name},
		{name: "an authority of gRPC with a line break", path: "spec.healthCheck.grpc.authority", value: `"api.example.com\n"`, says: name},
		{name: "a host with a line break", path: http + ".host", value: `"db.example.com\r\nX-Evil: 1"`, says: name},
		{name: "a host of 254 characters", path: http + ".host", value: letters(260), says: "may not be more than 259"},
		{name: "a host with a name of 254 characters", path: http + ".host", value: letters(254), says: name},

		{name: "no status", path: http + ".expectedStatuses", value: "[]", says: "should have at least 1 items"},
		{name: "17 statuses", path: http + ".expectedStatuses", value: statusList(17), says: "must have at most 16 items"},
		{name: "status 99", path: http + ".expectedStatuses", value: `["99"]`, field: http + ".expectedStatuses[0]", says: status},
		{name: "status 600", path: http + ".expectedStatuses", value: `["200", "600"]`, field: http + ".expectedStatuses[1]", says: status},
		{name: "a falling range", path: http + ".expectedStatuses", value: `["399-200"]`, field: http + ".expectedStatuses[0]", says: status},
		{name: "a range of one", path: http + ".expectedStatuses", value: `["200-200"]`, field: http + ".expectedStatuses[0]", says: status},
		{name: "a range beyond 599", path: http + ".expectedStatuses", value: `["500-600"]`, field: http + ".expectedStatuses[0]", says: status},
		{name: "a range without an end", path: http + ".expectedStatuses", value: `["200-"]`, field: http + ".expectedStatuses[0]", says: status},
		{name: "a class of statuses", path: http + ".expectedStatuses", value: `["2xx"]`, field: http + ".expectedStatuses[0]", says: status},
		{name: "two statuses in one", path: http + ".expectedStatuses", value: `["200,204"]`, field: http + ".expectedStatuses[0]", says: status},
		{name: "a status that is a number", path: http + ".expectedStatuses", value: "[200]", field: http + ".expectedStatuses[0]", says: "must be of type string"},

		{name: "both body matchers", path: http + ".expectedBody", value: `{contains: ok, matches: ok}`, says: "must set exactly one of contains and matches"},
		{name: "no body matcher", path: http + ".expectedBody", value: "{}", says: "must set exactly one of contains and matches"},
		{name: "an empty text in the body", path: http + ".expectedBody.contains", value: `""`, says: "should be at least 1 chars long"},
		{name: "a text of 1025 characters in the body", path: http + ".expectedBody.contains", value: letters(1025), says: "may not be more than 1024"},
		{name: "an empty regular expression", path: http + ".expectedBody.matches", value: `""`, says: "should be at least 1 chars long"},
		{name: "a broken regular expression", path: http + ".expectedBody.matches", value: `"([a-z"`, says: "must be an RE2 regular expression"},
		{name: "a regular expression that is not RE2", path: http + ".expectedBody.matches", value: `"(?=ok)"`, says: "must be an RE2 regular expression"},

		{
			name: "a body expected of HEAD", path: http, value: `{method: HEAD, expectedBody: {contains: ok}}`, field: http + ".expectedBody",
			says: "must not be set with method HEAD",
		},
		{name: "TLS settings without HTTPS", path: http + ".tls", value: "{}", says: "tls must not be set unless scheme is HTTPS"},
	})
}

// refusePatterns: what takes kube-apiserver long to compile is refused before it is compiled.
func refusePatterns(t *testing.T, api *server) {
	const (
		matches    = "spec.healthCheck.http.expectedBody.matches"
		count      = "must repeat by count at most 99 times"
		ignoreCase = "must not ignore case"
	)

	wide := "[B-\U0001e942]" // 125,000 characters, each of which is folded

	cases := []struct{ name, pattern, says string }{
		{"257 characters", letters(257), "may not be more than 256"},
		{"a count of 100", "x{100}", count},
		{"a count up to 1000", "x{0,1000}y", count},
		{"a count of at least 1000", "x{1000,}", count},
		{"a count of 1000 many times", strings.Repeat("x{0,1000}", 28), count},
		{"a group repeated 10 times", "(ab){10}", count},
		{"a group repeated up to 10 times", "(ab){0,10}", count},
		{"a group of counts of 10", "(a{10}b){2}", count},
		{"two groups by count", "(ab){2}(cd){2}", count},
		{"a group in a group by count", "((ab){9}){9}", count},
		{"groups by count in several lines", "((ab){9}\n){9}", count},
		{"a wide range that ignores case", "(?i)" + wide, ignoreCase},
		{"many wide ranges that ignore case", "(?s-i:x)(?mi:" + strings.Repeat(wide, 48) + ")", ignoreCase},
		{"a wide range by number that ignores case", `(?i)[B-\x{1e942}]`, ignoreCase},
		{"a wide range over two lines that ignores case", "(?i)\n" + wide, ignoreCase},
		{"a count and no regular expression", "(x{1000}", count},
	}

	refusals := make([]refusal, 0, len(cases))
	for _, bad := range cases {
		refusals = append(refusals, refusal{name: bad.name, path: matches, value: strconv.Quote(bad.pattern), says: bad.says})
	}

	api.refuse(t, refusals)
}

// boundPatterns: an object with as many patterns as there may be, each as slow to compile as
// any that is admitted, is answered soon. Of those that were admitted once, 17 took 4 s.
func boundPatterns(t *testing.T, api *server) {
	const most = 2 * time.Second

	for name, pattern := range map[string]string{
		"counts":            strings.Repeat("x{0,99}", 36),
		"counts of classes": strings.Repeat(`[\pL\pN]{0,99}`, 17),
		"a group of counts": "(" + strings.Repeat("x{0,9}", 40) + "){9}",
		"classes":           "(?i)" + strings.Repeat(`[\pL\pN]`, 28),
		"counts too large":  strings.Repeat("x{0,1000}", 28),
		"ranges":            "(?i)" + strings.Repeat("[B-\U0001e942]", 50),
	} {
		check := `{http: {expectedBody: {matches: ` + strconv.Quote(pattern) + `}}}`
		object := with(t, "spec", `{ports: `+list(16, func(i int) string {
			return fmt.Sprintf(`{name: p%d, port: %d, healthCheck: %s}`, i, 1+i, check)
		})+`, healthCheck: `+check+`}`)

		began := time.Now()
		err := api.dryCreate(t.Context(), object)
		took := time.Since(began)
		t.Logf("%s: %s, refused: %t", name, took, err != nil)
		if took > most {
			t.Errorf("%s: answered after %s", name, took)
		}
	}
}

func refuseHTTPHeaders(t *testing.T, api *server) {
	const (
		headers = "spec.healthCheck.http.headers"
		token   = "must be a header name"
		denied  = "must not be Host, Content-Length, Connection or Transfer-Encoding"
		control = "must hold no line breaks or other control characters"
	)

	cases := []struct{ name, value, field, says string }{
		{"the Host header", `[{name: Host, value: a}]`, "[0].name", denied},
		{"the Host header in lower case", `[{name: host, value: a}]`, "[0].name", denied},
		{"the Content-Length header", `[{name: Content-length, value: "1"}]`, "[0].name", denied},
		{"the Connection header", `[{name: CONNECTION, value: close}]`, "[0].name", denied},
		{"the Transfer-Encoding header", `[{name: transfer-Encoding, value: chunked}]`, "[0].name", denied},
		{"a header name with a space", `[{name: X Probe, value: "1"}]`, "[0].name", token},
		{"a header name with a colon", `[{name: "X-Probe:", value: "1"}]`, "[0].name", token},
		{"a header name with a line break", `[{name: "X-Probe\r\nX-Evil", value: "1"}]`, "[0].name", token},
		{"a header name beyond ASCII", `[{name: X-Größe, value: "1"}]`, "[0].name", token},
		{"an empty header name", `[{name: "", value: "1"}]`, "[0].name", "should be at least 1 chars long"},
		{"a header without a name", `[{value: "1"}]`, "[0].name", "Required value"},
		{"a header name of 129 characters", `[{name: ` + letters(129) + `}]`, "[0].name", "may not be more than 128"},
		{"a header value with a line break", `[{name: X-Probe, value: "1\r\nX-Evil: 2"}]`, "[0].value", control},
		{"a header value that ends in a line feed", `[{name: X-Probe, value: "1\n"}]`, "[0].value", control},
		{"a header value with a zero byte", `[{name: X-Probe, value: "1\0"}]`, "[0].value", control},
		{"a header value of 1025 characters", `[{name: X-Probe, value: ` + letters(1025) + `}]`, "[0].value", "may not be more than 1024"},
		{"the same header twice", `[{name: X-Probe, value: "1"}, {name: X-Probe, value: "2"}]`, "[1]", "Duplicate value"},
		{"the same header in upper and lower case", `[{name: X-Probe, value: "1"}, {name: x-probe, value: "2"}]`, "", "must not name a header twice"},
		{"17 headers", headerList(17), "", "must have at most 16 items"},
	}

	refusals := make([]refusal, 0, len(cases))
	for _, bad := range cases {
		refusals = append(refusals, refusal{name: bad.name, path: headers, value: bad.value, field: headers + bad.field, says: bad.says})
	}

	api.refuse(t, refusals)
}
