package proxy

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Answer answers in the API server's place. retryAfter, in seconds, goes into the
// header of that name; 0: no such header.
func Answer(match Match, code int, reason metav1.StatusReason, retryAfter int) Fault {
	return when(match, func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { refuse(w, code, reason, retryAfter) })
	})
}

// AnswerAfterCommit carries the call out and answers with a failure.
func AnswerAfterCommit(match Match, code int, reason metav1.StatusReason) Fault {
	return when(match, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			commit(next, r)
			refuse(w, code, reason, 0)
		})
	})
}

// CutReply carries the call out, sends half of the answer, and cuts the connection.
func CutReply(match Match) Fault {
	return when(match, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer := commit(next, r)
			maps.Copy(w.Header(), answer.Header())
			w.WriteHeader(answer.Code)
			body := answer.Body.Bytes()
			_, _ = w.Write(body[:len(body)/2])
			_ = http.NewResponseController(w).Flush()
			cut(r)
		})
	})
}

// Delay has calls wait.
func Delay(match Match, by time.Duration) Fault {
	return when(match, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-time.After(by):
			case <-r.Context().Done():
			}
			next.ServeHTTP(w, r)
		})
	})
}

// Every selects each n-th of the calls that match, the n-th first.
func Every(n int64, match Match) Match {
	var count atomic.Int64
	return func(c Call) bool { return match(c) && count.Add(1)%n == 0 }
}

func when(match Match, fault func(http.Handler) http.Handler) Fault {
	return func(call Call, next http.Handler) http.Handler {
		if !match(call) {
			return next
		}
		return fault(next)
	}
}

func refuse(w http.ResponseWriter, code int, reason metav1.StatusReason, retryAfter int) {
	w.Header().Set("Content-Type", "application/json")
	if retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
	}
	w.WriteHeader(code)
	_, _ = w.Write(encoded(metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"},
		Status:   metav1.StatusFailure, Code: int32(code), Reason: reason, Message: "faultproxy says " + string(reason),
		Details: &metav1.StatusDetails{RetryAfterSeconds: int32(retryAfter)},
	}))
}

func encoded(object any) []byte {
	text, err := json.Marshal(object)
	if err != nil {
		panic(fmt.Sprintf("faultproxy: what came as JSON, or is plain data, can be written as JSON: %v", err))
	}
	return text
}
