package probestest

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/external-endpoints/operator/probes"
)

// httpGet is a request for 200 to 399, as the API's defaults make it.
func httpGet(change ...func(*probes.HTTP)) probes.Check {
	check := &probes.HTTP{Method: "GET", Path: "/healthz", Statuses: []probes.StatusRange{{First: 200, Last: 399}}}
	for _, apply := range change {
		apply(check)
	}
	return probes.Check{HTTP: check}
}

func contains(want string) func(*probes.HTTP) { return func(h *probes.HTTP) { h.Contains = want } }
func matches(want string) func(*probes.HTTP)  { return func(h *probes.HTTP) { h.Matches = want } }
func method(name string) func(*probes.HTTP)   { return func(h *probes.HTTP) { h.Method = name } }
func only(status int) func(*probes.HTTP) {
	return func(h *probes.HTTP) { h.Statuses = []probes.StatusRange{{First: status, Last: status}} }
}

// chatter is a piece of a head that never ends.
var chatter = strings.Repeat("X-Chatter: "+strings.Repeat("x", 80)+"\r\n", 100)

// httpCases are about statuses, heads and what is not HTTP at all.
func httpCases() []Case {
	get := httpGet()
	head := func(size int) string { // a whole answer without a body, of that many bytes
		const begin, end = "HTTP/1.1 200 OK\r\nX-Padding: ", "\r\n\r\n"
		return begin + strings.Repeat("x", size-len(begin)-len(end)) + end
	}
	return []Case{
		{Sentence: "200 is well", Server: Answers(OK("ok")), Check: get},
		{Sentence: "a real server is well", Server: HTTP(func(http.ResponseWriter, *http.Request) {}), Check: get},
		{Sentence: "an answer that comes byte by byte is well", Server: AnswersInPieces(OK("ok")), Check: get},
		{Sentence: "a status without a reason phrase is well", Server: Answers("HTTP/1.0 200\r\n\r\n"), Check: get},
		{Sentence: "lines may end with a bare line feed", Server: Answers("HTTP/1.1 200 OK\nContent-Length: 0\n\n"), Check: get},
		{Sentence: "204 is well", Server: Answers("HTTP/1.1 204 No Content\r\n\r\n"), Check: get},
		{Sentence: "404 is an unexpected status", Server: Answers(Status(404)), Check: get, Want: probes.UnexpectedStatus},
		{Sentence: "500 is an unexpected status", Server: Answers(Status(500)), Check: get, Want: probes.UnexpectedStatus},
		{Sentence: "401 is well for whoever expects it", Server: Answers(Status(401)), Check: httpGet(only(401))},
		{Sentence: "status 999 is unexpected", Server: Answers(Status(999)), Check: get, Want: probes.UnexpectedStatus},
		{Sentence: "a redirect is judged as a status", Server: Answers("HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\n\r\n"), Check: get},
		{Sentence: "a redirect is not followed", Server: Answers("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n\r\n"), Check: httpGet(only(200)), Want: probes.UnexpectedStatus},
		{Sentence: "an interim answer is passed over", Server: Answers("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK("ok")), Check: get},
		{Sentence: "switching protocols is an answer like any other", Server: Answers("HTTP/1.1 101 Switching Protocols\r\n\r\n"), Check: httpGet(only(101))},
		{Sentence: "endless interim answers are a protocol error", Server: AnswersAndPours("", "HTTP/1.1 103 Early Hints\r\n\r\n"), Check: get, Want: probes.Protocol},
		{Sentence: "a head of 16 KiB is read", Server: Answers(head(16 << 10)), Check: get},
		{Sentence: "a head of more than 16 KiB is a protocol error", Server: Answers(head(16<<10 + 1)), Check: get, Want: probes.Protocol},
		{Sentence: "endless headers are a protocol error", Server: AnswersAndPours("HTTP/1.1 200 OK\r\n", chatter), Check: get, Want: probes.Protocol},
		{Sentence: "one endless header is a protocol error", Server: AnswersAndPours("HTTP/1.1 200 OK\r\nX: ", strings.Repeat("x", 1000)), Check: get, Want: probes.Protocol},
		{Sentence: "an SSH server is a protocol error at once", Server: Says("SSH-2.0-OpenSSH_9.2\r\n"), Check: get, Want: probes.Protocol},
		{Sentence: "a TLS server is a protocol error", Server: Says("\x15\x03\x01\x00\x02\x02\x46"), Check: get, Want: probes.Protocol},
		{Sentence: "HTTP/2 is a protocol error", Server: Answers("HTTP/2 200\r\n\r\n"), Check: get, Want: probes.Protocol},
		{Sentence: "a status that is no number is a protocol error", Server: Answers("HTTP/1.1 OK 200\r\n\r\n"), Check: get, Want: probes.Protocol},
		{Sentence: "a header without a colon is a protocol error", Server: Answers("HTTP/1.1 200 OK\r\nhello\r\n\r\n"), Check: get, Want: probes.Protocol},
		{Sentence: "a closed port refuses an HTTP check", Server: Closed, Check: get, Want: probes.ConnectionRefused},
		{Sentence: "a hanging host is a timeout", Server: Silent(), Check: get, Want: probes.Timeout, Waits: true},
		{Sentence: "a head that trickles in is a timeout", Server: Trickles("HTTP/1.1 200 OK\r\n" + chatter), Check: get, Want: probes.Timeout, Waits: true},
		{Sentence: "a reset instead of an HTTP answer is a reset", Server: Resets(), Check: get, Want: probes.Reset},
		{Sentence: "hanging up instead of an HTTP answer is a reset", Server: AnswersAndHangsUp(""), Check: get, Want: probes.Reset},
		{Sentence: "hanging up amid the head is a reset", Server: AnswersAndHangsUp("HTTP/1.1 200 OK\r\nContent-Le"), Check: get, Want: probes.Reset},
	}
}

// httpBodyCases are about bodies.
func httpBodyCases() []Case {
	const endless = "HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n" // 10 GiB
	filler := strings.Repeat(".", 8<<10)
	var letters []string
	for range 8 << 10 {
		letters = append(letters, ".")
	}
	return []Case{
		{Sentence: "a body that nobody asked for is not waited for", Server: Answers(endless), Check: httpGet()},
		{Sentence: "a HEAD request waits for no body", Server: Answers("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), Check: httpGet(method("HEAD"))},
		{Sentence: "a body that contains the text is well", Server: Answers(OK("status: ok")), Check: httpGet(contains("ok"))},
		{Sentence: "a body without the text is unexpected", Server: Answers(OK("status: down")), Check: httpGet(contains("ok")), Want: probes.UnexpectedBody},
		{Sentence: "a body that comes byte by byte is well", Server: AnswersInPieces(OK("status: ok")), Check: httpGet(contains("ok"))},
		{Sentence: "an empty body is unexpected", Server: Answers(OK("")), Check: httpGet(contains("ok")), Want: probes.UnexpectedBody},
		{Sentence: "no body after 204 is unexpected", Server: Answers("HTTP/1.1 204 No Content\r\n\r\n"), Check: httpGet(contains("ok")), Want: probes.UnexpectedBody},
		{Sentence: "the status is judged before the body", Server: Answers(Status(500)), Check: httpGet(contains("ok")), Want: probes.UnexpectedStatus},
		{Sentence: "a pattern is matched against the whole body", Server: AnswersInPieces(OK("ok and more")), Check: httpGet(matches("^ok$")), Want: probes.UnexpectedBody},
		{Sentence: "a pattern that matches is well", Server: AnswersInPieces(OK("ok")), Check: httpGet(matches("^ok$"))},
		{Sentence: "text across chunks is found", Server: Answers(Chunked("sta", "tus: o", "k", "!")), Check: httpGet(contains("status: ok"))},
		{Sentence: "chunks without the text are unexpected", Server: Answers(Chunked("status", "down")), Check: httpGet(contains("ok")), Want: probes.UnexpectedBody},
		{Sentence: "chunk extensions are passed over", Server: Answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2;a=b\r\nok\r\n0\r\n\r\n"), Check: httpGet(matches("^ok$"))},
		{Sentence: "8 KiB in chunks of one byte are read", Server: Answers(Chunked(append(letters[1:], "!")...)), Check: httpGet(contains("!"))},
		{Sentence: "a chunk size that is no number is a protocol error", Server: Answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"), Check: httpGet(contains("ok")), Want: probes.Protocol},
		{Sentence: "a chunk longer than it says is a protocol error", Server: Answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n"), Check: httpGet(contains("ok")), Want: probes.Protocol},
		{Sentence: "an endless chunk size is a protocol error", Server: AnswersAndPours("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", filler), Check: httpGet(contains("ok")), Want: probes.Protocol},
		{Sentence: "a body that ends with the connection is read", Server: AnswersAndHangsUp("HTTP/1.0 200 OK\r\n\r\nok"), Check: httpGet(matches("^ok$"))},
		{Sentence: "a body shorter than it says is a reset", Server: AnswersAndHangsUp("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), Check: httpGet(contains("ok")), Want: probes.Reset},
		{Sentence: "chunks without an end are a reset", Server: AnswersAndHangsUp("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"), Check: httpGet(contains("ok")), Want: probes.Reset},
		{Sentence: "text at the end of the first 8 KiB is found", Server: Answers(OK(filler[2:] + "ok")), Check: httpGet(contains("ok"))},
		{Sentence: "text beyond the first 8 KiB does not count", Server: Answers(OK(filler[1:] + "ok")), Check: httpGet(contains("ok")), Want: probes.UnexpectedBody},
		{Sentence: "of a body of 10 GiB only the beginning is read", Server: AnswersAndPours(endless, filler), Check: httpGet(contains("ok")), Want: probes.UnexpectedBody},
		{Sentence: "of an endless body only the beginning is read", Server: AnswersAndPours("HTTP/1.1 200 OK\r\n\r\n", filler), Check: httpGet(matches("ok")), Want: probes.UnexpectedBody},
		{Sentence: "a gzip bomb does not go off", Server: Answers(bomb()), Check: httpGet(contains("ok")), Want: probes.UnexpectedBody},
		{Sentence: "a body that trickles in is a timeout", Server: AnswersAndTrickles(endless, filler), Check: httpGet(contains("ok")), Want: probes.Timeout, Waits: true},
	}
}

// bomb is an answer of some 64 KiB that unpacks to 64 MiB, which have the text that is
// looked for.
func bomb() string {
	body := GzipBomb()
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}
