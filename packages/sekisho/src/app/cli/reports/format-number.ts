/** With commas between thousands. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-GB');
}

/** Failed sessions as a share of all, such as `0.4 %`; a dash without any. */
export function formatShare(failed: number, successful: number): string {
  const all = failed + successful;
  if (all === 0) return '-';
  if (failed === 0) return '0 %';
  const percent = (100 * failed) / all;
  return percent < 0.1 ? '<0.1 %' : `${percent.toFixed(1)} %`;
}
