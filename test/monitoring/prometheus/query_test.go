package prometheus

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/api"
	apiv1 "github.com/prometheus/client_golang/api/prometheus/v1"
)

// newServer answers each path with a result of the query API.
func newServer(t *testing.T, results map[string]string) *Server {
	t.Helper()
	fake := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"status":"success","data":%s}`, results[r.URL.Path])
	}))
	t.Cleanup(fake.Close)
	client, err := api.NewClient(api.Config{Address: fake.URL})
	if err != nil {
		t.Fatal(err)
	}
	return &Server{url: fake.URL, api: apiv1.NewAPI(client)}
}

func TestQueryReturnsSeries(t *testing.T) {
	s := newServer(t, map[string]string{
		"/api/v1/query": `{"resultType":"vector","result":[{"metric":{"name":"web"},"value":[1435781430.781,"1"]}]}`,
		"/api/v1/query_range": `{"resultType":"matrix","result":[{"metric":{"name":"web"},
			"values":[[1435781430.781,"1"],[1435781431.781,"2.5"]]}]}`,
	})
	first := time.UnixMilli(1435781430781)
	one, err := s.Query(t.Context(), "up")
	if diff := cmp.Diff([]Series{{map[string]string{"name": "web"}, []Point{{first, 1}}}}, one); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	both, err := s.Range(t.Context(), "up", first, first.Add(time.Second))
	want := []Series{{map[string]string{"name": "web"}, []Point{{first, 1}, {first.Add(time.Second), 2.5}}}}
	if diff := cmp.Diff(want, both); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestQueryRejectsScalars(t *testing.T) {
	s := newServer(t, map[string]string{"/api/v1/query": `{"resultType":"scalar","result":[1435781430.781,"1"]}`})
	if got, err := s.Query(t.Context(), "1"); err == nil {
		t.Errorf("got %v, want an error", got)
	}
}
