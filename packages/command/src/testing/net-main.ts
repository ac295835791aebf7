import { runMain } from "../io/main.ts";
import { netProgram } from "./net-program.ts";

await runMain({ program: netProgram, context: () => ({ nodes: [{ name: "node-1", pods: 3 }] }) });
