import { formatReference } from "@antrea/command";
import { program } from "./commands/program.ts";

/** The page docs/reference/antrea-lab.md. */
export function labReference(): string {
  return formatReference(program);
}
