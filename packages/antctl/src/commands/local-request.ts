import { oneOf, text, value } from "@antrea/command";
import { parseRequestTarget } from "@antrea/api/local-api";
import { defineCommand } from "../context.ts";

/** What antctl elsewhere runs in this Pod: one request to the program here, carried as it is. */
export const localRequestCommand = "__api";

export const localRequest = defineCommand({
  name: localRequestCommand,
  summary: "Carry one request to the program of this Pod; the body comes on standard input",
  example: `antctl ${localRequestCommand} GET /agentinfo`,
  isHidden: true,
  positionals: {
    method: value("Method", oneOf(["GET", "POST", "PUT"]), { required: true }),
    target: text("Path and query", { required: true }),
  },
  async run({ positionals: { method, target }, local, streams, signal }) {
    const body = method === "GET" ? "" : Buffer.from(await streams.readStdin()).toString("utf8");
    const answer = await local({ method, ...parseRequestTarget(target), body }, { signal });
    streams.stdout.write(`${JSON.stringify(answer)}\n`);
  },
});
