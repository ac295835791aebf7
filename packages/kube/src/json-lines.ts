import { StringDecoder } from "node:string_decoder";

/** A line was longer than allowed: the stream cannot be trusted any more. */
export class LineTooLongError extends Error {
  override readonly name = "LineTooLongError";
}

/** Cuts a byte stream into lines, wherever its chunks were cut, also inside a character. */
export interface LineSplitter {
  /** The lines that this chunk ends, without their line feeds. Empty lines are left out. */
  push(chunk: Buffer): readonly string[];
  /** What came after the last line feed: a line that was cut off, if not empty. */
  rest(): string;
}

/** `maxLength` bounds one line, in characters. */
export function lineSplitter(maxLength: number): LineSplitter {
  const decoder = new StringDecoder("utf8");
  let parts: string[] = []; // of a line not yet ended; joined once, so a long line costs its length once
  let partial = 0;

  const keep = (part: string): void => {
    if (part === "") return;
    partial += part.length;
    if (partial > maxLength)
      throw new LineTooLongError(`A line is longer than ${maxLength} characters`);
    parts.push(part);
  };
  const take = (): string => {
    const line = parts.length === 1 ? (parts[0] as string) : parts.join("");
    parts = [];
    partial = 0;
    return line;
  };

  return {
    push(chunk) {
      const text = decoder.write(chunk);
      const lines: string[] = [];
      let start = 0;
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
        keep(text.slice(start, end));
        start = end + 1;
        const line = take();
        if (line.trim() !== "") lines.push(line);
      }
      keep(text.slice(start));
      return lines;
    },
    rest: () => parts.join("").trim(),
  };
}
