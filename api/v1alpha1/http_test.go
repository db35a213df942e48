package v1alpha1

import "testing"

func TestStatusRangeBounds(t *testing.T) {
	tests := []struct {
		statuses  StatusRange
		low, high int
		wantErr   bool
	}{
		{statuses: "200", low: 200, high: 200},
		{statuses: "200-399", low: 200, high: 399},
		{statuses: "100-599", low: 100, high: 599},
		{statuses: "399-200", wantErr: true},
		{statuses: "200-200", wantErr: true},
		{statuses: "99", wantErr: true},
		{statuses: "600", wantErr: true},
		{statuses: "2xx", wantErr: true},
		{statuses: "200-", wantErr: true},
		{statuses: "", wantErr: true},
	}

	for _, test := range tests {
		t.Run(string(test.statuses), func(t *testing.T) {
			low, high, err := test.statuses.Bounds()
			if (err != nil) != test.wantErr {
				t.Fatalf("error %v, want one: %v", err, test.wantErr)
			}
			if low != test.low || high != test.high {
				t.Errorf("got %d to %d, want %d to %d", low, high, test.low, test.high)
			}
		})
	}
}
