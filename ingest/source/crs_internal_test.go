package source

import "testing"

func TestNamesOfReferenceSystems(t *testing.T) {
	tests := []struct{ name, wkt, want string }{
		{"none", "", ""},
		{"no text of this kind", "EPSG:4326", ""},
		{"name of ESRI", `GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]]]`, "EPSG:4326"},
		{"central meridian, three degrees", `PROJCS["CGCS2000_3_Degree_GK_CM_114E",GEOGCS["x"]]`, "EPSG:4547"},
		{"zone, three degrees", `PROJCS["CGCS2000_3_Degree_GK_Zone_38",GEOGCS["x"]]`, "EPSG:4526"},
		{"central meridian, six degrees", `PROJCS["CGCS2000_GK_CM_117E",GEOGCS["x"]]`, "EPSG:4509"},
		{"zone, six degrees", `PROJCS["CGCS2000_GK_Zone_20",GEOGCS["x"]]`, "EPSG:4498"},
		{"UTM north", `PROJCS["WGS_1984_UTM_Zone_50N",GEOGCS["x"]]`, "EPSG:32650"},
		{"no such zone", `PROJCS["CGCS2000_3_Degree_GK_CM_115E",GEOGCS["x"]]`, "CGCS2000_3_Degree_GK_CM_115E"},
		{"a local system", `PROJCS["Shenzhen_1990",GEOGCS["GCS_Beijing_1954"]]`, "Shenzhen_1990"},
		{"authority of the whole", `GEOGCS["WGS 84",DATUM["WGS_1984",AUTHORITY["EPSG","6326"]],AUTHORITY["EPSG","4490"]]`, "EPSG:4490"},
		{"authority of a part only", `GEOGCS["mine",DATUM["WGS_1984",AUTHORITY["EPSG","6326"]]]`, "mine"},
		{"second version", `GEOGCRS["WGS 84",DATUM["x",ID["EPSG",6326]],ID["EPSG",4326]]`, "EPSG:4326"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := crsOfWKT(tt.wkt); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
