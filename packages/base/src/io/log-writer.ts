import type { Writable } from "node:stream";

/** How much may wait for its reader, in bytes: some 5,000 lines. */
const mostWaiting = 1024 * 1024;

/**
 * Gives lines to `stream` and never waits: a container runtime that hangs reads no logs, and must not
 * hold up the Node's network. Lines that find too much waiting are lost; once all that waited is read,
 * `onLost` hears how many. Where the reader has gone for good, so have all later lines.
 */
export function logWriter(
  stream: Writable,
  onLost: (count: number) => void,
): (line: string) => void {
  let lost = 0;
  stream.on("error", () => {});
  stream.on("drain", () => {
    const count = lost;
    lost = 0;
    if (count > 0) onLost(count);
  });
  return (line) => {
    if (stream.writableLength + line.length > mostWaiting) lost++;
    else stream.write(line);
  };
}
