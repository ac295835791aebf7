#!/usr/bin/env node
/** The program antrea-controller: one for the cluster, or several of which one leads. */
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { formatProblem, PRODUCT_VERSION, paths } from "@antrea/api";
import { errorText } from "@antrea/base";
import { rootLogger, systemClock } from "@antrea/base/io";
import { kubeClient, loadKubeConfig } from "@antrea/kube/io";
import { loadRouteProvider } from "./cloud-routes/io/load-provider.ts";
import { controller } from "./controller.ts";
import { readControllerConfig } from "./io/read-config.ts";

const { values } = parseArgs({
  options: {
    config: { type: "string", default: paths.controllerConfigFile },
    "api-socket": { type: "string", default: paths.controllerApiSocket },
    "tls-folder": { type: "string", default: paths.controllerTlsFolder },
  },
});
const log = rootLogger("antrea-controller", "info");
const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const)
  process.once(name, () => stop.abort(new DOMException(`Got ${name}`, "AbortError")));

try {
  const parsed = await readControllerConfig(values.config);
  if (parsed.kind === "refused") {
    for (const problem of parsed.problems) process.stderr.write(`${formatProblem(problem)}\n`);
    throw new Error("The configuration is refused; correct the lines above");
  }
  const { config, notActive } = parsed;
  for (const { key, line } of notActive)
    log.warn("An option is not active in this version", { key, line });

  const access = await loadKubeConfig({
    kubeconfig: config.clientConnection.kubeconfig || undefined,
    kubeAPIServerOverride: config.kubeAPIServerOverride,
  });
  const userAgent = `antrea-controller/${PRODUCT_VERSION}`;
  const client = kubeClient(access, { log, clock: systemClock, userAgent });
  const program = controller({
    ...{ config, client, log, clock: systemClock, random: Math.random },
    routeProvider: await loadRouteProvider(config.cloudRoutes),
    env: process.env,
    incarnation: randomUUID(),
    socketPath: values["api-socket"],
    tlsFolder: values["tls-folder"],
  });
  await program.start(stop.signal);
  log.info("Started", { version: PRODUCT_VERSION, server: access.server });
  await new Promise((resolve) => stop.signal.addEventListener("abort", resolve, { once: true }));
  await program.stop();
  client.close();
} catch (error) {
  if (!stop.signal.aborted) {
    log.error("Could not run", { err: errorText(error) });
    process.exitCode = 1;
  }
}
