package entities

// Refusal is a record that was not applied, or one part of it that was not, with
// the reason. Values of sensitive fields are masked before they come here.
type Refusal struct {
	ID       int64
	Run      int64  // the ingest run
	Source   string // the mapping's source
	File     string
	Line     int64  // from 1; 0 where the source has no lines
	Key      string // the record's key as scheme:value, masked where sensitive
	Rule     string // stable name of the rule
	Field    string
	Value    string // cut short, masked where sensitive
	Zh, En   string // the message
	Record   []byte // the record as JSON where none of it is sensitive, to be loaded again
	Partial  bool   // the record was applied without this part
	Revision Revision
	Settled  Revision // 0 while open: the head when it was settled
}

// RefusalQuery selects refusals; zero fields do not restrict.
type RefusalQuery struct {
	Run    int64
	Source string
	Rule   string
	Open   bool  // only those not settled
	After  int64 // only IDs above it
	Limit  int
}
