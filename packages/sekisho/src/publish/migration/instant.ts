/** A moment for people, such as `2026-01-31 06:00 UTC`. */
export function formatInstant(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
