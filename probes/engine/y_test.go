package engine_test
import ("testing";"time";"syscall";"context";"github.com/external-endpoints/operator/probes";"github.com/external-endpoints/operator/probes/engine")
func cpu() time.Duration { var r syscall.Rusage; syscall.Getrusage(0,&r); return time.Duration(r.Utime.Nano()+r.Stime.Nano()) }
func TestYCPU(t *testing.T){
 e:=newBench(timed{}); e.Apply(plan(hosts(1,10000)...))
 ctx,c:=context.WithCancel(context.Background()); done:=make(chan int); go func(){e.Run(ctx);close(done)}()
 time.Sleep(time.Second); a:=cpu(); time.Sleep(5*time.Second); t.Logf("%v per probe", (cpu()-a)/50000); c(); <-done
}
type timed struct{}
func (timed) Start(ctx context.Context, p engine.Probe) { began := time.Now(); time.AfterFunc(time.Millisecond, func(){ p.Done(began, probes.Succeeded()) }) }
