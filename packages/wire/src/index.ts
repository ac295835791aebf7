export * from "./byte-reader.ts";
export * from "./byte-writer.ts";
export * from "./codec.ts";
export * from "./decode-error.ts";
export * from "./hex.ts";
export * from "./struct.ts";
export * from "./internet-checksum.ts";
