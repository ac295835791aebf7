import type { Argv } from "../io/command.ts";
import { parseIperf } from "../walk/output-of-tools.ts";
import { parseAb, parseSockperf } from "./output-of-tools.ts";
import type { TrafficMetric } from "./plan.ts";

/** Two programs of Debian's packages that measure one figure: one answers, the other asks and counts. */
export interface MeasuringTool {
  /** Port that the server listens on, inside namespaces only. */
  readonly port: number;
  /** Never goes into the background. `folder` is for what it reads and writes. */
  server(folder: string): Argv;
  /** Files that the server reads from that folder: name to content. */
  files?(folder: string): Readonly<Record<string, string>>;
  client(address: string, seconds: number): Argv;
  /** The figure, in the metric's unit, from the client's output; throws if there is none. */
  parse(output: string): number;
}

/** Seconds after which a connection that does not come about is given up. */
const connectSeconds = 3;

/** More requests than ab can complete in the longest time that is asked for. */
const manyRequests = 1_000_000;

export const measuringTools: Readonly<Record<TrafficMetric, MeasuringTool>> = {
  /** One TCP connection. */
  stream: {
    port: 5201,
    server: () => ["iperf3", "--server", "--one-off"],
    client: (address, seconds) => [
      "iperf3",
      ...["--client", address, "--time", String(seconds), "--json"],
      ...["--connect-timeout", String(connectSeconds * 1000)],
    ],
    parse(output) {
      const bps = parseIperf(output);
      if (bps === undefined) throw new Error("iperf3 reported no received bytes");
      return bps / 1e6;
    },
  },
  /** 14 bytes there and back, the least that sockperf sends, on one connection. */
  requests: {
    port: 7070,
    server: () => ["sockperf", "server", "--tcp", "-i", "0.0.0.0", "-p", "7070"],
    client: (address, seconds) => [
      "sockperf",
      ...["ping-pong", "--tcp", "-i", address, "-p", "7070"],
      ...["-t", String(seconds), "--msg-size", "14"],
    ],
    parse: parseSockperf,
  },
  /** One connection after another, each for one HTTP request without content; the server closes it. */
  connects: {
    port: 7080,
    server: (folder) => ["nginx", "-p", folder, "-c", `${folder}/nginx.conf`],
    files: (folder) => ({ "nginx.conf": nginxConfig(folder) }),
    client: (address, seconds) => [
      "ab",
      ...["-q", "-c", "1", "-t", String(seconds), "-n", String(manyRequests)],
      ...["-s", String(connectSeconds), `http://${address}:7080/`],
    ],
    parse: parseAb,
  },
};

/** One process that answers without looking at a disk; its folders are named, so that it makes them below `folder`. */
function nginxConfig(folder: string): string {
  const uses = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr;
events { worker_connections 64; }
http {
  access_log off;
  keepalive_timeout 0;
${uses.map((use) => `  ${use}_temp_path ${folder}/nginx-${use};\n`).join("")}  server {
    listen 7080;
    return 204;
  }
}
`;
}
