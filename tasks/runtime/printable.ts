/** A text as a terminal may have it: control characters are spelt, but for the ends of lines and tabs. */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The same on one line. */
export function printableLine(text: string): string {
  return printable(text.replaceAll(/\s*\n\s*/g, ' '));
}
