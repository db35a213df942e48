package v1alpha1

import (
	"testing"
	"time"
)

func TestDurationParse(t *testing.T) {
	tests := []struct {
		name     string
		duration Duration
		want     time.Duration
		wantErr  bool
	}{
		{name: "seconds", duration: "5s", want: 5 * time.Second},
		{name: "less than a second", duration: "250ms", want: 250 * time.Millisecond},
		{name: "two units", duration: "1m30s", want: 90 * time.Second},
		{name: "four units in any order", duration: "1ms1s1m1h", want: time.Hour + time.Minute + time.Second + time.Millisecond},
		{name: "the longest", duration: "99999h", want: 99999 * time.Hour},
		{name: "zero", duration: "0s", want: 0},
		{name: "absent", duration: "", wantErr: true},
		{name: "no unit", duration: "5", wantErr: true},
		{name: "a sign", duration: "-5s", wantErr: true},
		{name: "a fraction", duration: "1.5s", wantErr: true},
		{name: "a unit of Go that Gateway API lacks", duration: "5us", wantErr: true},
		{name: "five units", duration: "1h1m1s1ms1ms", wantErr: true},
		{name: "six digits", duration: "100000s", wantErr: true},
		{name: "a line break at the end", duration: "5s\n", wantErr: true},
	}

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.duration.Parse()
			if (err != nil) != test.wantErr {
				t.Fatalf("error %v, want one: %v", err, test.wantErr)
			}
			if got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
