package api

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"

	"github.com/chengma/chengma/entities"
)

// cursor is where a page ended. It pins the revision and the valid time of the
// first page, so that what changes in between is neither skipped nor repeated.
type cursor struct {
	rev  entities.Revision
	span entities.Interval
	// single says that span stands for one instant.
	single bool
	// matched and estimate are what the first page found; −1 for not known.
	matched, estimate int
	after             entities.Position
}

const (
	cursorVersion = 1
	cursorSum     = 8    // bytes of checksum
	mostCursor    = 4096 // bytes of text
)

// encode writes the cursor for one query: its checksum covers the query, so that
// it fits no other. It is no secret and grants nothing.
func (c cursor) encode(query string) string {
	b := []byte{cursorVersion}
	b = binary.AppendVarint(b, int64(c.rev))
	b = binary.AppendVarint(b, int64(c.span.From))
	b = binary.AppendVarint(b, int64(c.span.To))
	b = append(b, flag(c.single))
	b = binary.AppendVarint(b, int64(c.matched))
	b = binary.AppendVarint(b, int64(c.estimate))
	b = binary.AppendUvarint(b, uint64(c.after.Code))
	b = binary.AppendUvarint(b, uint64(len(c.after.Keys)))
	for _, key := range c.after.Keys {
		b = append(b, byte(key.Type()))
		text := key.AppendJSON(nil)
		b = binary.AppendUvarint(b, uint64(len(text)))
		b = append(b, text...)
	}
	sum := cursorChecksum(b, query)
	return base64.RawURLEncoding.EncodeToString(append(sum[:cursorSum], b...))
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

func cursorChecksum(b []byte, query string) [sha256.Size]byte {
	return sha256.Sum256(append(append([]byte(nil), b...), query...))
}

// parseCursor reads a cursor of a query.
func parseCursor(text, query string) (cursor, error) {
	var c cursor
	bad := refuse(probCursor, "cursor", "The cursor is damaged or belongs to another query; follow the next link as it is.", "游标已损坏或属于另一查询；请原样使用 next 链接。")
	if len(text) > mostCursor {
		return c, bad
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) < cursorSum+1 {
		return c, bad
	}
	body := raw[cursorSum:]
	sum := cursorChecksum(body, query)
	if subtle.ConstantTimeCompare(sum[:cursorSum], raw[:cursorSum]) != 1 || body[0] != cursorVersion {
		return c, bad
	}
	r := &cursorReader{bytes.NewReader(body[1:]), false}
	c.rev = entities.Revision(r.varint())
	c.span = entities.Interval{From: entities.Instant(r.varint()), To: entities.Instant(r.varint())}
	c.single = r.byte() == 1
	c.matched, c.estimate = int(r.varint()), int(r.varint())
	c.after.Code = entities.Code(r.uvarint())
	for n := min(r.uvarint(), mostCursor); n > 0 && !r.failed; n-- {
		c.after.Keys = append(c.after.Keys, r.value())
	}
	if r.failed || r.Len() > 0 || c.span.Empty() || c.rev < 0 {
		return cursor{}, bad
	}
	return c, nil
}

type cursorReader struct {
	*bytes.Reader
	failed bool
}

func (r *cursorReader) varint() int64 {
	v, err := binary.ReadVarint(r.Reader)
	r.failed = r.failed || err != nil
	return v
}

func (r *cursorReader) uvarint() uint64 {
	v, err := binary.ReadUvarint(r.Reader)
	r.failed = r.failed || err != nil
	return v
}

func (r *cursorReader) byte() byte {
	v, err := r.ReadByte()
	r.failed = r.failed || err != nil
	return v
}

func (r *cursorReader) value() entities.Value {
	kind := entities.ValueType(r.byte())
	n := r.uvarint()
	if r.failed || n > uint64(r.Len()) {
		r.failed = true
		return entities.Unset
	}
	text := make([]byte, n)
	_, _ = r.Read(text) // n bytes are there
	if kind == entities.UnsetType {
		return entities.Unset
	}
	v, err := entities.JSON(text)
	if err != nil || v.Type() != kind {
		r.failed = true
	}
	return v
}
