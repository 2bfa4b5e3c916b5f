package geodesy

import (
	"fmt"
	"strings"
)

// UnknownError says that a name is not that of a built-in system.
type UnknownError struct {
	Name string // as asked for, cut to 100 bytes
	code string // "EPSG:3405" where the name could be read as one
	bare bool   // the name was a number alone
}

// Error names the call of GDAL's ogr2ogr that turns such a file into one that
// can be read.
func (e *UnknownError) Error() string {
	if e.bare {
		return fmt.Sprintf("coordinate system %q names no authority; write EPSG:%s if that is meant", e.Name, e.Name)
	}
	src := ""
	if e.code != "" {
		src = " -s_srs " + e.code
	}
	return fmt.Sprintf("coordinate system %q is not built in; convert the file first: ogr2ogr -f GeoJSONSeq%s -t_srs OGC:CRS84 OUT.geojsonl IN", e.Name, src)
}

// Lookup finds a system by any of its names, whatever their case: EPSG:4547,
// [EPSG:4547], urn:ogc:def:crs:EPSG::4547 (with or without version),
// http(s)://www.opengis.net/def/crs/EPSG/0/4547,
// http://www.opengis.net/gml/srs/epsg.xml#4547; OGC:CRS84, CRS84 and CRS84h in
// the same forms; gcj02, GCJ-02, bd09, BD-09. Versions of the EPSG dataset are
// not told apart. Anything else is an *UnknownError.
func Lookup(name string) (*CRS, error) {
	key, ok := parseName(name)
	if ok {
		if c := systems().byKey[key]; c != nil {
			return c, nil
		}
	}
	err := &UnknownError{Name: name}
	if len(name) > 100 {
		err.Name = name[:100] + "…"
	}
	if ok && strings.Contains(key, ":") {
		err.code = key
	}
	err.bare = isDigits(strings.TrimSpace(name))
	return nil, err
}

// foldKey makes the key under which a short name is filed.
func foldKey(name string) string { return strings.ToUpper(name) }

// parseName reduces a name to the key of the registry. ok is false where it has
// none of the forms.
func parseName(name string) (key string, ok bool) {
	const maxName = 200
	if len(name) > maxName {
		return "", false
	}
	s := strings.ToUpper(strings.TrimSpace(name))
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		s = s[1 : len(s)-1]
	}
	switch s {
	case "CRS84", "CRS84H":
		return "OGC:" + s, true
	case "GCJ02", "GCJ-02":
		return "GCJ02", true
	case "BD09", "BD-09":
		return "BD09", true
	}
	authority, code := splitName(s)
	if !isToken(authority) || !isToken(code) {
		return "", false
	}
	return authority + ":" + code, true
}

// splitName takes authority and code from an upper-case name.
func splitName(s string) (authority, code string) {
	for _, p := range []string{"URN:OGC:DEF:CRS:", "URN:X-OGC:DEF:CRS:"} {
		if rest, ok := strings.CutPrefix(s, p); ok {
			return threeParts(rest, ":")
		}
	}
	rest, ok := strings.CutPrefix(s, "HTTP://")
	if !ok {
		rest, ok = strings.CutPrefix(s, "HTTPS://")
	}
	if ok {
		if path, ok := strings.CutPrefix(rest, "WWW.OPENGIS.NET/DEF/CRS/"); ok {
			return threeParts(strings.TrimSuffix(path, "/"), "/")
		}
		if code, ok := strings.CutPrefix(rest, "WWW.OPENGIS.NET/GML/SRS/EPSG.XML#"); ok {
			return "EPSG", code
		}
		return "", ""
	}
	authority, code, _ = strings.Cut(s, ":")
	return authority, code
}

// threeParts reads authority, version, code and drops the version.
func threeParts(s, sep string) (authority, code string) {
	parts := strings.Split(s, sep)
	if len(parts) != 3 {
		return "", ""
	}
	return parts[0], parts[2]
}

// isToken keeps what goes into a suggested command line to letters and digits.
func isToken(s string) bool {
	if s == "" || len(s) > 32 {
		return false
	}
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return true
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
