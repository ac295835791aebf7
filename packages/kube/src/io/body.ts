import type { IncomingMessage } from "node:http";
import { connectionError, KubeError } from "../error.ts";

/** A list of all Pods of a large cluster without paging; beyond it the answer is not believed. */
const maxBodyBytes = 256 * 1024 * 1024;

/** The body of an answer, up to its end. */
export async function readText(asked: string, answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBodyBytes) throw new RangeError(`more than ${maxBodyBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof RangeError)
      throw new KubeError({ code: "bad-response", asked, answer: cause.message }, { cause });
    throw connectionError(asked, cause, true);
  }
  return Buffer.concat(chunks).toString("utf8");
}
