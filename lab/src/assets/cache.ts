import { homedir } from "node:os";
import { join } from "node:path";

/** Where everything lies that outlives a checkout: `$XDG_CACHE_HOME/antrea-lab`, or `~/.cache/antrea-lab`. */
export function cacheRoot(): string {
  return join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "antrea-lab");
}
