package entities

import (
	"fmt"
	"strings"
)

// Kind is one of the thirteen kinds of things that a city registers.
type Kind uint8

// The kinds, in the order of their numbers. The number is part of every city
// code and never changes.
const (
	Land       Kind = 1 + iota // 地
	Building                   // 楼
	Housing                    // 房
	Right                      // 权
	Person                     // 人
	Enterprise                 // 企
	Event                      // 事
	Thing                      // 物
	Vehicle                    // 车
	Asset                      // 产
	Address                    // 地名地址
	District                   // 行政区划、网格
	Household                  // 户
)

var kindNames = [...]string{
	"", "land", "building", "housing", "right", "person", "enterprise", "event",
	"thing", "vehicle", "asset", "address", "district", "household",
}

const kindLetters = " LBHRPEVTCASDF"

// Kinds returns all kinds in the order of their numbers.
func Kinds() []Kind {
	kinds := make([]Kind, 0, len(kindNames)-1)
	for k := Land; k <= Household; k++ {
		kinds = append(kinds, k)
	}
	return kinds
}

// Valid reports whether k is one of the thirteen kinds.
func (k Kind) Valid() bool { return k >= Land && k <= Household }

// String returns the kind's English name, as it stands in URLs.
func (k Kind) String() string {
	if !k.Valid() {
		return fmt.Sprintf("kind(%d)", uint8(k))
	}
	return kindNames[k]
}

// Letter returns the letter that begins every city code of the kind.
func (k Kind) Letter() byte {
	if !k.Valid() {
		return '?'
	}
	return kindLetters[k]
}

// Codes returns the first and the last code that a thing of the kind can have.
func (k Kind) Codes() (first, last Code) {
	return Code(k)<<serialBits | 1, Code(k)<<serialBits | maxSerial
}

// ParseKind finds a kind by its name, in any case.
func ParseKind(name string) (Kind, error) {
	for k := Land; k <= Household; k++ {
		if strings.EqualFold(kindNames[k], name) {
			return k, nil
		}
	}
	return 0, fmt.Errorf("%w: %q is not one of %s", ErrUnknownKind, name, strings.Join(kindNames[1:], ", "))
}

// kindOfLetter finds a kind by the letter of its codes; 0 where there is none.
func kindOfLetter(letter byte) Kind {
	if i := strings.IndexByte(kindLetters, letter); i > 0 {
		return Kind(i)
	}
	return 0
}
