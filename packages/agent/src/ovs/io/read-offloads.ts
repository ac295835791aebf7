import { readFileSync } from "node:fs";
import { parseAgentConfig } from "@antrea/api";

/** What the agent's configuration says that ovs-vswitchd must know before it starts. */
export interface OffloadWishes {
  readonly userspaceTso: boolean;
  readonly hwOffload: boolean;
}

/** Reads the agent's configuration. One that is absent or refused wishes nothing: the agent says why it is refused. */
export function readOffloads(file: string | undefined): OffloadWishes {
  const none = { userspaceTso: false, hwOffload: false };
  if (file === undefined) return none;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return none;
    throw error;
  }
  const parsed = parseAgentConfig(text, file);
  if (parsed.kind === "refused") return none;
  return { userspaceTso: parsed.config.userspaceTSO, hwOffload: parsed.config.ovs.hwOffload };
}
