package e2e

import (
	"testing"
	"time"

	"github.com/external-endpoints/operator/test/cluster/load"
)

func TestSmoke(t *testing.T) {
	w := world(t)
	object := w.web("smoke", w.Cluster.Hosts()...)
	w.serve(t, object)
	l, err := w.Cluster.Load(load.Spec{Target: "http://" + w.clusterIP(t, "smoke") + "/"})
	if err != nil {
		t.Fatal(err)
	}
	pass(t, 2*time.Second, nil)
	t.Log(l.Stop())
}

type stamp struct{}

func (stamp) Write(b []byte) (int, error) {
	print(time.Now().Format("05.000 "), string(b))
	return len(b), nil
}
