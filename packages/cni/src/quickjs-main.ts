import * as std from "std";
import { quickjsWorld } from "./io/quickjs-world.ts";
import { runPlugin } from "./plugin.ts";

void runPlugin(quickjsWorld).then(std.exit);
