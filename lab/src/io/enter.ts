import type { NamespaceFiles } from "../plan/lab-plan.ts";
import type { Argv } from "./command.ts";

/**
 * The command that runs `argv` inside namespaces. nsenter(1), not `ip netns exec`: that one mounts
 * a new /sys, which hides the cgroups. Without --fork the program keeps nsenter's process id.
 */
export function inNamespaces(files: NamespaceFiles, argv: Argv): Argv {
  return [
    "nsenter",
    `--net=${files.net}`,
    ...(files.mount ? [`--mount=${files.mount}`] : []),
    ...(files.uts ? [`--uts=${files.uts}`] : []),
    "--",
    ...argv,
  ];
}
