import { type EchoRequest, type EchoResult, parsePing, pingArguments } from "../host/echo.ts";
import { HostError } from "../host/error.ts";
import { run } from "./run.ts";

/** One ICMP echo by ping(8), and what came of it. */
export async function icmpEcho(
  request: EchoRequest,
  options: { readonly signal: AbortSignal; readonly netnsPath?: string | undefined },
): Promise<EchoResult> {
  const { stdout, stderr } = await run("ping", pingArguments(request), options);
  const result = parsePing(`${stdout}\n${stderr}`);
  if (result) return result;
  const text = (stderr || stdout).trim();
  throw new HostError({ code: "program", entry: `ping ${request.destination}`, text });
}
