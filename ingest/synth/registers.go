package synth

import (
	"fmt"
	"strings"

	"github.com/chengma/chengma/internal/codes"
	"github.com/chengma/chengma/internal/geodesy"
)

// plane turns a point into easting and northing of EPSG:4547, CGCS2000 in the
// three-degree zone of 114° E.
func plane(p point) (x, y float64) {
	lon, lat := lonLat(p)
	return registerPlane.FromWGS84(lon, lat)
}

// shifted turns a point into GCJ-02.
func shifted(p point) (x, y float64) {
	lon, lat := lonLat(p)
	return registerGCJ.FromWGS84(lon, lat)
}

var (
	registerPlane = mustCRS("EPSG:4547")
	registerGCJ   = mustCRS("gcj02")
)

func mustCRS(name string) *geodesy.CRS {
	crs, err := geodesy.Lookup(name)
	if err != nil {
		panic(err) // a system that the package promises
	}
	return crs
}

// registers makes the tables of the city.
func (w *writer) registers() {
	add := func(r register, names string) *table {
		r.columns = columns(names)
		if r.project == nil {
			r.project = lonLat
		}
		if r.digits == 0 {
			r.digits = 8
		}
		t := &table{register: &r, city: w}
		w.tables = append(w.tables, t)
		return t
	}
	w.districts = add(register{name: "districts", kind: "district", format: "geojsonl"}, districtColumns)
	w.grids = add(register{name: "grids", kind: "district", format: "geojsonl", as: coding{gzip: true}}, gridColumns)
	w.land = add(register{
		name: "land", kind: "land", format: "geojsonl", as: coding{gzip: true}, changes: true, project: plane, digits: 3,
		dirt: landDirt, late: landLate, fresh: freshParcel,
	}, landColumns)
	w.buildings = add(register{
		name: "buildings", kind: "building", format: "geojsonl", as: coding{gzip: true}, changes: true,
		dirt: buildingDirt, late: buildingLate, fresh: func(c []string, n int) { c[0] = c[0][:14] + fmt.Sprint(90000+n%10000) },
	}, buildingColumns)
	w.units = add(register{
		name: "units", kind: "housing", format: "csv", as: coding{gb18030: true, gzip: true}, changes: true,
		dirt: unitDirt, late: unitLate, fresh: func(c []string, n int) { c[0] = c[0][:19] + fmt.Sprint(900000+n%100000) },
	}, unitColumns)
	w.addresses = add(register{
		name: "addresses", kind: "address", format: "csv", as: coding{bom: true, gzip: true}, changes: true,
		dirt: w.addressDirt(), late: addressLate, fresh: func(c []string, n int) { c[0] = fmt.Sprintf("X%s-%d", cityCode, n) },
	}, addressColumns)
	w.households = add(register{
		name: "households", kind: "household", format: "tsv", changes: true,
		dirt: householdDirt, fresh: func(c []string, n int) { c[0] = fmt.Sprintf("9%s%06d", cityCode[:5], n) },
	}, householdColumns)
	w.people = add(register{
		name: "people", kind: "person", format: "csv", as: coding{gb18030: true, gzip: true}, changes: true,
		dirt: personDirt, late: personLate, fresh: freshPerson,
	}, personColumns)
	w.enterprises = add(register{
		name: "enterprises", kind: "enterprise", format: "csv", changes: true,
		dirt: firmDirt, late: firmLate, fresh: freshFirm,
	}, enterpriseColumns)
	w.entrances = add(register{name: "entrances", kind: "building", format: "csv", dirt: entranceDirt, fresh: func(c []string, n int) { c[0] += fmt.Sprintf("-X%d", n) }}, entranceColumns)
	w.charging2020 = add(register{name: "charging-2020", kind: "thing", format: "geojsonl", project: shifted}, chargingColumns)
	w.charging2025 = add(register{name: "charging-2025", kind: "thing", format: "geojsonl", project: shifted}, chargingColumns)
	w.schools = add(register{name: "schools", kind: "thing", format: "csv"}, schoolColumns)
	w.hospitals = add(register{name: "hospitals", kind: "thing", format: "csv"}, hospitalColumns)
	w.rights = add(register{
		name: "rights", kind: "right", format: "csv", as: coding{gb18030: true},
		dirt: rightDirt, fresh: func(c []string, n int) { c[0] = fmt.Sprintf("示（2004）旧证字第%07d号", n) },
	}, rightColumns)
}

func freshParcel(c []string, n int) { c[0] = c[0][:14] + fmt.Sprint(90000+n%10000) }

// freshPerson takes a number of a prefix of its own, 4498, never assigned either.
func freshPerson(c []string, n int) {
	first := "4498" + fourDigits(n / 1000 % 100)[2:] + c[0][6:14] + sixDigits(n % 1000)[3:]
	check, err := codes.RIDCheck(first)
	if err != nil {
		panic(err) // digits, by construction
	}
	c[0] = first + string(check)
}

func freshFirm(c []string, n int) {
	code, err := codes.USCC(c[0][0], c[0][1], c[0][2:8], "Y"+sixDigits(n)+"Y")
	if err != nil {
		panic(err) // of the alphabet, by construction
	}
	c[0] = code
}

// noFirm is a credit code that is nobody's.
var noFirm = func() string {
	code, err := codes.USCC('9', '1', cityCode, "YYYYYYYY")
	if err != nil {
		panic(err) // of the alphabet, by construction
	}
	return code
}()

// The ways in which records go wrong. Names of rules are those of package ingest.

func put(column, value string) func(*soiled) bool {
	return func(r *soiled) bool {
		r.set(column, value)
		return true
	}
}

// missingKey: the key's cell is empty.
func missingKey(column string) dirt {
	return dirt{name: "missing key", outcome: Refused, rule: "key-missing", spoil: put(column, "")}
}

// scientific: a spreadsheet took the code for a number.
func scientific(column string) dirt {
	return dirt{name: "code as a number of a spreadsheet", outcome: Refused, rule: "spreadsheet-damage", spoil: func(r *soiled) bool {
		code := r.get(column)
		r.set(column, fmt.Sprintf("%s.%sE+%d", code[:1], code[1:6], len(code)-1))
		return true
	}}
}

// lostTail: a spreadsheet kept fifteen digits.
func lostTail(column string) dirt {
	return dirt{name: "tail of the code lost to zeros", outcome: Refused, rule: "spreadsheet-damage", spoil: func(r *soiled) bool {
		code := r.get(column)
		if len(code) < 21 {
			return false
		}
		r.set(column, code[:15]+strings.Repeat("0", len(code)-15))
		return true
	}}
}

var (
	again = dirt{name: "the same record again", outcome: Skipped, rule: "duplicate-record", same: true, spoil: func(*soiled) bool { return true }}

	bowTie = dirt{name: "bow-tie polygon", outcome: Refused, rule: "geometry-invalid", field: "geometry", spoil: func(r *soiled) bool {
		if len(r.rings) != 1 || len(r.rings[0]) != 5 {
			return false
		}
		g := r.rings[0]
		g[1], g[2] = g[2], g[1]
		return true
	}}
	unclosed = dirt{name: "ring that is not closed", outcome: Applied, spoil: func(r *soiled) bool {
		if len(r.rings) == 0 || len(r.rings[0]) < 5 {
			return false
		}
		r.rings[0] = r.rings[0][:len(r.rings[0])-1]
		return true
	}}
	swapped = dirt{name: "axes swapped", outcome: Refused, rule: "geometry-outside-envelope", field: "geometry", spoil: func(r *soiled) bool {
		for _, g := range r.rings {
			for i := range g {
				g[i].x, g[i].y = g[i].y, g[i].x
			}
		}
		return len(r.rings) > 0
	}}
)

func twice(column, value string) dirt {
	return dirt{name: "the same key with other content", outcome: Refused, rule: "key-duplicate-in-file", same: true, spoil: put(column, value)}
}

func unlisted(column, value, field string) dirt {
	return dirt{name: "value that no code list has", outcome: Refused, rule: "value-codelist", field: field, spoil: put(column, value)}
}

func impossible(column, field string) dirt {
	return dirt{name: "date that does not exist", outcome: Refused, rule: "date-format", field: field, spoil: put(column, "2003-02-30")}
}

func dangling(column, value string) dirt {
	return dirt{name: "link to a thing that does not exist", outcome: Partial, rule: "link-target-missing", field: column, spoil: put(column, value)}
}

// alive keeps dirt away from records that end a thing: of those only key, operation
// and date are read.
func alive(d dirt) dirt {
	spoil := d.spoil
	d.spoil = func(r *soiled) bool {
		switch r.get("操作") {
		case "新增", "变更", "迁移":
			return spoil(r)
		}
		return false
	}
	return d
}

func badOperation() dirt {
	return dirt{name: "unknown operation", outcome: Refused, rule: "operation-unknown", spoil: put("操作", "?改")}
}

// endOfNothing: the end of a thing of which nobody heard.
func endOfNothing(word string) dirt {
	return dirt{name: "end of an unknown thing", outcome: Refused, rule: "key-unknown", spoil: put("操作", word)}
}

var (
	landDirt = []dirt{
		missingKey("宗地代码"), bowTie, unlisted("权属", "不明", "ownership"), unclosed, twice("用途", "1201"), swapped,
		{name: "parcel code of the wrong layout", outcome: Refused, rule: "code-layout", spoil: func(r *soiled) bool {
			r.cells[0] = r.cells[0][:12] + "XX" + r.cells[0][14:]
			return true
		}},
		dangling("区划代码", "440389099099"), again,
		{name: "negative area", outcome: Refused, rule: "value-range", field: "area", spoil: put("面积", "-1")},
	}
	landLate = []dirt{badOperation()}

	buildingDirt = []dirt{
		scientific("楼栋编码"), bowTie, swapped, unlisted("用途", "民居", "use"), unclosed, missingKey("楼栋编码"),
		impossible("竣工日期", "completed_on"), again, twice("楼栋名称", "无名楼"), dangling("宗地代码", "440389001001GB99999"),
		{name: "text for a number", outcome: Refused, rule: "value-type", field: "height", spoil: put("高度", "约二十米")},
		{name: "no geometry", outcome: Refused, rule: "geometry-missing", field: "geometry", spoil: func(r *soiled) bool { r.rings = nil; return true }},
	}
	buildingLate = []dirt{badOperation(), endOfNothing("拆除"), alive(unlisted("状态", "烂尾", "state"))}

	unitDirt = []dirt{
		scientific("房屋编码"), lostTail("房屋编码"), missingKey("房屋编码"), again, unlisted("朝向", "向阳", "orientation"),
		twice("户室号", "阁楼"),
		{name: "unit code all digits", outcome: Partial, rule: "code-layout", spoil: func(r *soiled) bool {
			bdc := r.get("不动产单元号")
			r.set("不动产单元号", bdc[:12]+"00"+bdc[14:19]+"0"+bdc[20:])
			return true
		}},
		{name: "unit code as a number of a spreadsheet", outcome: Partial, rule: "spreadsheet-damage", spoil: put("不动产单元号", "4.40381E+27")},
		{name: "class that is none", outcome: Refused, rule: "value-codelist", spoil: put("房屋类型", "阳台")},
		{name: "negative area", outcome: Refused, rule: "value-range", field: "building_area", spoil: put("建筑面积", "-86.5")},
	}
	unitLate = []dirt{badOperation(), endOfNothing("注销"), impossible("生效日期", "")}

	addressLate   = []dirt{badOperation(), endOfNothing("注销")}
	householdDirt = []dirt{
		missingKey("户号"),
		{name: "half a person", outcome: Refused, rule: "value-type", field: "member_count", spoil: put("人数", "2.5")},
		dangling("房屋编码", "4403890010010100001000001"),
	}

	personDirt = []dirt{
		{name: "wrong check digit", outcome: Refused, rule: "code-check-digit", spoil: func(r *soiled) bool {
			last := r.cells[0][17]
			r.cells[0] = r.cells[0][:17] + string("0123456789"[(last-'0'+1)%10])
			return last != 'X'
		}},
		scientific("证件号码"), missingKey("证件号码"), again, twice("姓名", "同名"), unlisted("民族", "火星族", "ethnicity"), impossible("出生日期", "birth_date"),
		dangling("现住房屋编码", "4403890010010100001000001"),
		{name: "no name", outcome: Refused, rule: "required-missing", field: "name", spoil: put("姓名", "")},
		{name: "first-generation number", outcome: Refused, rule: "code-layout", spoil: func(r *soiled) bool {
			r.cells[0] = r.cells[0][:6] + r.cells[0][8:17]
			return true
		}},
		{name: "class that is none", outcome: Refused, rule: "value-codelist", spoil: put("类别", "过客")},
	}
	personLate = []dirt{badOperation(), endOfNothing("注销"), alive(dangling("户号", "999999999999"))}

	firmDirt = []dirt{
		{name: "wrong check character", outcome: Refused, rule: "code-check-digit", spoil: func(r *soiled) bool {
			k := strings.IndexByte(usccDigits, r.cells[0][17])
			r.cells[0] = r.cells[0][:17] + string(usccDigits[(k+1)%31])
			return true
		}},
		missingKey("统一社会信用代码"), again, unlisted("登记状态", "跑路", "status"),
		{name: "full-width code in small letters", outcome: Applied, spoil: func(r *soiled) bool {
			r.cells[0] = strings.Map(func(c rune) rune {
				if c >= '0' && c <= '9' {
					return c - '0' + '０'
				}
				return c + 'a' - 'A'
			}, r.cells[0])
			return true
		}},
		dangling("隶属企业代码", noFirm), twice("企业名称", "另一个名称"),
		{name: "letter that the alphabet does not have", outcome: Refused, rule: "code-layout", spoil: func(r *soiled) bool {
			r.cells[0] = r.cells[0][:16] + "O" + r.cells[0][17:]
			return true
		}},
		{name: "no name", outcome: Refused, rule: "required-missing", field: "name", spoil: put("企业名称", "")},
		impossible("成立日期", "established_on"),
	}
	firmLate = []dirt{badOperation(), endOfNothing("注销"), alive(dangling("住所房屋编码", "4403890010010100001000001"))}

	entranceDirt = []dirt{
		{name: "ends before it begins", outcome: Refused, rule: "interval-empty", spoil: put("停用日期", "1900-01-01")},
		dangling("楼栋编码", "4403890010010100001"),
	}
	rightDirt = []dirt{
		{name: "right over nothing", outcome: Refused, rule: "link-target-missing", field: "房屋编码", spoil: put("房屋编码", "4403890010010100001000001")},
		{name: "share that is none", outcome: Partial, rule: "link-share", spoil: func(r *soiled) bool {
			r.set("份额", "一半")
			return true
		}},
		missingKey("权证号"),
	}
)

// addressDirt needs to know where the city ends: a point shifted by GCJ-02 is
// found out only where it leaves the envelope.
func (w *writer) addressDirt() []dirt {
	return []dirt{
		{name: "axes swapped", outcome: Refused, rule: "geometry-outside-envelope", field: "geometry", spoil: func(r *soiled) bool {
			lon, lat := r.get("经度"), r.get("纬度")
			r.set("经度", lat)
			r.set("纬度", lon)
			return true
		}},
		unlisted("地位", "野路子", "status"), missingKey("地址编码"), dangling("上级地址编码", "B0"), again, twice("标准地址", provinceName+cityName+"某处"),
		{name: "no coordinate", outcome: Refused, rule: "geometry-missing", field: "geometry", spoil: func(r *soiled) bool {
			r.set("经度", "")
			r.set("纬度", "")
			return true
		}},
		{name: "GCJ-02 for WGS 84", outcome: Refused, rule: "geometry-outside-envelope", field: "geometry", spoil: func(r *soiled) bool {
			x, y := registerGCJ.FromWGS84(parse(r.get("经度")), parse(r.get("纬度")))
			if w.envelope.Contains(x, y) {
				return false
			}
			r.set("经度", fixed(x, 7))
			r.set("纬度", fixed(y, 7))
			return true
		}},
		{name: "null island", outcome: Refused, rule: "geometry-outside-envelope", field: "geometry", spoil: func(r *soiled) bool {
			r.set("经度", "0")
			r.set("纬度", "0")
			return true
		}},
	}
}
