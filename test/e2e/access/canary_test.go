package access

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework/audit"
	"github.com/external-endpoints/operator/test/framework/install"
)

// secretWord is in every secret of these tests, and in all that their hosts say. It must
// be in nothing that is shown.
const secretWord = "canary7f21"

// canaries are words to look for, by where they were planted. PEM that holds a word in
// its own encoding is a canary itself, by a line of it.
type canaries map[string]string

// plant returns the word for a place.
func (c canaries) plant(place string) string {
	word := secretWord + "-" + place
	c[place] = word
	return word
}

// plantPEM takes down what is to be looked for of some PEM, and returns it.
func (c canaries) plantPEM(place, text string) string {
	c[place] = strings.Split(text, "\n")[2]
	return text
}

// found tells which canaries are in a text, in the forms that programs write bytes in.
func (c canaries) found(text string) []string {
	var places []string
	for place, word := range c {
		for _, form := range forms(word) {
			if strings.Contains(text, form) {
				places = append(places, place)
				break
			}
		}
	}
	return places
}

// forms are a word as it is, in upper case, in hexadecimal, in numbers and in base64,
// wherever it begins in what was encoded.
func forms(word string) []string {
	all := []string{word, strings.ToUpper(word), hex.EncodeToString([]byte(word)), strings.Trim(fmt.Sprintf("%d", []byte(word)), "[]")}
	for shift := range 3 {
		encoded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + word))
		// What is shared with the neighbours is left out: two letters at either end.
		all = append(all, encoded[(shift*8+5)/6:len(encoded)-1])
	}
	return all
}

func TestCanaryIsFoundInEveryEncoding(t *testing.T) {
	c := canaries{}
	word := c.plant("here")
	for _, text := range []string{
		"a " + word + "!", strings.ToUpper(word), fmt.Sprintf("%x", "ab"+word+"c"), fmt.Sprintf("%v", []byte("ab"+word)),
		base64.StdEncoding.EncodeToString([]byte(word)), base64.StdEncoding.EncodeToString([]byte("a" + word + "z")),
		base64.StdEncoding.EncodeToString([]byte("ab" + word + "yz")), base64.URLEncoding.EncodeToString([]byte("abc" + word)),
	} {
		if len(c.found(text)) == 0 {
			t.Errorf("not found in %q", text)
		}
	}
	if len(c.found("canary-islands")) > 0 {
		t.Error("found where it is not")
	}
}

// leaves returns everything that leaves the operator, by where it is seen. Of our own
// objects that is the status; the spec is the user's.
func (w *World) leaves(t *testing.T, operator *install.Operator) map[string]string {
	t.Helper()
	log, err := os.ReadFile(operator.Log())
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{"log": string(log)}
	if all["metrics"], err = operator.Metrics(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{"services", "endpoints", "endpointslices", "events", "events.events.k8s.io"} {
		if all[what], err = w.Cluster.Kubectl("get", what, "-n", w.Namespace, "-o", "yaml", "--show-managed-fields"); err != nil {
			t.Fatal(err)
		}
	}
	if all["lease"], err = w.Cluster.Kubectl("get", "leases,events", "-n", install.Namespace, "-o", "yaml", "--show-managed-fields"); err != nil {
		t.Fatal(err)
	}
	var list v1alpha1.ExternalServiceList
	if err := w.Client.List(t.Context(), &list, client.InNamespace(w.Namespace)); err != nil {
		t.Fatal(err)
	}
	for _, object := range list.Items {
		all["status"] += encoded(t, object.Status)
	}
	asked, err := w.Cluster.Audit().Events(audit.Query{Username: "system:serviceaccount:" + w.Namespace + ":tenant"})
	if err != nil {
		t.Fatal(err)
	}
	all["requests"] = encoded(t, asked)
	return all
}

func encoded(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// showsNothing fails when a secret is in anything that the operator says, or lets be asked.
func (w *World) showsNothing(t *testing.T, operator *install.Operator, planted canaries) {
	t.Helper()
	for where, text := range w.leaves(t, operator) {
		if len(text) == 0 || strings.Contains(text, secretWord) || strings.Contains(text, "PRIVATE KEY") {
			t.Errorf("a secret is in the operator's %s, or there is nothing to look at (%d bytes)", where, len(text))
		}
		for _, place := range planted.found(text) {
			t.Errorf("the operator's %s has what was planted in the %s", where, place)
		}
	}
	for _, address := range operator.Addresses() {
		for _, path := range []string{"/debug/pprof/", "/debug/pprof/cmdline", "/debug/pprof/goroutine?debug=2", "/debug/pprof/heap", "/debug/vars", "/debug/flags/v", "/configz", "/"} {
			if text, status := fetch(t.Context(), t, "http://"+address+path); status != http.StatusNotFound {
				t.Errorf("%s of %s answers %d: %.100s", path, address, status, text)
			}
		}
	}
}

func fetch(ctx context.Context, t *testing.T, url string) (text string, status int) {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body), response.StatusCode
}
