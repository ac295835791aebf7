import {
  LocalApiError,
  type LocalResponse,
  type LocalTransport,
  requestTarget,
} from "@antrea/api/local-api";
import { parseShape, shape } from "@antrea/base";
import { localRequestCommand } from "../commands/local-request.ts";

/** Runs a command in a container and gives what it printed. */
export type RunInPod = (
  command: readonly string[],
  stdin: string,
  options: { readonly signal: AbortSignal },
) => Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }>;

const responseShape = shape.object({ status: shape.whole(100, 599), body: shape.text });

/** Carries requests by running antctl in the Pod of the program that is asked. */
export function execTransport(run: RunInPod): LocalTransport {
  return async (request, options) => {
    const command = ["antctl", localRequestCommand, request.method, requestTarget(request)];
    const { exitCode, stdout, stderr } = await run(command, request.body, options);
    if (exitCode !== 0) {
      const said = stderr.trim().replace(/^antctl: /, "");
      throw new Error(said || `antctl in the Pod ended with exit code ${exitCode}`);
    }
    return responseOf(stdout);
  };
}

function responseOf(stdout: string): LocalResponse {
  let json: unknown;
  try {
    json = JSON.parse(stdout);
  } catch {
    json = undefined;
  }
  const parsed = parseShape(responseShape, json);
  if ("value" in parsed) return parsed.value;
  throw new LocalApiError(
    { code: "bad-answer" },
    `antctl in the Pod answered in a form that is not understood: ${parsed.problem}.`,
  );
}
