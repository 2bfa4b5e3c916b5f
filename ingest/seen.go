package ingest

import "math/bits"

// seenTable remembers the keys of a run by 64 bits of their hash: which record
// had it first, and with what content. It is a hash table with open addressing,
// because it is the one thing that grows with a file: 24 bytes an entry, at most
// three quarters full.
type seenTable struct {
	slots []seenSlot
	used  int
	files []string
}

type seenSlot struct {
	hash    uint64 // 0: free
	content uint64
	line    uint32
	file    uint32
}

func newSeenTable() *seenTable { return &seenTable{slots: make([]seenSlot, 1<<10)} }

// file numbers a file's name; runs have few files.
func (t *seenTable) file(name string) uint32 {
	for i := len(t.files) - 1; i >= 0; i-- {
		if t.files[i] == name {
			return uint32(i)
		}
	}
	t.files = append(t.files, name)
	return uint32(len(t.files) - 1)
}

func (t *seenTable) slot(hash uint64) *seenSlot {
	if hash == 0 {
		hash = 1
	}
	mask := uint64(len(t.slots) - 1)
	for i := bits.RotateLeft64(hash, 32) & mask; ; i = (i + 1) & mask {
		if s := &t.slots[i]; s.hash == hash || s.hash == 0 {
			return s
		}
	}
}

// has reports whether a hash was put in.
func (t *seenTable) has(hash uint64) bool { return t.slot(hash).hash != 0 }

// put notes a record under a hash unless there is one already, and returns the
// one that is there.
func (t *seenTable) put(hash, content uint64, at place) (first seenSlot, fresh bool) {
	if 4*(t.used+1) > 3*len(t.slots) {
		t.grow()
	}
	s := t.slot(hash)
	if s.hash != 0 {
		return *s, false
	}
	if hash == 0 {
		hash = 1
	}
	*s = seenSlot{hash: hash, content: content, line: uint32(min(at.line, 1<<32-1)), file: t.file(at.file)}
	t.used++
	return *s, true
}

// replace lets another record be the first under a hash.
func (t *seenTable) replace(hash, content uint64, at place) {
	s := t.slot(hash)
	if s.hash != 0 {
		s.content, s.line, s.file = content, uint32(min(at.line, 1<<32-1)), t.file(at.file)
	}
}

func (t *seenTable) grow() {
	old := t.slots
	t.slots = make([]seenSlot, 2*len(old))
	for _, s := range old {
		if s.hash != 0 {
			*t.slot(s.hash) = s
		}
	}
}

// hashKey is FNV-1a with a final mix, over a key and what tells its records of
// several times apart.
func hashKey(scheme, value string, more ...uint64) uint64 {
	h := uint64(14695981039346656037)
	step := func(c byte) { h = (h ^ uint64(c)) * 1099511628211 }
	for i := range len(scheme) {
		step(scheme[i])
	}
	step(0)
	for i := range len(value) {
		step(value[i])
	}
	for _, m := range more {
		for range 8 {
			step(byte(m))
			m >>= 8
		}
	}
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
