/** Some bits of a port number; all of them where the mask is 0xffff. */
export interface MaskedPort {
  readonly value: number;
  readonly mask: number;
}

/** A range of ports as the fewest masked values: at most 30, and one for a range that is a power of two. */
export function maskedPorts(first: number, last: number): readonly MaskedPort[] {
  const parts: MaskedPort[] = [];
  for (let from = first; from <= last; ) {
    let size = 1;
    while (from % (size * 2) === 0 && from + size * 2 - 1 <= last && size < 0x10000) size *= 2;
    parts.push({ value: from, mask: 0x10000 - size });
    from += size;
  }
  return parts;
}
