package storetest

import "github.com/chengma/chengma/entities"

// timeline is one fact over all of valid time. The zero T is "nothing". A
// timeline is never changed: with makes a new one.
type timeline[T any] []step[T]

// step is a value that holds from an instant until the next step.
type step[T any] struct {
	from  entities.Instant
	value T
}

// at returns what holds at an instant.
func (l timeline[T]) at(t entities.Instant) T {
	var value T
	for _, s := range l {
		if s.from > t {
			break
		}
		value = s.value
	}
	return value
}

// edges returns the instants inside an interval, its beginning first, between
// which nothing changes.
func (l timeline[T]) edges(over entities.Interval) []entities.Instant {
	edges := []entities.Instant{over.From}
	for _, s := range l {
		if over.From < s.from && s.from < over.To {
			edges = append(edges, s.from)
		}
	}
	return edges
}

// change returns the first instant after t at which the fact becomes another
// one, Forever where it never does.
func (l timeline[T]) change(t entities.Instant, same func(a, b T) bool) entities.Instant {
	value := l.at(t)
	for _, s := range l {
		if s.from <= t {
			continue
		}
		if !same(value, s.value) {
			return s.from
		}
	}
	return entities.Forever
}

// with returns the timeline with every value inside an interval replaced by what
// f makes of it.
func (l timeline[T]) with(over entities.Interval, f func(old T) T) timeline[T] {
	if over.Empty() {
		return l
	}
	var out timeline[T]
	for _, s := range l {
		if s.from < over.From {
			out = append(out, s)
		}
	}
	for _, t := range l.edges(over) {
		out = append(out, step[T]{t, f(l.at(t))})
	}
	if over.To != entities.Forever {
		out = append(out, step[T]{over.To, l.at(over.To)})
	}
	for _, s := range l {
		if s.from > over.To {
			out = append(out, s)
		}
	}
	return out
}

// put returns the timeline with one value all over an interval.
func (l timeline[T]) put(over entities.Interval, value T) timeline[T] {
	return l.with(over, func(T) T { return value })
}

// piece is a value over the longest interval on which it does not change.
type piece[T any] struct {
	over  entities.Interval
	value T
}

// pieces cuts the timeline at its changes. What holds nothing comes too.
func (l timeline[T]) pieces(same func(a, b T) bool) []piece[T] {
	var out []piece[T]
	t := entities.Beginning
	for {
		next := l.change(t, same)
		out = append(out, piece[T]{entities.Interval{From: t, To: next}, l.at(t)})
		if next == entities.Forever {
			return out
		}
		t = next
	}
}
