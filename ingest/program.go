package ingest

import (
	"regexp"
	"time"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/internal/codes"
	"github.com/chengma/chengma/internal/geodesy"
	"github.com/chengma/chengma/schemas"
)

// program is a mapping made ready to run: columns are numbers, code lists are
// maps, units are factors. It is not changed after it is compiled and is shared
// by all workers.
type program struct {
	source  string
	kind    entities.Kind
	schema  *schemas.Kind
	columns []string // of the files, in order of first mention

	class       *textProgram // nil: the kind's only class
	classConst  string
	document    *textProgram
	collected   *timeProgram
	mode        *textProgram
	modeConst   entities.Mode
	zone        *time.Location // nil: the run's
	nulls       map[string]bool
	whole       bool
	only        []onlyProgram
	operation   *operationProgram
	full        *fullProgram
	key         keyProgram
	geometry    geometryProgram
	envelope    *geodesy.Envelope // nil: the run's
	from, to    *timeProgram      // nil: run, no end
	states      []stateProgram    // one without states in the mapping
	aliases     []aliasProgram
	links       []linkProgram
	ownSchemes  map[string]bool // of key and aliases: what links may wait for
	sensitive   bool            // a record has values that must not be kept in clear
	complete    map[string]bool // classes all of whose mandatory fields are mapped
	actsARecord int             // about so many
	notes       []string
}

// dated reports whether records have valid times of their own, so that several
// with one key may be the history of a thing.
func (p *program) dated() bool { return p.from != nil && len(p.from.text.columns) > 0 }

// textProgram gets a text, or a value as the file has it, out of a record.
type textProgram struct {
	at      string // path in the mapping, for messages: "fields.height"
	columns []int
	names   string // of the columns, for messages
	join    string
	all     bool // all columns are needed
	path    []string
	nulls   map[string]bool
	keep    bool // blanks stay
	fold    bool
	letters func(string) string
	pad     *padProgram
	konst   *string
	list    map[string]listed // nil: no code list
	other   *string           // for what the list does not have
	dflt    *string
}

// padProgram fills texts of fewer than to characters up.
type padProgram struct {
	to    int
	with  string
	right bool
}

// listed is one value of a code list; none where it means "no value".
type listed struct {
	text string
	none bool
}

type onlyProgram struct {
	column int
	values map[string]bool
}

type fieldProgram struct {
	name      string
	field     *schemas.Field
	text      textProgram
	konst     entities.Value // set where the value is the same for all
	factor    float64
	offset    float64
	digits    int // -1: as they are
	comma     bool
	forms     []dateForm
	isDate    bool
	yes, no   map[string]bool
	empty     emptySays
	required  bool
	drop      bool
	secondary bool
	sensitive bool
	codeLike  bool // a spreadsheet's damage shows
}

type emptySays uint8

const (
	emptyUnsets emptySays = iota
	emptyIsNull
	emptyKeeps
)

type stateProgram struct {
	from, to *timeProgram
	mode     *entities.Mode
	fields   []fieldProgram // sorted by name
}

type timeProgram struct {
	text      textProgram
	forms     []dateForm
	formNames string
	fixed     fixedTime // where columns are none, or for the default
	dflt      *fixedTime
	inclusive bool
}

// fixedTime is run, always, or an instant that still needs the zone.
type fixedTime struct {
	run, always bool
	text        string
}

// schemeProgram checks and seals the values of one alias scheme.
type schemeProgram struct {
	name      string
	check     *codes.Scheme // nil: no check is known
	pattern   *regexp.Regexp
	titleZh   string
	sensitive bool
	lenient   bool
}

type keyProgram struct {
	text   textProgram
	scheme schemeProgram
	number bool // repeats are numbered
	record bool // the alias holds since the record's valid time
	mint   bool
}

type aliasProgram struct {
	text     textProgram
	scheme   schemeProgram
	split    string
	when     whenProgram
	shared   bool
	single   bool // earlier values of the scheme end
	required bool
	drop     bool
}

// whenProgram is the valid time of an alias or a link.
type whenProgram struct {
	always, record bool
	from, to       *timeProgram
}

type onMissing uint8

const (
	missingDrops onMissing = iota
	missingRefuses
	missingIgnored
)

type linkProgram struct {
	at         string
	role       schemas.Role
	text       textProgram
	scheme     *schemeProgram // nil: by place
	split      string
	prefix     int
	within     *placeProgram
	nearest    *placeProgram
	share      int // column, -1: none
	add        bool
	when       whenProgram
	level      int
	confidence float64
	keep       bool // an empty cell says nothing
	required   bool
	missing    onMissing
	all        bool // of several candidates
	waits      bool // the target may come later in the same files
}

type placeProgram struct {
	kind    entities.Kind
	classes []string
	metres  float64
}

type geometryProgram struct {
	from       geometryForm
	a, b, z    int // columns: lon lat, x y, or wkt in a
	comma      bool
	nulls      map[string]bool
	required   bool
	repair     bool
	clears     bool // a record without a shape removes an earlier one
	drop       bool
	crs        *geodesy.CRS
	yFirst     bool // the file has latitude or northing first
	asIs       bool // nothing is to be converted
	vertical   string
	provenance string // named where coordinates were shifted on the way in
}

type geometryForm uint8

const (
	geometryNone geometryForm = iota
	geometryFile
	geometryPoint
	geometryWKT
)

type operation uint8

const (
	opUpsert operation = iota
	opEnd
	opSplit
	opMerge
	opVoid
	opSameAs
	opDifferent
	opSkip
)

var operationNames = map[string]operation{
	"upsert": opUpsert, "end": opEnd, "split": opSplit, "merge": opMerge, "void": opVoid,
	"same-as": opSameAs, "different": opDifferent, "skip": opSkip,
}

type operationProgram struct {
	text   textProgram
	values map[string]operation
	into   *targetProgram
	of     *targetProgram
	reason int // column, -1: none
}

type targetProgram struct {
	at     string
	text   textProgram
	scheme schemeProgram
	split  string
}

// fullProgram is what a full extract says about what is not in it.
type fullProgram struct {
	asOf       fixedTime
	classes    []string
	attributes map[string]map[string]bool
	box        *entities.Box
	linkedRole string
	linkedTo   entities.Key
}
