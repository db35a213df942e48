package operator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr"
	authenticationv1 "k8s.io/api/authentication/v1"
	"k8s.io/client-go/rest"
)

// TestReviewsAreLimited: every request with another invented token would be a TokenReview,
// and the configuration of the manager has no limit.
func TestReviewsAreLimited(t *testing.T) {
	var reviews atomic.Int64
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reviews.Add(1)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(&authenticationv1.TokenReview{})
	}))
	defer api.Close()
	filter, err := limitedReviews(&rest.Config{Host: api.URL, QPS: -1, ContentConfig: rest.ContentConfig{ContentType: "application/json"}}, api.Client())
	if err != nil {
		t.Fatal(err)
	}
	handler, err := filter(logr.Discard(), http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}

	began := time.Now()
	var attackers sync.WaitGroup
	for attacker := range 20 {
		attackers.Go(func() {
			for i := 0; time.Since(began) < time.Second; i++ {
				request := httptest.NewRequest(http.MethodGet, "/metrics", nil)
				request.Header.Set("Authorization", fmt.Sprintf("Bearer invented-%d-%d", attacker, i))
				answer := httptest.NewRecorder()
				handler.ServeHTTP(answer, request.WithContext(t.Context()))
				if answer.Code == http.StatusNotFound {
					t.Error("an invented token is accepted")
				}
			}
		})
	}
	attackers.Wait()
	most := reviewsAtOnce + int64(time.Since(began).Seconds()*reviewsPerSecond) + 1
	if n := reviews.Load(); n > most || n < reviewsAtOnce {
		t.Errorf("%d TokenReviews in %s, want %d to %d", n, time.Since(began), reviewsAtOnce, most)
	}
}
