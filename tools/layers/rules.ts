/**
 * Who may import whom. A room is a folder of `packages/`, or a folder at the root; what it may
 * import are rooms by their doors: `base` is the door `.` and all others of that room, `openflow/flow`
 * that door only. A room may always import itself.
 */
export const rooms: Readonly<Record<string, readonly string[]>> = {
  base: [],
  wire: ["base"],
  net: ["base", "wire"],
  openflow: ["base", "net", "wire"],
  ovsdb: ["base", "net", "wire"],
  kube: ["base", "net", "wire"],
  linux: ["base", "net", "wire"],
  command: ["base"],
  api: ["base", "net"],
  policy: ["base", "net", "api"],
  pipeline: ["base", "net", "api", "policy", "openflow"],
  agent: [
    "base",
    "net",
    "wire",
    "openflow",
    "ovsdb",
    "kube",
    "linux",
    "api",
    "policy",
    "pipeline",
    "command",
  ],
  controller: ["base", "net", "kube", "api", "policy", "command", "pipeline/mode"],
  cni: ["base", "net", "api"],
  antctl: ["base", "net", "api", "policy", "kube", "command", "openflow"],
  lab: ["*"],
  deploy: ["*"],
  test: ["*"],
  bench: ["*"],
  examples: ["*"],
  tools: ["*"],
};

/** Doors that a room may not enter although it may import the room: those with effects, and sessions. */
export const closedDoors: Readonly<Record<string, RegExp>> = {
  pipeline: /^openflow\/session|\/io$/,
  antctl: /^openflow\/(?:session|io)$/,
};

/** What touches the world, and the files that may. */
export const effects = {
  modules: [
    "node:child_process",
    "node:cluster",
    "node:dgram",
    "node:dns",
    "node:dns/promises",
    "node:fs",
    "node:fs/promises",
    "node:http",
    "node:http2",
    "node:https",
    "node:net",
    "node:readline",
    "node:timers",
    "node:timers/promises",
    "node:tls",
    "node:worker_threads",
    "koffi",
    "ws",
    "pino",
    "prom-client",
  ],
  names:
    /\b(?:process\.(?:env|argv|exit|stdin|stdout|stderr|kill|on)|Date\.now|new Date\(\)|Math\.random|performance\.now|set(?:Timeout|Interval|Immediate))\b(?:\(|\b)/,
  allowed:
    /(?:^|\/)(?:io|testing|bench)\/|(?:^|[/-])main\.ts$|\.test\.ts$|^(?:tools|lab|deploy|test|bench|examples)\/|^packages\/[a-z-]+\/build\.ts$/,
};
