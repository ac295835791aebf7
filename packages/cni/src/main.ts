import { nodeWorld } from "./io/node-world.ts";
import { runPlugin } from "./plugin.ts";

process.exitCode = await runPlugin(nodeWorld);
