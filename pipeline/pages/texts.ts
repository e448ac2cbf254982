/** A moment as the pages write it: `2026-11-28 09:40 UTC`. */
export function momentText(moment: string | Date): string {
  const iso = typeof moment === 'string' ? moment : moment.toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

/** The day that a run's timestamp names, with the time where it is not midnight. */
export function runText(timestamp: string): string {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)$/.exec(timestamp) ?? [];
  if (!year) return timestamp;
  const isMidnight = `${hour}${minute}${second}` === '000000';
  return `${year}-${month}-${day}${isMidnight ? '' : ` ${hour}:${minute}:${second}`}`;
}

export function groupedText(amount: number): string {
  return String(amount).replace(/\B(?=(\d{3})+$)/g, ',');
}

export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [divisor, unit] = bytes < 1_000_000 ? [1000, 'kB'] : bytes < 1_000_000_000 ? [1e6, 'MB'] : [1e9, 'GB'];
  return `${(bytes / divisor).toFixed(1)} ${unit}`;
}

/** What begins with a small letter elsewhere, as a sentence. */
export function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

/** How long ago, in the largest unit that is whole. */
export function ageText(seconds: number): string {
  const units = [
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
  ] as const;
  for (const [length, unit] of units) {
    const count = Math.floor(seconds / length);
    if (count >= 1) return `${count} ${unit}${count === 1 ? '' : 's'} old`;
  }
  return 'less than a minute old';
}
