package api

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/cql2"
	"github.com/chengma/chengma/schemas"
)

// Problem is an error that a client is told about, as problem+json (RFC 9457).
// Nothing else reaches a client: an error without a Problem in its chain and
// without a place in the table of domain errors is "internal".
type Problem struct {
	Type        string       // the last part of /problems/{type}
	Detail      schemas.Text // what would be right
	Parameter   string       // at fault; empty where none is
	Suggestions []string     // near names
	Candidates  []thing      // of an ambiguous alias
	Successors  []string     // of a retired code
	Head        int64        // of an unknown revision; 0 elsewhere
	Links       []link       // where to go on
	Err         error        // the cause, for the log; never shown
	header      http.Header  // further headers, such as Allow
}

func (p *Problem) Error() string {
	if p.Parameter != "" {
		return p.Type + ": " + p.Parameter + ": " + p.Detail.En
	}
	return p.Type + ": " + p.Detail.En
}

func (p *Problem) Unwrap() error { return p.Err }

func (p *Problem) kind() *problemType { return problemTypes[p.Type] }

// refuse makes a problem about a parameter; en and zh say what would be right.
func refuse(problem, parameter, en, zh string) *Problem {
	return &Problem{Type: problem, Parameter: parameter, Detail: schemas.Text{En: en, Zh: zh}}
}

// problemType is one row of the table of problems.
type problemType struct {
	status int
	title  schemas.Text
	about  schemas.Text // the page at /problems/{type}
}

func row(status int, zh, en, aboutZh, aboutEn string) *problemType {
	return &problemType{status, schemas.Text{Zh: zh, En: en}, schemas.Text{Zh: aboutZh, En: aboutEn}}
}

// The names of the problems. They are part of the contract and never change.
const (
	probMalformedCode   = "malformed-code"
	probCheckCharacter  = "wrong-check-character"
	probNeverIssued     = "never-issued"
	probNotAtThisTime   = "not-at-this-time"
	probRetired         = "retired-code"
	probErased          = "erased"
	probWrongCollection = "wrong-collection"
	probUnknownAlias    = "unknown-alias"
	probAmbiguousAlias  = "ambiguous-alias"
	probMalformedAlias  = "malformed-alias"
	probSensitiveAlias  = "sensitive-alias"
	probUnknownKind     = "unknown-kind"
	probUnknownRole     = "unknown-role"
	probBBox            = "malformed-bbox"
	probDatetime        = "malformed-datetime"
	probKnownAt         = "malformed-known-at"
	probNumber          = "malformed-number"
	probUnknownRevision = "unknown-revision"
	probCRS             = "unknown-crs"
	probFilter          = "malformed-filter"
	probProperty        = "unknown-property"
	probFilterLimit     = "filter-too-large"
	probCursor          = "malformed-cursor"
	probParameter       = "unknown-parameter"
	probValue           = "unsupported-value"
	probTileMatrixSet   = "unknown-tile-matrix-set"
	probLayer           = "unknown-layer"
	probStyle           = "unknown-style"
	probTile            = "malformed-tile"
	probResource        = "unknown-resource"
	probMethod          = "method-not-allowed"
	probNotAcceptable   = "not-acceptable"
	probMediaType       = "unsupported-media-type"
	probBody            = "malformed-body"
	probBodySize        = "body-too-large"
	probURISize         = "uri-too-long"
	probKey             = "unknown-key"
	probUnavailable     = "unavailable"
	probInternal        = "internal"
)

// problemTypes is every problem that the server may answer with; it is not
// written to.
var problemTypes = map[string]*problemType{
	probMalformedCode:   row(400, "城码格式有误", "Malformed city code", "城码为 12 个字符：类别字母、10 位 Crockford 三十二进制数字、校验字符。", "A city code has twelve characters: the letter of its kind, ten Crockford base-32 digits and a check character."),
	probCheckCharacter:  row(400, "校验字符不符", "Wrong check character", "城码格式正确，但校验字符与其余字符不符：有字符输错，或相邻字符颠倒。", "The code has the right form, but its check character does not fit the others: a character is mistyped or two are swapped."),
	probNeverIssued:     row(404, "城码未曾发放", "Code was never issued", "城码格式正确，但没有任何事物使用过它。", "The code is sound, but it was never given to anything."),
	probNotAtThisTime:   row(404, "此时不存在", "Not at this time", "该事物在所问的时间不存在。其历史说明它何时存在。", "The thing does not exist at the time asked about. Its history says when it does."),
	probRetired:         row(410, "城码已停用", "Retired code", "该事物已经终止，或被发现与另一事物重复。参见其历史与后继。", "The thing has ended, or was found to be a duplicate of another. See its history and its successors."),
	probErased:          row(410, "已依法删除", "Erased", "该事物的内容已依法删除，城码不再使用。", "What was known of the thing has been lawfully erased. The code is not used again."),
	probWrongCollection: row(404, "集合不符", "Wrong collection", "城码属于另一类别；请在该类别的集合中查询。", "The code is of another kind; ask the collection of that kind."),
	probUnknownAlias:    row(404, "未知的别名", "Unknown alias", "没有事物使用这个别名。", "The alias names nothing."),
	probAmbiguousAlias:  row(409, "别名有歧义", "Ambiguous alias", "此时该别名指向多个事物；请从候选中选择城码，或指定时间。", "The alias names several things at this time. Choose the code of one, or ask about another time."),
	probMalformedAlias:  row(400, "别名格式有误", "Malformed alias", "别名写作“方案:值”。", "An alias is written scheme:value."),
	probSensitiveAlias:  row(400, "敏感别名", "Sensitive alias", "敏感方案的别名只能在 POST /entities/resolve 的正文中查询，以免出现在网址和日志里。", "Aliases of sensitive schemes resolve only in the body of POST /entities/resolve, so that they stay out of addresses and logs."),
	probUnknownKind:     row(404, "未知的类别", "Unknown kind", "没有这个集合或类别。", "There is no such collection or kind."),
	probUnknownRole:     row(400, "未知的关系", "Unknown link role", "没有这种关系。", "There is no such link role."),
	probBBox:            row(400, "范围有误", "Malformed bbox", "bbox 为 4 或 6 个以逗号分隔的数：西、南、(低、)东、北(、高)；西大于东表示跨越 180° 经线。", "A bbox is 4 or 6 numbers with commas between them: west, south, (bottom,) east, north(, top). West greater than east crosses the antimeridian."),
	probDatetime:        row(400, "时间有误", "Malformed datetime", "datetime 为 RFC 3339 时刻、日期，或“起/止”区间，以“..”表示无界。", "A datetime is an RFC 3339 instant, a date, or an interval a/b with .. for an open end."),
	probKnownAt:         row(400, "known-at 有误", "Malformed known-at", "known-at 为版次号或 RFC 3339 时刻。", "A known-at is a revision number or an RFC 3339 instant."),
	probNumber:          row(400, "数值有误", "Malformed number", "参数应为整数。", "The parameter is a whole number."),
	probUnknownRevision: row(404, "未知的版次", "Unknown revision", "该版次尚未发布；已等待两秒。", "The revision is not published; the server has waited two seconds for it."),
	probCRS:             row(400, "未知的坐标参考系", "Unknown coordinate reference system", "集合文档列出可用的坐标参考系。", "The collection document lists the coordinate reference systems that are served."),
	probFilter:          row(400, "过滤条件有误", "Malformed filter", "过滤条件为 CQL2 文本或 CQL2 JSON。", "A filter is CQL2 text or CQL2 JSON (OGC 21-065r2)."),
	probProperty:        row(400, "未知的属性", "Unknown property", "集合的 queryables 列出可用的属性。", "The queryables of the collection list the properties that can be used."),
	probFilterLimit:     row(400, "过滤条件过大", "Filter too large", "过滤条件超出长度、嵌套或坐标数的限制。", "The filter exceeds a limit of length, nesting or positions."),
	probCursor:          row(400, "游标有误", "Malformed cursor", "游标只用于给出它的那个查询；请使用 next 链接，不要改动。", "A cursor belongs to the query that gave it. Follow the next link as it is."),
	probParameter:       row(400, "未知的参数", "Unknown parameter", "该资源没有这个参数。", "The resource has no such parameter."),
	probValue:           row(400, "参数值不可用", "Unsupported value", "参数值不在可用的值之中。", "The value is none of those that the parameter takes."),
	probTileMatrixSet:   row(404, "未知的瓦片矩阵集", "Unknown tile matrix set", "可用的是 WebMercatorQuad。", "WebMercatorQuad is the tile matrix set that is served."),
	probLayer:           row(404, "未知的图层", "Unknown layer", "/layers.json 列出图层。", "/layers.json lists the layers."),
	probStyle:           row(404, "未知的样式", "Unknown style", "/layers.json 列出样式。", "/layers.json lists the styles."),
	probTile:            row(400, "瓦片坐标有误", "Malformed tile address", "级别为 0 至 24，行列号小于 2 的级别次方。", "A zoom is 0 to 24; row and column are whole numbers below 2 to the power of the zoom."),
	probResource:        row(404, "没有此资源", "No such resource", "参见 /api。", "See /api for what there is."),
	probMethod:          row(405, "方法不可用", "Method not allowed", "该资源不接受此方法；见 Allow 头。", "The resource does not take this method; see the Allow header."),
	probNotAcceptable:   row(406, "没有此格式", "Not acceptable", "该资源没有所求的格式。", "The resource has no such format."),
	probMediaType:       row(415, "正文类型不可用", "Unsupported media type", "正文应为 application/json。", "The body is application/json."),
	probBody:            row(400, "正文有误", "Malformed body", "正文不是所要求的 JSON。", "The body is not the JSON that the resource takes."),
	probBodySize:        row(413, "正文过大", "Body too large", "请分成几次请求。", "Send it in several requests."),
	probURISize:         row(414, "网址过长", "Address too long", "请缩短查询。", "Shorten the query."),
	probKey:             row(401, "密钥无效", "Unknown key", "密钥未知或已过期。不带密钥可以查询公开的内容。", "The key is unknown or has expired. What is public needs no key."),
	probUnavailable:     row(503, "暂时不可用", "Unavailable", "数据库暂时无法访问，或回答耗时过长；请稍后再试。", "The store cannot be reached, or the answer took too long. Try again later."),
	probInternal:        row(500, "服务器内部错误", "Internal error", "这是服务器的缺陷，已记入日志。", "This is a defect of the server. It has been logged."),
}

// ProblemNames returns the name of every problem that a server may answer with,
// sorted.
func ProblemNames() []string { return slices.Sorted(maps.Keys(problemTypes)) }

// domainErrors says which problem an error of the domain is, where no handler
// said it better. The first that matches counts.
var domainErrors = []struct {
	err     error
	problem string
}{
	{entities.ErrCheckCharacter, probCheckCharacter},
	{entities.ErrMalformedCode, probMalformedCode},
	{entities.ErrUnknownKind, probUnknownKind},
	{entities.ErrErased, probErased},
	{entities.ErrNeverIssued, probNeverIssued},
	{entities.ErrNotFound, probNotAtThisTime},
	{entities.ErrAmbiguous, probAmbiguousAlias},
	{entities.ErrKindMismatch, probWrongCollection},
	{entities.ErrUnknownRevision, probUnknownRevision},
	{entities.ErrForeignCursor, probCursor},
	{ErrUnknownLayer, probLayer},
	{entities.ErrEmptyInterval, probDatetime},
	{cql2.ErrUnknownProperty, probProperty},
	{cql2.ErrUnknownFunction, probFilter},
	{cql2.ErrLimit, probFilterLimit},
	{cql2.ErrSyntax, probFilter},
	{cql2.ErrType, probFilter},
	{cql2.ErrValue, probFilter},
	{cql2.ErrGeometry, probFilter},
	{cql2.ErrNotRepresentable, probFilter},
	{entities.ErrUnavailable, probUnavailable},
	{entities.ErrClosed, probUnavailable},
	{context.DeadlineExceeded, probUnavailable},
}

// problemOf returns the problem that an error is for a client.
func problemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	for _, d := range domainErrors {
		if !errors.Is(err, d.err) {
			continue
		}
		p := &Problem{Type: d.problem, Err: err, Detail: problemTypes[d.problem].about}
		var code *entities.CodeError
		if errors.As(err, &code) {
			p.Parameter = "code"
			p.Detail = schemas.Text{En: fmt.Sprintf("%q: %s.", code.Text, code.Reason), Zh: fmt.Sprintf("“%s”：%s", code.Text, problemTypes[d.problem].about.Zh)}
		}
		return p
	}
	return &Problem{Type: probInternal, Err: err, Detail: problemTypes[probInternal].about}
}
