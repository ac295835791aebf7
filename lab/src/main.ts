import { runMain } from "@antrea/command/io";
import { program } from "./commands/program.ts";

await runMain({ program, context: ({ globals }) => ({ labName: globals.name }) });
