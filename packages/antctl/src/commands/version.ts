import { PRODUCT_VERSION } from "@antrea/api";
import { agentApi, controllerApi } from "@antrea/api/local-api";
import { errorText } from "@antrea/base";
import { type AntctlContext, defineCommand, type Wait } from "../context.ts";
import { askAgent, askController } from "../reach/ask.ts";

/** Keys as Antrea's antctl prints them; `agentVersions` is ours, for a cluster in the middle of an upgrade. */
interface Versions {
  readonly antctlVersion: string;
  readonly agentVersion?: string;
  readonly controllerVersion?: string;
  /** From outside: how many agents run each version. */
  readonly agentVersions?: Readonly<Record<string, number>>;
}

export const version = defineCommand({
  name: "version",
  summary: "Print the versions of antctl and of what it talks to",
  example: "antctl version",
  defaultOutput: "yaml",
  async run({ streams, signal, ...context }): Promise<Versions> {
    try {
      return { antctlVersion: PRODUCT_VERSION, ...(await versionsThere(context, { signal })) };
    } catch (error) {
      signal.throwIfAborted();
      streams.stderr.write(`antctl: ${errorText(error)}\n`);
      return { antctlVersion: PRODUCT_VERSION };
    }
  },
  exitCode: (versions) => (Object.keys(versions).length > 1 ? 0 : 1),
  text: (versions) =>
    Object.entries(versions)
      .map(([name, text]) => `${name}: ${typeof text === "string" ? text : JSON.stringify(text)}`)
      .join("\n"),
});

async function versionsThere(
  context: AntctlContext,
  options: Wait,
): Promise<Omit<Versions, "antctlVersion">> {
  switch (context.place) {
    case "agent":
      return { agentVersion: (await askAgent(context, agentApi.version, options)).version };
    case "controller":
      return {
        controllerVersion: (await askController(context, controllerApi.version, options)).version,
      };
    case "outside": {
      const cluster = await context.cluster();
      const [controller, agents] = await Promise.all([
        cluster.controllerInfo(options),
        cluster.agentInfos(options),
      ]);
      const counted = Map.groupBy(agents, ({ version }) => version ?? "unknown");
      return {
        ...(controller?.version === undefined ? {} : { controllerVersion: controller.version }),
        agentVersions: Object.fromEntries([...counted].map(([name, list]) => [name, list.length])),
      };
    }
  }
}
