/**
 * Cuts a byte stream into JSON texts. RFC 7047 section 4 sends them back to back with neither length nor
 * separator, so the end of one is where its brackets balance. Bytes may come in pieces of any size.
 */
export interface Framing {
  /** Takes the next bytes and gives what they complete. Throws `FramingError` if the stream is lost. */
  push(chunk: Uint8Array): readonly Frame[];
}

export type Frame =
  | { readonly kind: "json"; readonly value: unknown }
  /** Brackets balance, so the stream goes on, but what is between them is no JSON. */
  | { readonly kind: "malformed"; readonly reason: string };

/** Where the next text begins can no longer be told: the connection is of no more use. */
export class FramingError extends Error {
  override readonly name = "FramingError";
}

export interface FramingLimits {
  /** The largest text taken; a whole database may come in one. */
  readonly maxSizeBytes: number;
  /** How deep brackets may nest; OVSDB needs about 10. */
  readonly maxDepth: number;
}

export const defaultFramingLimits: FramingLimits = { maxSizeBytes: 256 * 2 ** 20, maxDepth: 64 };

const byte = {
  quote: 0x22,
  backslash: 0x5c,
  openBrace: 0x7b,
  closeBrace: 0x7d,
  openBracket: 0x5b,
  closeBracket: 0x5d,
} as const;
const whitespace: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);

export function jsonFraming(limits: FramingLimits = defaultFramingLimits): Framing {
  let parts: Uint8Array[] = []; // the text under way, without the bytes of the current chunk
  let heldBytes = 0;
  let depth = 0;
  let inString = false;
  let isEscaped = false;

  const step = (b: number): void => {
    if (inString) {
      if (isEscaped) isEscaped = false;
      else if (b === byte.backslash) isEscaped = true;
      else if (b === byte.quote) inString = false;
    } else if (b === byte.quote) inString = true;
    else if (b === byte.openBrace || b === byte.openBracket) depth++;
    else if (b === byte.closeBrace || b === byte.closeBracket) depth--;
  };

  return {
    push(chunk) {
      const frames: Frame[] = [];
      let start = 0; // of the text under way, in this chunk
      for (let i = 0; i < chunk.length; i++) {
        const b = chunk[i] as number;
        if (depth === 0) {
          if (whitespace.has(b)) continue;
          if (b !== byte.openBrace && b !== byte.openBracket)
            throw new FramingError(`Byte 0x${b.toString(16)} where a JSON text should begin`);
          start = i;
        }
        step(b);
        if (depth > limits.maxDepth)
          throw new FramingError(`JSON nests deeper than ${limits.maxDepth}`);
        if (depth === 0) {
          frames.push(parseJson([...parts, chunk.subarray(start, i + 1)]));
          parts = [];
          heldBytes = 0;
        }
      }
      if (depth > 0) {
        parts.push(chunk.slice(start));
        heldBytes += chunk.length - start;
        if (heldBytes > limits.maxSizeBytes)
          throw new FramingError(`A JSON text is larger than ${limits.maxSizeBytes} bytes`);
      }
      return frames;
    },
  };
}

function parseJson(parts: readonly Uint8Array[]): Frame {
  try {
    return { kind: "json", value: JSON.parse(decodeUtf8(parts)) as unknown };
  } catch (error) {
    return { kind: "malformed", reason: error instanceof Error ? error.message : String(error) };
  }
}

function decodeUtf8(parts: readonly Uint8Array[]): string {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  return parts.map((part) => decoder.decode(part, { stream: true })).join("") + decoder.decode();
}
