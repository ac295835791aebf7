import { runMain } from "@antrea/command/io";
import { systemContext } from "./io/context.ts";
import { antctl } from "./program.ts";

await runMain({
  program: antctl,
  timeoutMs: ({ timeout }) => timeout,
  context: ({ globals, streams }) => systemContext(globals, streams.env),
});
