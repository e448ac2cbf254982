const zero = 0x30;

/** The labels, read row by row from the text of their cells: 0 repaid, 1 default. */
export class LabelColumn {
  values = new Uint8Array(1);

  /** Where the labels of the next rows go. */
  readInto(values: Uint8Array<ArrayBuffer>): void {
    this.values = values;
  }

  /** Reads the label at `at` into `row`; returns where its text ends, or -1 if it is neither 0 nor 1. */
  readCell(row: number, bytes: Uint8Array, at: number): number {
    const label = (bytes[at] ?? 0) - zero;
    if (label !== 0 && label !== 1) return -1;
    this.values[row] = label;
    return at + 1;
  }
}
