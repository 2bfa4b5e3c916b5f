package ingest

import (
	"errors"
	"strings"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/internal/codes"
)

// damaged names what a spreadsheet did to a code, where that is certain.
func damaged(field, text string, sensitive bool) *fault {
	if !suspicious(text) {
		return nil
	}
	d, ok := codes.FindDamage(text)
	if !ok || !d.Certain {
		return nil
	}
	return damageFault(field, text, d, sensitive)
}

// misplaced finds a personal number where none belongs: what is not of a
// sensitive scheme is kept and shown in clear.
func misplaced(field, text string) *fault {
	if !codes.HoldsRID(text) {
		return nil
	}
	return newFault(ruleMisplaced, field, masked)
}

// suspicious tells in a few nanoseconds that most codes are in order.
func suspicious(text string) bool {
	if len(text) > 15 {
		return true
	}
	return strings.ContainsAny(text, ".#eEＥ．＃")
}

func damageFault(field, text string, d codes.Damage, sensitive bool) *fault {
	if sensitive {
		text = masked
	}
	zh, en := d.MessageZh, d.MessageEn
	if d.Repaired != "" && !sensitive {
		zh, en = zh+"（应为 "+d.Repaired+"）", en+" (it should be "+d.Repaired+")"
	}
	return newFault(ruleSpreadsheet, field, text, zh, en)
}

// keyOf checks a value of a scheme and makes the key that is stored: sealed, with
// a mask, where the scheme is sensitive. Where the value is refused the key is
// still one by which its refusal can be found again.
func (w *worker) keyOf(s *schemeProgram, field, text string) (key entities.Key, mask string, bad *fault) {
	text, bad = s.accept(field, text)
	if !s.sensitive {
		if bad != nil && codes.HoldsRID(text) {
			text = "" // not even as the key under which a refusal is filed
		}
		return entities.Key{Scheme: s.name, Value: text}, "", bad
	}
	mask = masked
	if s.check != nil {
		mask = s.check.Mask(text)
	}
	return entities.Key{Scheme: s.name, Value: w.run.sealer.Seal(s.name, text)}, mask, bad
}

// accept normalises a value and checks it.
func (s *schemeProgram) accept(field, text string) (string, *fault) {
	if bad := damaged(field, text, s.sensitive); bad != nil {
		return text, bad
	}
	if s.check != nil {
		accepted, _, err := s.check.Check(text, codes.Options{House26ForgottenTen: s.lenient})
		if err == nil {
			return accepted, nil
		}
		return s.check.Normalise(text), s.failed(field, text, err)
	}
	if bad := misplaced(field, text); bad != nil && !s.sensitive {
		return text, bad
	}
	if s.pattern != nil && !s.pattern.MatchString(text) {
		return text, newFault(ruleCodeLayout, field, s.shown(text), s.titleZh, "应形如 "+s.pattern.String(), "it is not of the form "+s.pattern.String())
	}
	return text, nil
}

func (s *schemeProgram) shown(text string) string {
	if !s.sensitive {
		return text
	}
	if s.check != nil {
		return s.check.Mask(text)
	}
	return masked
}

// failed explains a code that fails its check: by a spreadsheet's damage where
// that is likely, else by the check's own words.
func (s *schemeProgram) failed(field, text string, err error) *fault {
	if d, ok := codes.FindDamage(text); ok {
		return damageFault(field, text, d, s.sensitive)
	}
	var wrong *codes.Error
	if !errors.As(err, &wrong) {
		return newFault(ruleCodeLayout, field, s.shown(text), s.titleZh, "结构错误", "wrong layout")
	}
	r := ruleCodeLayout
	if wrong.Rule == codes.RuleCheck {
		r = ruleCheckDigit
	}
	return newFault(r, field, wrong.Masked, s.titleZh, wrong.MessageZh, wrong.MessageEn)
}

// recordKey is the key under which a refused record without a readable one is
// filed, so that it can be settled.
func recordKey(at place) string { return "record:" + at.file + ":" + itoa(int(at.line)) }
