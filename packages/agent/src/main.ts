#!/usr/bin/env node
import { errorText } from "@antrea/base";
import { rootLogger } from "@antrea/base/io";
import { startAgent } from "./agent.ts";
import { readEnvironment, StartRefused } from "./node/io/environment.ts";

const log = rootLogger("antrea-agent", "info");
const stop = new AbortController();
for (const name of ["SIGTERM", "SIGINT"] as const)
  process.once(name, () => stop.abort(new Error(`Received ${name}`)));

try {
  const environment = readEnvironment(process.argv.slice(2), process.env);
  if (process.argv.includes("--check-config")) {
    process.stdout.write(`${environment.config.trafficEncapMode}: the configuration is right\n`);
    process.exit(0);
  }
  for (const { key, line } of environment.notActive)
    log.warn("Option has no effect in this version", { key, line });
  const agent = await startAgent(environment, log, stop.signal);
  const stopped = new Promise<void>((resolve) =>
    stop.signal.addEventListener("abort", () => resolve(), { once: true }),
  );
  await Promise.race([stopped, agent.failed]);
  log.info("Stopping; the bridge and its flows stay as they are");
  await agent.stop();
} catch (error) {
  if (stop.signal.aborted) process.exit(0);
  if (error instanceof StartRefused) process.stderr.write(`${error.message}\n`);
  else log.error("Cannot go on", { err: errorText(error) });
  process.exit(1);
}
