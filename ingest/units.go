package ingest

import "strings"

// unit is a unit of the file's numbers: what it measures, and how much of the
// base unit it is.
type unit struct {
	measure string
	base    float64
}

// units by the names that mappings and schemas use (UCUM where it has one).
// Feet, yards, miles and acres are the international ones; a mu is 10000/15 m²
// (State Council, 1984), a Japanese tsubo 400/121 m².
var units = map[string]unit{
	"mm": {"length", 0.001}, "cm": {"length", 0.01}, "dm": {"length", 0.1}, "m": {"length", 1}, "km": {"length", 1000},
	"in": {"length", 0.0254}, "ft": {"length", 0.3048}, "yd": {"length", 0.9144}, "mi": {"length", 1609.344},
	"mm2": {"area", 1e-6}, "cm2": {"area", 1e-4}, "m2": {"area", 1}, "a.": {"area", 100}, "ha": {"area", 1e4}, "km2": {"area", 1e6},
	"sqft": {"area", 0.09290304}, "ft2": {"area", 0.09290304}, "acre": {"area", 4046.8564224}, "sqmi": {"area", 2589988.110336},
	"mu": {"area", 10000.0 / 15}, "亩": {"area", 10000.0 / 15}, "公顷": {"area", 1e4}, "平方米": {"area", 1}, "tsubo": {"area", 400.0 / 121}, "坪": {"area", 400.0 / 121},
	"m3": {"volume", 1}, "l": {"volume", 0.001}, "L": {"volume", 0.001}, "万m3": {"volume", 1e4}, "hm3": {"volume", 1e6},
	"g": {"mass", 0.001}, "kg": {"mass", 1}, "t": {"mass", 1000},
	"W": {"power", 1}, "kW": {"power", 1e3}, "MW": {"power", 1e6},
	"V": {"voltage", 1}, "kV": {"voltage", 1e3},
	"Pa": {"pressure", 1}, "kPa": {"pressure", 1e3}, "MPa": {"pressure", 1e6}, "bar": {"pressure", 1e5},
	"km/h": {"speed", 1}, "m/s": {"speed", 3.6}, "mph": {"speed", 1.609344},
	"a": {"time", 1}, "mo": {"time", 1.0 / 12},
	"%": {"ratio", 0.01}, "1": {"ratio", 1}, "‰": {"ratio", 0.001},
	"{CNY}": {"CNY", 1}, "元": {"CNY", 1}, "万元": {"CNY", 1e4}, "亿元": {"CNY", 1e8},
}

// unitNames lists the units of one measure, for messages.
func unitNames(measure string) string {
	var names []string
	for name, u := range units {
		if u.measure == measure {
			names = append(names, name)
		}
	}
	return strings.Join(sorted(names), ", ")
}
