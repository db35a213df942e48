package main

// width is the columns of Grafana's grid.
const width = 24

var prometheus = &datasource{Type: "prometheus", UID: "${datasource}"}

// query is a query and how its series are called.
type query struct{ expr, legend string }

// stat is one number, red from `bad` on; 0: it is never red.
func stat(title, description, expr string, bad float64) panel {
	steps := []step{{Color: "green"}}
	if bad != 0 {
		steps = append(steps, step{Color: "red", Value: &bad})
	}
	return panel{
		Type: "stat", Title: title, Description: description, GridPos: gridPos{W: 4, H: 4},
		FieldConfig: &fieldConfig{Overrides: []any{}, Defaults: fieldDefaults{Decimals: new(0), Thresholds: &thresholds{"absolute", steps}}},
		Options:     map[string]any{"colorMode": "value", "graphMode": "area", "reduceOptions": map[string]any{"calcs": []string{"lastNotNull"}}},
		Targets:     []target{{RefID: "A", Expr: expr}},
	}
}

// graph is lines over time.
func graph(title, description, unit string, queries ...query) panel {
	p := panel{
		Type: "timeseries", Title: title, Description: description, GridPos: gridPos{W: 12, H: 8},
		FieldConfig: &fieldConfig{Overrides: []any{}, Defaults: fieldDefaults{
			Unit: unit, Min: new(0.0), Custom: map[string]any{"fillOpacity": 10, "showPoints": "never"},
		}},
		Options: map[string]any{"tooltip": map[string]any{"mode": "multi", "sort": "desc"}},
	}
	for i, q := range queries {
		p.Targets = append(p.Targets, target{RefID: string(rune('A' + i)), Expr: q.expr, LegendFormat: q.legend})
	}
	return p
}

// stacked has a graph's lines on top of each other.
func stacked(p panel) panel {
	p.FieldConfig.Defaults.Custom["stacking"] = map[string]any{"mode": "normal", "group": "A"}
	p.FieldConfig.Defaults.Custom["fillOpacity"] = 60
	return p
}

// timeline is a bar for each series, green while it is 1 and red while it is 0.
func timeline(title, description, zero, one string, queries ...query) panel {
	p := graph(title, description, "", queries...)
	p.Type = "state-timeline"
	text := func(color, text string) map[string]any { return map[string]any{"color": color, "text": text} }
	p.FieldConfig.Defaults = fieldDefaults{Color: map[string]any{"mode": "thresholds"}, Mappings: []any{
		map[string]any{"type": "value", "options": map[string]any{"0": text("red", zero), "1": text("green", one)}},
	}}
	p.Options = map[string]any{"mergeValues": true, "showValue": "never", "rowHeight": 0.8}
	return p
}

// table is the labels of an instant query's series.
func table(title, description, expr string) panel {
	return panel{
		Type: "table", Title: title, Description: description, GridPos: gridPos{W: 12, H: 8},
		FieldConfig: &fieldConfig{Overrides: []any{}},
		Targets:     []target{{RefID: "A", Expr: expr, Instant: true, Format: "table"}},
		Transformations: []map[string]any{{"id": "organize", "options": map[string]any{
			"excludeByName": map[string]bool{"Time": true, "Value": true},
		}}},
	}
}

// row is a heading.
func row(title string) panel {
	return panel{Type: "row", Title: title, GridPos: gridPos{W: width, H: 1}}
}

// arrange numbers panels and puts them side by side, line after line.
func arrange(panels []panel) []panel {
	x, y, height := 0, 0, 0
	for i := range panels {
		p := &panels[i]
		if x+p.GridPos.W > width {
			x, y, height = 0, y+height, 0
		}
		p.ID, p.GridPos.X, p.GridPos.Y = i+1, x, y
		x, height = x+p.GridPos.W, max(height, p.GridPos.H)
		if p.Type != "row" {
			p.Datasource = prometheus
		}
	}
	return panels
}
