import { invariant } from "@antrea/base";
import type { Codec } from "./codec.ts";

/** Bytes under construction, in network order, in one buffer that doubles when it is full. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView<ArrayBuffer>;
  /** How many bytes are written; the next one goes here. */
  size = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#view.setUint8(this.size, value);
    this.size += 1;
  }

  u16(value: number): void {
    this.#reserve(2);
    this.#view.setUint16(this.size, value);
    this.size += 2;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.size, value);
    this.size += 4;
  }

  u64(value: bigint): void {
    this.#reserve(8);
    this.#view.setBigUint64(this.size, value);
    this.size += 8;
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.size);
    this.size += value.length;
  }

  put<T>(codec: Codec<T>, value: T): void {
    this.zeros(codec.size);
    codec.encode(value, this.#view, this.size - codec.size);
  }

  zeros(count: number): void {
    this.#reserve(count);
    this.#bytes.fill(0, this.size, this.size + count);
    this.size += count;
  }

  /** Writes zeros until what began at `start` takes a multiple of `alignment` bytes. */
  pad(alignment: number, start = 0): void {
    const over = (this.size - start) % alignment;
    if (over !== 0) this.zeros(alignment - over);
  }

  /** Overwrites two bytes written earlier: a length that is known only now. */
  setU16(at: number, value: number): void {
    invariant(value <= 0xffff, `${value} bytes fit a 16-bit length`);
    this.#view.setUint16(at, value);
  }

  setU32(at: number, value: number): void {
    this.#view.setUint32(at, value);
  }

  /** What is written so far, not copied: valid until the next write or `clear`. */
  written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.size);
  }

  /** A copy of what is written so far. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.size);
  }

  clear(): void {
    this.size = 0;
  }

  #reserve(count: number): void {
    const wanted = this.size + count;
    if (wanted <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(wanted, 2 * this.#bytes.length));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
