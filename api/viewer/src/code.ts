// City codes, as far as the page needs them: reading what somebody typed, and the
// integer that is the feature id in tiles. Whether a check character is right, the
// server says.

const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Kinds in the order of their numbers, from 1; their letters. */
const kinds = 'LBHRPEVTCASDF';

/** The code without hyphens and blanks, in upper case, or null where the text has another shape. */
export function plainCode(text: string): string | null {
  const bare = text.replace(/[\s-]/g, '').toUpperCase();
  return /^[A-Z][0-9A-Z]{11}$/.test(bare) && kinds.includes(bare.charAt(0)) ? bare : null;
}

/** kind·2^48 + serial, which is exact in a number; null where the text is no code. */
export function codeNumber(text: string): number | null {
  const code = plainCode(text);
  if (!code) return null;
  let serial = 0;
  for (const c of code.slice(1, 11)) {
    const value = digits.indexOf(c === 'I' || c === 'L' ? '1' : c === 'O' ? '0' : c);
    if (value < 0) return null;
    serial = serial * 32 + value;
  }
  if (serial < 1 || serial >= 2 ** 48) return null;
  return (kinds.indexOf(code.charAt(0)) + 1) * 2 ** 48 + serial;
}
