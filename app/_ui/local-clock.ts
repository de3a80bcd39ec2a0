/** `14:02` on the clock of whoever looks; for times that happen in the browser, never for text drawn on the server. */
export function formatLocalClock(at: Date): string {
  return `${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}`
}
