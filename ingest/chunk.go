package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chengma/chengma/entities"
)

// chunk gathers the records of one batch, in order.
type chunk struct {
	most  int // records
	items []*item
	bytes int
	// keys are those of the records, and whether one makes a duplicate of its
	// thing; nil where the mapping has no such operations.
	keys map[entities.Key]bool
}

const (
	chunkActs  = 8_000
	chunkBytes = 16 << 20
)

func newChunk(r *runState) *chunk {
	c := &chunk{most: min(max(chunkActs/max(r.prog.actsARecord, 1), 200), 6_000)}
	if r.prog.operation.merges() {
		c.keys = make(map[entities.Key]bool)
	}
	return c
}

// merges reports whether records may say that things are the same.
func (op *operationProgram) merges() bool {
	if op == nil {
		return false
	}
	for _, does := range op.values {
		if does == opSameAs || does == opDifferent {
			return true
		}
	}
	return false
}

// full reports whether a record belongs into the next batch. It depends on the
// records alone.
func (c *chunk) full(it *item, size int) bool {
	if len(c.items) == 0 {
		return false
	}
	if c.keys != nil {
		// What is said of a thing, that it is a duplicate, and that it is none after
		// all, are published one after the other.
		merged, there := c.keys[it.key]
		if there && (merged || it.op == opSameAs || it.op == opDifferent) {
			return true
		}
	}
	return len(c.items) >= c.most || c.bytes+size > chunkBytes
}

func (c *chunk) add(it *item, size int) {
	c.items = append(c.items, it)
	c.bytes += size
	if c.keys != nil && it.hasKey {
		c.keys[it.key] = c.keys[it.key] || it.op == opSameAs || it.op == opDifferent
	}
}

// publish applies a chunk as one batch and counts what became of its records.
func (r *runState) publish(ctx context.Context, c *chunk) error {
	number := r.chunks
	r.chunks++
	for _, it := range c.items {
		r.report.Read++
		r.judge(it)
	}
	b := &batch{run: r, key: fmt.Sprintf("ingest:%d:%d", r.id, number), items: c.items}
	if err := b.subjects(ctx); err != nil {
		return err
	}
	if err := b.singles(ctx); err != nil {
		return err
	}
	if err := b.resolve(ctx); err != nil {
		return err
	}
	var err error
	if r.preview != nil {
		err = r.preview.compare(ctx, b)
	} else {
		err = b.apply(ctx)
	}
	if err != nil {
		return err
	}
	b.count()
	r.tell()
	return nil
}

// judge finds doubles and numbers repeats; it sees the records in order.
func (r *runState) judge(it *item) {
	if it.skipped != nil && it.skipped == ruleOnly {
		return
	}
	if !it.hasKey {
		if it.refused != nil && r.prog.full != nil {
			r.report.suspendEnds("records without a readable key: " + it.at.file + " line " + itoa(int(it.at.line)))
		}
		return
	}
	if r.prog.key.number {
		r.numberRepeat(it)
	}
	if r.prog.full != nil {
		key := hashKey(it.key.Scheme, it.key.Value)
		if !r.prog.dated() {
			r.judgeOnce(it, key)
			return
		}
		r.seen.put(key, 0, it.at) // it is there, whatever it says and of whichever time
	}
	r.judgeOnce(it, hashKey(it.key.Scheme, it.key.Value, uint64(it.over.From), uint64(it.over.To), uint64(it.op)))
}

func (r *runState) judgeOnce(it *item, hash uint64) {
	first, fresh := r.seen.put(hash, it.content, it.at)
	switch {
	case fresh:
		if it.refused != nil {
			r.seen.replace(hash, 0, place{}) // the next record with the key is the first
		}
	case first.line == 0:
		if it.refused == nil {
			r.seen.replace(hash, it.content, it.at)
		}
	case it.refused != nil || it.skipped != nil:
	case first.content == it.content:
		it.skipped, it.acts, it.late, it.partial = ruleSame, nil, nil, nil
	default:
		it.refused = newFault(ruleKeyTwice, r.prog.key.text.names, "", r.seen.files[first.file], first.line)
		it.acts, it.late, it.partial = nil, nil, nil
	}
}

// numberRepeat gives the second record with a key the key with #2, and so on.
func (r *runState) numberRepeat(it *item) {
	suffix, again := strings.CutPrefix(it.filed, it.key.String())
	if !again { // a record that is loaded again keeps the number that it had
		hash := hashKey(it.key.Scheme+"#", it.key.Value)
		if count, fresh := r.seen.put(hash, 1, it.at); !fresh {
			n := count.content + 1
			r.seen.replace(hash, n, it.at)
			suffix = "#" + itoa(int(n))
		}
	}
	if !strings.HasPrefix(suffix, "#") {
		return
	}
	it.key.Value += suffix
	for _, act := range it.acts {
		switch act := act.(type) {
		case *entities.Assert:
			act.Subject.Key = it.key
		case *entities.End:
			act.Subject.Key = it.key
		case *entities.ClaimAlias:
			act.Subject.Key = it.key
		}
	}
}

// batch is a chunk on its way into the store.
type batch struct {
	run   *runState
	key   string
	items []*item
	final bool // links that waited for the end of the run

	acts    []entities.Act
	owners  []owner
	receipt entities.Receipt
}

// owner says whose an act is: which item, and which of its late acts (-1: none).
type owner struct {
	item, late int
}

// build lists the acts: first what records say of themselves, in order, then what
// they say of others, so that records of one batch may name each other.
func (b *batch) build() {
	b.acts, b.owners = b.acts[:0], b.owners[:0]
	for i, it := range b.items {
		if it.refused != nil || it.skipped != nil {
			continue
		}
		for _, act := range it.acts {
			b.acts = append(b.acts, act)
			b.owners = append(b.owners, owner{i, -1})
		}
	}
	for i, it := range b.items {
		if it.refused != nil || it.skipped != nil {
			continue
		}
		for j := range it.late {
			if act := it.late[j].act(it.key, b.run.prog.source); act != nil {
				b.acts = append(b.acts, act)
				b.owners = append(b.owners, owner{i, j})
			}
		}
	}
}

// apply publishes the batch. Where the store finds an act at fault its record is
// refused and the rest is tried again.
func (b *batch) apply(ctx context.Context) error {
	for {
		b.build()
		refusals := b.refusals()
		if len(b.acts) == 0 && len(refusals) == 0 {
			return nil
		}
		receipt, err := b.run.store.Apply(ctx, entities.Batch{
			Key: b.key, Source: b.run.prog.source, Note: b.run.report.note(), Acts: b.acts, Refusals: refusals,
		})
		if err == nil {
			b.receipt = receipt
			if receipt.Repeated {
				return b.again()
			}
			return nil
		}
		var at *entities.ActError
		if !errors.As(err, &at) || at.Index < 0 || at.Index >= len(b.owners) {
			return fmt.Errorf("apply batch %s: %w", b.key, err)
		}
		b.reject(at)
	}
}

// again sees to what an earlier run may have left of a batch that it published:
// links that were waiting then.
func (b *batch) again() error {
	if b.final {
		return nil
	}
	for _, it := range b.items {
		if it.refused != nil || it.skipped != nil {
			continue
		}
		for i := range it.late {
			if late := &it.late[i]; !late.dropped() && !late.different && late.waits() && len(late.targets) > 0 {
				if err := b.run.putOff(it, late); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// reject takes the record, or the late act, out that the store does not take.
func (b *batch) reject(at *entities.ActError) {
	own := b.owners[at.Index]
	it := b.items[own.item]
	bad := storeFault(at.Err, b.run.prog.sensitive)
	if own.late < 0 {
		it.refused = bad
		return
	}
	late := &it.late[own.late]
	if len(late.targets) > 0 {
		bad.field = late.targets[0].field
	}
	required := func(t lateTarget) bool { return t.link == nil || t.link.required }
	if late.sameAs || late.different || slices.ContainsFunc(late.targets, required) {
		it.refused = bad
		return
	}
	it.partial = append(it.partial, bad)
	late.drop()
}

// storeFault names what the store found.
func storeFault(err error, sensitive bool) *fault {
	text := err.Error()
	if sensitive {
		text = masked
	}
	var many *entities.AmbiguousError
	switch {
	case errors.As(err, &many):
		return newFault(ruleAmbiguous, "", "", len(many.Candidates))
	case errors.Is(err, entities.ErrNotFound):
		return newFault(ruleKeyUnknown, "", "")
	case errors.Is(err, entities.ErrKindMismatch):
		return newFault(ruleKind, "", "", text)
	case errors.Is(err, entities.ErrFrozen):
		return newFault(ruleFrozen, "", "", text)
	case errors.Is(err, entities.ErrErased):
		return newFault(ruleErased, "", "", text)
	}
	return newFault(ruleRejected, "", "", cut(text, 200))
}

// count adds up what became of the records.
func (b *batch) count() {
	rep := b.run.report
	outcomes := make([]entities.Outcome, len(b.items))
	rank := [...]int{entities.Unchanged: 0, entities.Updated: 1, entities.Created: 2}
	for i, result := range b.receipt.Results {
		if o := &outcomes[b.owners[i].item]; rank[result.Outcome] > rank[*o] {
			*o = result.Outcome
		}
	}
	for i, it := range b.items {
		b.run.open.note(b, it)
		for _, bad := range it.partial {
			rep.partial(bad)
		}
		switch {
		case b.final:
		case it.skipped != nil:
			rep.skip(it.skipped)
		case it.refused != nil:
			rep.refuse(it.refused)
		case b.receipt.Repeated:
			rep.Repeated++
		case outcomes[i] == entities.Created:
			rep.Created++
		case outcomes[i] == entities.Updated:
			rep.Updated++
		default:
			rep.Unchanged++
		}
	}
	if b.run.preview == nil {
		rep.published(b.receipt)
	}
}
