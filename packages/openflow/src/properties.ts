import type { ByteReader, ByteWriter } from "@antrea/wire";

/** A property TLV (OpenFlow 1.5.1 section 7.1.3): type, length without padding, payload, padding to eight. */
export interface Property {
  readonly type: number;
  readonly value: ByteReader;
}

/** Writes the header, what `body` writes, and the padding. */
export function putProperty(type: number, out: ByteWriter, body: () => void): void {
  const start = out.size;
  out.u16(type);
  out.u16(0);
  body();
  out.setU16(start + 2, out.size - start);
  out.pad(8, start);
}

/** A 16-bit value: the specification counts its two bytes of padding in the length. */
export function putU16Property(type: number, value: number, out: ByteWriter): void {
  putProperty(type, out, () => {
    out.u16(value);
    out.zeros(2);
  });
}

/** All properties up to the reader's end. */
export function readProperties(body: ByteReader): readonly Property[] {
  const found: Property[] = [];
  while (body.left > 0) {
    const type = body.u16();
    const length = body.u16();
    if (length < 4) body.fail({ code: "bad-length", declared: length }, 2);
    found.push({ type, value: body.slice(length - 4) });
    body.skip(Math.min(body.left, (8 - (length % 8)) % 8));
  }
  return found;
}
