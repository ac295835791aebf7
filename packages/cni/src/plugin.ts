import {
  type CniError,
  type CniRequest,
  type CniVersion,
  cniError,
  cniVersions,
  formatCniResult,
  latestCniVersion,
  parseAttachment,
  parseCniVersion,
  parseCommand,
  requestOf,
} from "@antrea/api/cni";
import { askAgent } from "./ask-agent.ts";
import { withNetns } from "./lend-netns.ts";
import type { PluginWorld } from "./world.ts";

/**
 * One run of the plugin (CNI specification 1.1.0, section 2 "Execution Protocol"): the environment and
 * standard input say what to do, standard output gets the result or the error. Gives the exit code.
 * Never throws, whatever it is given.
 */
export async function runPlugin(world: PluginWorld): Promise<0 | 1> {
  let version = latestCniVersion;
  try {
    const command = parseCommand(world.getenv);
    if (command.error) return fail(world, version, command.error);
    const stdin = await world.readStdin();
    const config = stdin === undefined ? tooLarge : parseStdin(stdin);
    if (command.value === "VERSION") return printVersions(world, config.value);
    if (config.error) return fail(world, version, config.error);
    version = versionOf(config.value) ?? version;

    const request = requestFor(command.value, config.value, world);
    if (request.error) return fail(world, version, request.error);
    const reply = await withNetns(request.value, world, (lent) => askAgent(lent, world));
    if (reply.kind === "failed") return fail(world, version, reply.error);
    if (command.value !== "ADD") return 0;
    if (!reply.result) {
      const details = "The agent said that the ADD is done, but gave no result.";
      return fail(world, version, cniError("decodingFailure", details));
    }
    world.writeOut(`${JSON.stringify(formatCniResult(reply.result, version))}\n`);
    return 0;
  } catch (error) {
    const details = error instanceof Error ? error.message : String(error);
    return fail(world, version, cniError("internal", `The plugin itself failed: ${details}.`));
  }
}

type StdinConfig =
  | { readonly value: unknown; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: CniError };

const tooLarge: StdinConfig = {
  error: cniError("decodingFailure", "Standard input is larger than 512 KiB."),
};

function parseStdin(text: string): StdinConfig {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    const seen = text.trim() === "" ? "is empty" : `is not JSON: ${problem}`;
    return {
      error: cniError("decodingFailure", `The network configuration on standard input ${seen}.`),
    };
  }
}

function requestFor(command: CniRequest["command"], config: unknown, world: PluginWorld) {
  if (command === "GC" || command === "STATUS") return requestOf(command, config);
  const attachment = parseAttachment(command, world.getenv);
  return attachment.error ? attachment : requestOf(command, config, attachment.value);
}

/** `cniVersion` is what the caller said, also where this plugin does not speak it (specification, "VERSION Success"). */
function printVersions(world: PluginWorld, config: unknown): 0 {
  const cniVersion = saidVersion(config) ?? latestCniVersion;
  world.writeOut(`${JSON.stringify({ cniVersion, supportedVersions: cniVersions })}\n`);
  return 0;
}

function versionOf(config: unknown): CniVersion | undefined {
  const said = saidVersion(config);
  return said === undefined ? undefined : parseCniVersion(said);
}

function saidVersion(config: unknown): string | undefined {
  if (typeof config !== "object" || config === null || !("cniVersion" in config)) return undefined;
  return typeof config.cniVersion === "string" ? config.cniVersion : undefined;
}

function fail(world: PluginWorld, cniVersion: CniVersion, { code, msg, details }: CniError): 1 {
  const result = { cniVersion, code, msg, ...(details === undefined ? {} : { details }) };
  world.writeOut(`${JSON.stringify(result)}\n`);
  return 1;
}
