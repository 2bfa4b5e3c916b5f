// Lists as CSV files (RFC 4180), with a byte order mark so that spreadsheets read
// them as UTF-8.

export type Cell = string | number | boolean | null | undefined;

function cell(value: Cell): string {
  if (value === null || value === undefined) return '';
  let text = String(value);
  // A spreadsheet runs text that begins like this as a formula.
  if (typeof value === 'string' && /^[=+@\t\r]|^-(?!\d+(\.\d+)?$)/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

export function csv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return '\ufeff' + [header, ...rows].map((row) => row.map(cell).join(',') + '\r\n').join('');
}
