package gitops

import (
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

func TestArgoCDHealthMatchesCases(t *testing.T) {
	const choice = `local wanted = "Ready"`
	script := read(t, "../../docs/user/gitops/argocd-health.lua")
	if strings.Count(script, choice) != 1 {
		t.Fatalf("the script must have the line %s, which people change", choice)
	}
	for i, wait := range waits {
		script := strings.Replace(script, choice, `local wanted = "`+wait+`"`, 1)
		for _, c := range cases(t) {
			t.Run(wait+"/"+c.Name, func(t *testing.T) {
				status, message := health(t, script, c.object())
				if status != c.Argo[i] {
					t.Errorf("it is %s, want %s", status, c.Argo[i])
				}
				if message == "" || c.Message != "" && message != c.Message {
					t.Errorf("the message is %q, want %q", message, c.Message)
				}
			})
		}
	}
}

// health runs a script as Argo CD does: without libraries that reach outside, the
// object as obj, a table with status and message as the answer.
func health(t *testing.T, script string, object map[string]any) (status, message string) {
	t.Helper()
	l := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer l.Close()
	for _, library := range []struct {
		name string
		open lua.LGFunction
	}{{lua.LoadLibName, lua.OpenPackage}, {lua.BaseLibName, lua.OpenBase}, {lua.TabLibName, lua.OpenTable}, {lua.StringLibName, lua.OpenString}} {
		if err := l.CallByParam(lua.P{Fn: l.NewFunction(library.open), Protect: true}, lua.LString(library.name)); err != nil {
			t.Fatal(err)
		}
	}
	l.SetGlobal("obj", toLua(l, object))
	if err := l.DoString(script); err != nil {
		t.Fatal(err)
	}
	answer, ok := l.Get(-1).(*lua.LTable)
	if !ok {
		t.Fatalf("the answer is %s, must be a table", l.Get(-1))
	}
	return lua.LVAsString(answer.RawGetString("status")), lua.LVAsString(answer.RawGetString("message"))
}

func toLua(l *lua.LState, value any) lua.LValue {
	switch value := value.(type) {
	case string:
		return lua.LString(value)
	case int64:
		return lua.LNumber(value)
	case []any:
		table := l.NewTable()
		for _, element := range value {
			table.Append(toLua(l, element))
		}
		return table
	case map[string]any:
		table := l.NewTable()
		for key, element := range value {
			table.RawSetString(key, toLua(l, element))
		}
		return table
	default:
		return lua.LNil
	}
}
