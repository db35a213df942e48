package proxy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Shorten leaves only the first of the items in what is listed: by a LIST, or by
// a watch that begins with all there is. keep 0 is an empty list.
func Shorten(match Match, keep int) Fault {
	return func(call Call, next http.Handler) http.Handler {
		if !call.Lists() || !match(call) {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			// What the client reads as well as the requested form, and what can be read here.
			r.Header.Set("Accept", "application/json")
			r.Header.Del("Accept-Encoding")
			if call.Verb == "list" {
				shortenList(w, commit(next, r).Body.Bytes(), keep)
				return
			}
			next.ServeHTTP(&shortening{ResponseWriter: w, keep: keep}, r)
		})
	}
}

func shortenList(w http.ResponseWriter, body []byte, keep int) {
	var list map[string]json.RawMessage
	var items []json.RawMessage
	if err := json.Unmarshal(body, &list); err != nil {
		panic(fmt.Sprintf("faultproxy: an API server's list is JSON: %v", err))
	}
	if err := json.Unmarshal(list["items"], &items); err != nil {
		panic(fmt.Sprintf("faultproxy: an API server's list has items: %v", err))
	}
	list["items"] = encoded(items[:min(keep, len(items))])
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(encoded(list))
}

// shortening passes the first events of a watch on, and all that come after the
// bookmark that ends the list.
type shortening struct {
	http.ResponseWriter
	keep   int
	rest   []byte // a line that is not complete
	listed bool
}

// Write implements http.ResponseWriter. Each event is a line.
func (s *shortening) Write(events []byte) (int, error) {
	s.rest = append(s.rest, events...)
	for {
		line, rest, complete := bytes.Cut(s.rest, []byte("\n"))
		if !complete {
			return len(events), nil
		}
		if s.passes(line) {
			if _, err := s.ResponseWriter.Write(append(bytes.Clone(line), '\n')); err != nil {
				return 0, err
			}
		}
		s.rest = rest
	}
}

func (s *shortening) passes(line []byte) bool {
	var event struct {
		Type   string `json:"type"`
		Object struct {
			Metadata metav1.ObjectMeta `json:"metadata"`
		} `json:"object"`
	}
	if s.listed || json.Unmarshal(line, &event) != nil {
		return true
	}
	if event.Object.Metadata.Annotations[metav1.InitialEventsAnnotationKey] == "true" {
		s.listed = true
		return true
	}
	s.keep--
	return event.Type != "ADDED" || s.keep >= 0
}

// Unwrap lets streams be flushed.
func (s *shortening) Unwrap() http.ResponseWriter { return s.ResponseWriter }
