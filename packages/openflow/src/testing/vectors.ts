import { readFileSync } from "node:fs";
import { fromHex } from "@antrea/wire";

/** One vector: a text and its bytes; or, for bytes that are wrong, the code of the problem. */
export interface Vector {
  readonly line: number;
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly isBad: boolean;
}

/** Reads a `.vectors` file: text line, hex line, blank line; `!code` instead of the text for a bad one. */
export function readVectors(file: URL): readonly Vector[] {
  const vectors: Vector[] = [];
  const lines = readFileSync(file, "utf8").split("\n");
  for (let i = 0; i < lines.length; i++) {
    const text = lines[i] as string;
    if (text === "" || text.startsWith("#")) continue;
    const bytes = fromHex(lines[++i] ?? "");
    if (!bytes) throw new Error(`Line ${i + 1} of ${file.pathname} is not hexadecimal`);
    const isBad = text.startsWith("!");
    vectors.push({ line: i, text: isBad ? text.slice(1) : text, bytes, isBad });
  }
  return vectors;
}
