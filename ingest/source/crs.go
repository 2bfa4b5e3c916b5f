package source

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var (
	wktName = regexp.MustCompile(`^\s*[A-Za-z_]+\s*[\[(]\s*"([^"]*)"`)
	// The authority of the whole stands last: AUTHORITY in the first version of
	// well-known text (OGC 01-009), ID in the second (OGC 18-010).
	wktAuthority = regexp.MustCompile(`(?:AUTHORITY\s*[\[(]\s*"([^"]+)"\s*,\s*"?([0-9]+)"?|\bID\s*[\[(]\s*"([^"]+)"\s*,\s*"?([0-9]+)"?)\s*[\])]\s*[\])]\s*$`)
	series       = regexp.MustCompile(`^(CGCS2000_3_Degree_GK_CM_|CGCS2000_3_Degree_GK_Zone_|CGCS2000_GK_CM_|CGCS2000_GK_Zone_|WGS_1984_UTM_Zone_)([0-9]{1,3})([ENS]?)$`)
)

// esriNames are the names in .prj files, which have no codes.
var esriNames = map[string]string{
	"GCS_WGS_1984": "EPSG:4326", "GCS_China_Geodetic_Coordinate_System_2000": "EPSG:4490",
	"GCS_Beijing_1954": "EPSG:4214", "GCS_Xian_1980": "EPSG:4610",
	"WGS_1984_Web_Mercator_Auxiliary_Sphere": "EPSG:3857", "GCS_JGD_2011": "EPSG:6668",
}

// crsOfWKT names the reference system of well-known text: its code where the text
// tells it or the name is known, else its name.
func crsOfWKT(wkt string) string {
	found := wktName.FindStringSubmatch(wkt)
	if found == nil {
		return ""
	}
	if code := wktAuthority.FindStringSubmatch(wkt); code != nil {
		return strings.ToUpper(code[1]+code[3]) + ":" + code[2] + code[4]
	}
	if code := esriNames[found[1]]; code != "" {
		return code
	}
	if code := codeOfSeries(found[1]); code > 0 {
		return fmt.Sprintf("EPSG:%d", code)
	}
	return found[1]
}

// codeOfSeries knows the numbered zones: Gauss-Krüger of CGCS2000 by zones of
// three and of six degrees, with and without the zone's number in eastings, and
// UTM. 0 where there is none.
func codeOfSeries(name string) int {
	parts := series.FindStringSubmatch(name)
	if parts == nil {
		return 0
	}
	n, err := strconv.Atoi(parts[2])
	if err != nil {
		return 0
	}
	switch prefix, side := parts[1], parts[3]; {
	case prefix == "CGCS2000_3_Degree_GK_CM_" && side == "E" && n >= 75 && n <= 135 && n%3 == 0:
		return 4534 + (n-75)/3
	case prefix == "CGCS2000_3_Degree_GK_Zone_" && side == "" && n >= 25 && n <= 45:
		return 4513 + n - 25
	case prefix == "CGCS2000_GK_CM_" && side == "E" && n >= 75 && n <= 135 && (n-75)%6 == 0:
		return 4502 + (n-75)/6
	case prefix == "CGCS2000_GK_Zone_" && side == "" && n >= 13 && n <= 23:
		return 4491 + n - 13
	case prefix == "WGS_1984_UTM_Zone_" && side == "N" && n >= 1 && n <= 60:
		return 32600 + n
	case prefix == "WGS_1984_UTM_Zone_" && side == "S" && n >= 1 && n <= 60:
		return 32700 + n
	}
	return 0
}
