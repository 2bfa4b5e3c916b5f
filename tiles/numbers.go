package tiles

// numberTable maps numbers of dictionaries to numbers of the layer's values: a
// hash table with linear probing that is emptied by counting up.
type numberTable struct {
	slots []slot
	epoch uint32
	used  int
}

type slot struct {
	key   uint64
	epoch uint32
	value uint32 // plus one; 0 for none yet
}

func (t *numberTable) reset() {
	t.epoch++
	t.used = 0
	if t.epoch == 0 || t.slots == nil {
		t.slots, t.epoch = make([]slot, 1024), 1
	}
}

// slot returns the place of a key; it is valid until the next call.
func (t *numberTable) slot(key uint64) *slot {
	if 2*t.used >= len(t.slots) {
		t.grow()
	}
	s := t.probe(key)
	if s.epoch != t.epoch {
		*s = slot{key: key, epoch: t.epoch}
		t.used++
	}
	return s
}

func (t *numberTable) probe(key uint64) *slot {
	mask := uint64(len(t.slots) - 1)
	for i := key * 0x9E3779B97F4A7C15 >> 20; ; i++ {
		if s := &t.slots[i&mask]; s.epoch != t.epoch || s.key == key {
			return s
		}
	}
}

func (t *numberTable) grow() {
	old := t.slots
	t.slots = make([]slot, 2*len(old))
	for _, s := range old {
		if s.epoch == t.epoch {
			*t.probe(s.key) = s
		}
	}
}
