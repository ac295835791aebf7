import { type Codec, viewBytes } from "./codec.ts";
import { DecodeError, type DecodeProblem } from "./decode-error.ts";

/**
 * Walks over bytes in network order. Never reads past `end`: a message that is shorter than it
 * says becomes a `DecodeError` with the place, counted from the start of the whole frame.
 */
export class ByteReader {
  readonly view: DataView;
  at: number;
  readonly end: number;

  constructor(view: DataView, at = 0, end = view.byteLength) {
    this.view = view;
    this.at = at;
    this.end = end;
  }

  static of(bytes: Uint8Array): ByteReader {
    return new ByteReader(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  get left(): number {
    return this.end - this.at;
  }

  u8(): number {
    return this.view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.view.getUint16(this.#take(2));
  }

  u32(): number {
    return this.view.getUint32(this.#take(4));
  }

  u64(): bigint {
    return this.view.getBigUint64(this.#take(8));
  }

  /** A copy of the next `size` bytes. */
  bytes(size: number): Uint8Array<ArrayBuffer> {
    const start = this.view.byteOffset + this.#take(size);
    return new Uint8Array(this.view.buffer.slice(start, start + size) as ArrayBuffer);
  }

  get<T>(codec: Codec<T>): T {
    return codec.decode(this.view, this.#take(codec.size));
  }

  skip(size: number): void {
    this.#take(size);
  }

  /** A reader of the next `size` bytes, which this one steps over. */
  slice(size: number): ByteReader {
    const start = this.#take(size);
    return new ByteReader(this.view, start, start + size);
  }

  /** Throws what is wrong at the current place, or `back` bytes before it. */
  fail(problem: DecodeProblem, back = 0): never {
    throw new DecodeError(problem, this.at - back, viewBytes(this.view));
  }

  #take(size: number): number {
    const start = this.at;
    if (size > this.end - start)
      this.fail({ code: "truncated", wanted: size, got: this.end - start });
    this.at = start + size;
    return start;
  }
}
