/** Reads a line as a row of a GFM table, as far as counting its columns needs it. */

/** Columns of a row: what unescaped bars divide; bars at both ends divide nothing. */
export function columnsOf(line: string): number {
  const row = withoutContainers(line).replace(/\\./g, '').trim()
  const bars = row.split('|').length - 1
  return bars + 1 - (row.startsWith('|') ? 1 : 0) - (row.length > 1 && row.endsWith('|') ? 1 : 0)
}

/** Whether a line could stand under the head of a table: nothing but bars, dashes, colons and spaces. */
export function isDelimiterRow(line: string): boolean {
  const row = withoutContainers(line)
  return row.includes('-') && /^[\s|:-]+$/.test(row) && (row.includes('|') || row.includes(':'))
}

/** Without the marks of quotes and lists that the line begins with; `- ` of a list is told from `-|` of a row by its space. */
function withoutContainers(line: string): string {
  return line.replace(/^(?:\s*(?:>|[-*+]\s|\d{1,9}[.)]\s))+/, '')
}
