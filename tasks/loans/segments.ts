/** A column of unknown length, in segments: to lengthen one array would take up to three times the memory while it is copied. */
export class Segments<Values extends Float64Array<ArrayBuffer> | Uint8Array<ArrayBuffer>> {
  readonly #make: (rows: number) => Values;
  readonly #segments: Values[] = [];

  constructor(make: (rows: number) => Values) {
    this.#make = make;
  }

  /** Room for the next rows. */
  add(rows: number): Values {
    const segment = this.#make(rows);
    this.#segments.push(segment);
    return segment;
  }

  /** The first `rows` rows in one array. Frees the segments at once, so that columns joined in turn hardly need more memory. */
  join(rows: number): Values {
    const joined = this.#make(rows);
    let start = 0;
    for (const segment of this.#segments) {
      joined.set(segment.subarray(0, rows - start), start);
      start += segment.length;
      segment.buffer.transfer(0);
    }
    return joined;
  }
}
