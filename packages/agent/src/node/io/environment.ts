import { readFileSync } from "node:fs";
import { environment, formatProblem, parseAgentConfig, paths } from "@antrea/api";
import type { AgentConfig, NotActive } from "@antrea/api";

/** Who and where this agent is, and what it is told. */
export interface AgentEnvironment {
  readonly nodeName: string;
  readonly podName: string;
  readonly podNamespace: string;
  readonly config: AgentConfig;
  readonly notActive: readonly NotActive[];
}

/** A start that cannot succeed, with the sentences for the person who must act. */
export class StartRefused extends Error {
  override readonly name = "StartRefused";
}

/** Reads the environment and the configuration file; an absent file means all defaults. */
export function readEnvironment(argv: readonly string[], env: NodeJS.ProcessEnv): AgentEnvironment {
  const file = optionValue(argv, "--config") ?? paths.agentConfigFile;
  const parsed = parseAgentConfig(readText(file), file, {
    allowNoEncapWithoutAntreaProxy: env[environment.allowNoEncapWithoutAntreaProxy] === "true",
  });
  if (parsed.kind === "refused") {
    throw new StartRefused(parsed.problems.map(formatProblem).join("\n"));
  }
  const nodeName = env[environment.nodeName];
  if (!nodeName)
    throw new StartRefused(
      `The environment does not say ${environment.nodeName}; the manifest sets it from spec.nodeName of the Pod`,
    );
  return {
    nodeName,
    podName: env[environment.podName] ?? "",
    podNamespace: env[environment.podNamespace] ?? "kube-system",
    config: parsed.config,
    notActive: parsed.notActive,
  };
}

function optionValue(argv: readonly string[], name: string): string | undefined {
  const at = argv.indexOf(name);
  return at < 0 ? argv.find((a) => a.startsWith(`${name}=`))?.slice(name.length + 1) : argv[at + 1];
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
