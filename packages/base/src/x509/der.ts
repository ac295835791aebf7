/**
 * The Distinguished Encoding Rules of ASN.1 (ITU-T X.690), as much as a certificate needs: each
 * function gives one value with its tag and length.
 */

const CONTEXT = 0x80;
const CONSTRUCTED = 0x20;

function tagged(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  return concat(Uint8Array.of(tag), lengthOf(size), ...parts);
}

/** Short form below 128, else a byte with the number of bytes that follow (X.690 section 8.1.3). */
function lengthOf(size: number): Uint8Array {
  if (size < 0x80) return Uint8Array.of(size);
  const bytes = bytesOf(size);
  return Uint8Array.of(0x80 | bytes.length, ...bytes);
}

/** Most significant first, without zeros in front. */
function bytesOf(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return bytes;
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** No more than two digits, which is all that a time asks for. */
const two = (value: number): string => String(value).padStart(2, "0");

export const der = {
  sequence: (...members: readonly Uint8Array[]) => tagged(0x30, ...members),
  set: (...members: readonly Uint8Array[]) => tagged(0x31, ...members),
  boolean: (value: boolean) => tagged(0x01, Uint8Array.of(value ? 0xff : 0)),
  /** A whole number that is not negative, most significant byte first. */
  integer(bytes: Uint8Array): Uint8Array {
    const first = bytes.findIndex((byte) => byte !== 0);
    const short = first < 0 ? Uint8Array.of(0) : bytes.subarray(first);
    return (short[0] ?? 0) < 0x80 ? tagged(0x02, short) : tagged(0x02, Uint8Array.of(0), short); // a set first bit would mean a negative number
  },
  /** As in "2.5.29.17". */
  oid(text: string): Uint8Array {
    const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
    return tagged(0x06, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
  },
  octetString: (content: Uint8Array) => tagged(0x04, content),
  /** Whole bytes, or with so many bits of the last one unused. */
  bitString: (content: Uint8Array, unused = 0) => tagged(0x03, Uint8Array.of(unused), content),
  utf8String: (text: string) => tagged(0x0c, ascii(text)),
  /** UTCTime until 2049, GeneralizedTime from then on (RFC 5280 section 4.1.2.5); whole seconds. */
  time(at: Date): Uint8Array {
    const year = at.getUTCFullYear();
    const rest = [at.getUTCMonth() + 1, at.getUTCDate(), at.getUTCHours()];
    const text = `${[...rest, at.getUTCMinutes(), at.getUTCSeconds()].map(two).join("")}Z`;
    return year < 2050
      ? tagged(0x17, ascii(two(year % 100) + text))
      : tagged(0x18, ascii(year + text));
  },
  /** `[number] IMPLICIT` of a primitive type, such as the names in a subjectAltName. */
  implicit: (number: number, content: Uint8Array) => tagged(CONTEXT | number, content),
  /** `[number] EXPLICIT`. */
  explicit: (number: number, value: Uint8Array) => tagged(CONTEXT | CONSTRUCTED | number, value),
} as const;

/** Seven bits a byte, all but the last with the first bit set. */
function base128(value: number): number[] {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128))
    bytes.unshift(0x80 | (rest % 128));
  return bytes;
}
