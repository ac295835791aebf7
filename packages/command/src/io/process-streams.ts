import { once } from "node:events";
import { systemClock } from "@antrea/base/io";
import type { Sink, Streams } from "../streams.ts";

/** The process's own streams. A reader that has gone away (`| head`) ends the output, not with an error. */
export function processStreams(): Streams {
  return {
    stdout: sinkOf(process.stdout),
    stderr: sinkOf(process.stderr),
    readStdin,
    env: process.env,
    clock: systemClock,
  };
}

function sinkOf(stream: NodeJS.WriteStream): Sink {
  let isGone = false;
  stream.on("error", () => {
    isGone = true;
  });
  return {
    write: (text) => {
      if (!isGone && text !== "") stream.write(text);
    },
    isTerminal: stream.isTTY === true,
    get width() {
      return stream.columns ?? 80;
    },
  };
}

async function readStdin(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  process.stdin.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(process.stdin, "end");
  return Buffer.concat(chunks);
}
