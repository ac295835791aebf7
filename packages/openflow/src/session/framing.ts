import { HEADER_SIZE } from "../message/messages.ts";

/** A length that no OpenFlow frame can have: where the next frame begins cannot be known. */
export class FramingError extends Error {
  override readonly name = "FramingError";
}

/** Cuts a stream into frames, wherever the chunks begin and end. */
export interface Framer {
  /** The whole frames now there; each is a view that is valid as long as its chunk. Throws a `FramingError`. */
  push(chunk: Uint8Array): readonly Uint8Array[];
}

export function createFramer(): Framer {
  let rest = new Uint8Array(0);
  return {
    push(chunk) {
      const bytes = rest.length === 0 ? chunk : joined(rest, chunk);
      const frames: Uint8Array[] = [];
      let at = 0;
      while (bytes.length - at >= HEADER_SIZE) {
        const length = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
        if (length < HEADER_SIZE)
          throw new FramingError(`A frame says that it has ${length} bytes`);
        if (bytes.length - at < length) break;
        frames.push(bytes.subarray(at, at + length));
        at += length;
      }
      rest = bytes.slice(at);
      return frames;
    },
  };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
