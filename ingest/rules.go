package ingest

import (
	"fmt"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/internal/codes"
	"github.com/chengma/chengma/schemas"
)

// Rule is a reason for which a record, or a part of one, is not applied. Names
// are stable: they stand in refusals, reports and filters.
type Rule struct {
	Name   string
	Zh, En string // what is wrong in general

	zh, en string // the message of one case, with its arguments
}

// The rules by which records are refused.
var (
	ruleUnreadable  = rule("record-unreadable", "记录无法读取", "the record cannot be read", "记录无法读取：%[1]s", "the record cannot be read: %[2]s")
	ruleEncoding    = rule("encoding", "文字编码错误", "text in the wrong encoding", "文字不是所声明的编码：%[1]s", "text is not in the stated encoding: %[2]s")
	ruleOperation   = rule("operation-unknown", "未知的操作", "unknown operation", "操作列的值不在映射的 file.operation.values 中", "the mapping's file.operation.values does not have this operation")
	ruleKeyMissing  = rule("key-missing", "缺少标识", "the key is missing", "标识列 %s 没有值", "the key column %s has no value")
	ruleKeyTwice    = rule("key-duplicate-in-file", "文件中标识重复", "the key is in the file twice", "同一标识已在 %s 第 %d 行出现，内容不同", "the same key stands in %s line %d already, with other content")
	ruleKeyUnknown  = rule("key-unknown", "没有该标识的对象", "nothing has the key", "库中没有此标识的对象", "nothing in the city has this key")
	ruleAmbiguous   = rule("key-ambiguous", "标识有歧义", "the key is ambiguous", "此标识当时指 %d 个对象", "this key means %d things at that time")
	ruleKind        = rule("kind-mismatch", "类型不符", "another kind of thing", "此标识属于另一类型的对象：%s", "the key belongs to another kind of thing: %s")
	ruleFrozen      = rule("code-frozen", "编码已冻结", "the code is frozen", "编码已冻结，不能变更：%s", "the code is frozen: %s")
	ruleErased      = rule("code-erased", "已依法删除", "lawfully erased", "该对象已依法删除，不能再登记：%s", "the thing was lawfully erased: %s")
	ruleRejected    = rule("store-refused", "存储拒绝", "the store refused it", "存储拒绝此记录：%s", "the store refuses the record: %s")
	ruleCodeLayout  = rule("code-layout", "代码结构错误", "a code of the wrong layout", "%[1]s：%[2]s", "%[1]s: %[3]s")
	ruleCheckDigit  = rule("code-check-digit", "代码校验位错误", "a wrong check digit", "%[1]s：%[2]s", "%[1]s: %[3]s")
	ruleSpreadsheet = rule("spreadsheet-damage", "电子表格损坏", "damaged by a spreadsheet", "%[1]s", "%[2]s")
	ruleMisplaced   = rule("personal-number-misplaced", "个人证件号码出现在别的列", "a personal number in another column", "此列不应有个人证件号码，故未保存", "a personal number does not belong here and is not kept")
	ruleType        = rule("value-type", "值的类型不符", "a value of another type", "应为%s", "want %s")
	ruleRange       = rule("value-range", "值超出范围", "a value out of range", "%[1]s", "%[2]s")
	ruleForm        = rule("value-form", "值的格式不符", "a value of another form", "%[1]s", "%[2]s")
	ruleCodeList    = rule("value-codelist", "值不在代码表中", "a value that the code list does not have", "%[1]s", "%[2]s")
	ruleDate        = rule("date-format", "日期格式不符", "a date of another form", "不是日期；应为 %s", "not a date; want %s")
	ruleInterval    = rule("interval-empty", "时间区间为空", "an empty interval", "有效期在 %[1]s 开始，却不晚于此在 %[2]s 结束", "valid time begins at %[1]s and ends at %[2]s, which is not after it")
	ruleRequired    = rule("required-missing", "缺少必填项", "a required value is missing", "%[1]s", "%[2]s")
	ruleClass       = rule("class-unknown", "未知的类别", "an unknown class", "没有这一类别；应为 %s", "there is no such class; want %s")
	ruleForeign     = rule("field-not-of-class", "此类别没有该字段", "a field of another class", "%[1]s", "%[2]s")
	ruleMode        = rule("mode-unknown", "变更方式不明", "neither change nor correction", "应为 change 或 correction", "want change or correction")
	ruleNoGeometry  = rule("geometry-missing", "缺少几何", "the geometry is missing", "没有几何或坐标", "there is no geometry or no coordinates")
	ruleGeometry    = rule("geometry-invalid", "几何无效", "an invalid geometry", "几何无效且无法无歧义地修复：%[1]s", "the geometry is invalid and cannot be mended in one way: %[2]s")
	ruleCoordinates = rule("geometry-unreadable", "坐标无法读取", "unreadable coordinates", "坐标无法读取：%[1]s", "the coordinates cannot be read: %[2]s")
	ruleEnvelope    = rule("geometry-outside-envelope", "几何在城市范围之外", "a geometry outside the city", "坐标 %[1]s 在城市范围之外：%[2]s", "%[1]s lies outside the city: %[3]s")
	ruleNoTarget    = rule("link-target-missing", "关联对象不存在", "the target of a link is missing", "没有标识为此值的对象", "nothing has this key")
	ruleManyTargets = rule("link-ambiguous", "关联对象不唯一", "the target of a link is ambiguous", "有 %d 个对象符合", "%d things fit")
	ruleTargetKind  = rule("link-kind", "关联对象类型不符", "the target of a link is of another kind", "此值属于%[1]s，而应为 %[2]s", "this key belongs to a %[1]s; want %[2]s")
	ruleNoneInReach = rule("link-none-in-reach", "附近没有可关联的对象", "nothing is there to link to", "该位置没有可关联的对象（%[1]s）", "nothing is there to link to (%[2]s)")
	ruleShare       = rule("link-share", "份额格式不符", "a share of another form", "份额应为 1/3、33.3% 或 0.5，且个数与关联对象一致", "a share is 1/3, 33.3% or 0.5, one for each target")
)

// The rules by which records are skipped.
var (
	ruleSame = rule("duplicate-record", "文件中的重复记录（内容相同）", "the same record again", "", "")
	ruleOnly = rule("not-selected", "不在映射选取范围内", "not selected by the mapping's file.only", "", "")
	ruleSkip = rule("operation-skip", "操作为跳过", "the operation is skip", "", "")
)

// allRules lists them in the order in which reports have them.
var allRules = []*Rule{
	ruleUnreadable, ruleEncoding, ruleOperation,
	ruleKeyMissing, ruleKeyTwice, ruleKeyUnknown, ruleAmbiguous, ruleKind, ruleFrozen, ruleErased, ruleRejected,
	ruleCodeLayout, ruleCheckDigit, ruleSpreadsheet, ruleMisplaced,
	ruleType, ruleRange, ruleForm, ruleCodeList, ruleDate, ruleInterval, ruleRequired, ruleClass, ruleForeign, ruleMode,
	ruleNoGeometry, ruleGeometry, ruleCoordinates, ruleEnvelope,
	ruleNoTarget, ruleManyTargets, ruleTargetKind, ruleNoneInReach, ruleShare, ruleSame, ruleOnly, ruleSkip,
}

func rule(name, zh, en, caseZh, caseEn string) *Rule {
	return &Rule{Name: name, Zh: zh, En: en, zh: caseZh, en: caseEn}
}

// Rules returns all rules in a fixed order.
func Rules() []Rule {
	out := make([]Rule, len(allRules))
	for i, r := range allRules {
		out[i] = *r
	}
	return out
}

// fault is one thing that is wrong with a record.
type fault struct {
	rule   *Rule
	field  string
	value  string // cut short, masked where sensitive
	zh, en string
}

// shownValue is how much of a value a refusal keeps.
const shownValue = 120

func newFault(r *Rule, field, value string, args ...any) *fault {
	f := &fault{rule: r, field: field, value: cut(codes.MaskRIDs(value), shownValue)}
	if len(args) == 0 {
		f.zh, f.en = r.zh, r.en
		return f
	}
	f.zh, f.en = fmt.Sprintf(r.zh, args...), fmt.Sprintf(r.en, args...)
	return f
}

// cut shortens a text at a character.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && s[most]&0xC0 == 0x80 {
		most--
	}
	return s[:most] + "…"
}

// violationRules are ours for those of the schemas.
var violationRules = map[string]*Rule{
	schemas.RuleClass: ruleClass, schemas.RuleForeign: ruleForeign,
	schemas.RuleRequired: ruleRequired, schemas.RuleCondition: ruleRequired,
	schemas.RuleType: ruleType, schemas.RuleFormat: ruleForm, schemas.RuleCode: ruleCodeList,
	schemas.RuleMinimum: ruleRange, schemas.RuleMaximum: ruleRange, schemas.RuleLength: ruleForm,
	schemas.RulePattern: ruleForm, schemas.RuleArrayItems: ruleCodeList,
}

func violationFault(v *schemas.Violation, value string) *fault {
	r := violationRules[v.Rule]
	if r == nil {
		r = ruleForm
	}
	return &fault{rule: r, field: v.Field, value: cut(codes.MaskRIDs(value), shownValue), zh: v.MessageZh, en: v.MessageEn}
}

// refusal makes what the store keeps of a fault. Personal numbers are masked
// wherever they got to.
func (f *fault) refusal(source string, at place, key string, partial bool) entities.Refusal {
	return entities.Refusal{
		Source: source, File: at.file, Line: at.line, Key: key, Rule: f.rule.Name, Field: f.field, Partial: partial,
		Value: f.value, Zh: codes.MaskRIDs(f.zh), En: codes.MaskRIDs(f.en),
	}
}
