import { formatReference } from "@antrea/command";
import { antctl } from "./program.ts";

/** The page docs/reference/antctl.md. */
export function antctlReference(): string {
  return formatReference(antctl);
}
