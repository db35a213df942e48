package probestest

import "github.com/external-endpoints/operator/probes"

// httpFramingCases are about headers that say where the body ends. Where only the status is
// looked at they do not matter: devices and old frameworks send what few clients understand.
// Where the body is looked at, what is not understood is a protocol error: what was read
// might not be what other clients read.
func httpFramingCases() []Case {
	const ok = "HTTP/1.1 200 OK\r\n"
	cases := []Case{
		{Sentence: "identity is read to the end", Server: AnswersAndHangsUp(ok + "Transfer-Encoding: identity\r\n\r\nok"), Check: httpGet(matches("^ok$"))},
		{Sentence: "identity with a length is read to the length", Server: Answers(ok + "Transfer-Encoding: Identity\r\nContent-Length: 2\r\n\r\nok"),
			Check: httpGet(matches("^ok$"))},
		{Sentence: "identity beside chunked is read in chunks", Server: Answers(ok + "Transfer-Encoding: identity, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
			Check: httpGet(matches("^ok$"))},
		{Sentence: "chunks beside a length are read in chunks", Server: Answers(ok + "Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
			Check: httpGet(matches("^ok$"))},
		{Sentence: "a length that is given twice is one length", Server: Answers(ok + "Content-Length: 2, 2\r\nContent-Length: 2\r\n\r\nok"),
			Check: httpGet(matches("^ok$"))},
		{Sentence: "a HEAD answer's headers say nothing of a body", Server: Answers(ok + "Content-Length: -1\r\n\r\n"), Check: httpGet(method("HEAD"))},
		{Sentence: "no body after 204 is unexpected, whatever its headers say", Server: Answers("HTTP/1.1 204 No Content\r\nTransfer-Encoding: gzip\r\n\r\n"),
			Check: httpGet(contains("ok")), Want: probes.UnexpectedBody},
		{Sentence: "the status is judged before headers that are not understood", Server: Answers("HTTP/1.1 500 No\r\nContent-Length: -1\r\n\r\n"),
			Check: httpGet(contains("ok")), Want: probes.UnexpectedStatus},
	}
	for sentence, headers := range map[string]string{
		"a length of -1":             "Content-Length: -1\r\n",
		"a length with a sign":       "Content-Length: +2\r\n",
		"an empty length":            "Content-Length: \r\n",
		"a length that is no number": "Content-Length: two\r\n",
		"two lengths that differ":    "Content-Length: 1\r\nContent-Length: 2\r\n",
		"a list of other lengths":    "Content-Length: 2, 5\r\n",
		"gzip in chunks":             "Transfer-Encoding: gzip, chunked\r\n",
		"chunked twice":              "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
		"a coding after chunked":     "Transfer-Encoding: chunked, gzip\r\n",
		"an unknown coding":          "Transfer-Encoding: zstd\r\n",
		"an empty coding":            "Transfer-Encoding: \r\n",
	} {
		answer := ok + headers + "\r\n2\r\nok\r\n0\r\n\r\n"
		cases = append(cases,
			Case{Sentence: sentence + " does not matter to the status", Server: Answers(answer), Check: httpGet()},
			Case{Sentence: sentence + " before a body is a protocol error", Server: Answers(answer), Check: httpGet(contains("ok")), Want: probes.Protocol})
	}
	return cases
}
