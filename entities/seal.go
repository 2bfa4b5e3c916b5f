package entities

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
)

// Sealer turns values of sensitive schemes (personal numbers) into keyed hashes,
// so that they can be looked up and not read (HMAC-SHA-256, RFC 2104, cut to 160
// bits). The key belongs to the store or to the operator, never to the code.
type Sealer struct {
	key []byte
}

// NewSealer makes a sealer; the key has 32 bytes.
func NewSealer(key []byte) *Sealer { return &Sealer{key: key} }

// Seal returns the hash of a normalised value in a scheme, 32 characters of A–Z
// and 2–7.
func (s *Sealer) Seal(scheme, value string) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(scheme))
	mac.Write([]byte{0})
	mac.Write([]byte(value))
	return base32.StdEncoding.EncodeToString(mac.Sum(nil)[:20])
}
