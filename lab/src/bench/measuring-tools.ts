import type { Argv } from "../io/command.ts";
import { parseIperf } from "../walk/output-of-tools.ts";
import { parseAb, parseDelivered, parseIperfDatagrams, parseSockperf } from "./output-of-tools.ts";
import { lossFreeRate, type Trial } from "./loss-free-rate.ts";
import type { TrafficMetric } from "./plan.ts";

/** Runs a client to its end, and gives what it wrote. */
export type RunClient = (argv: Argv) => Promise<string>;

/** Where a figure is taken. */
export interface Ends {
  readonly client: RunClient;
  /** Of the server. */
  readonly address: string;
  /** `/proc/net/snmp` of the server's network namespace. */
  readonly serverSnmp: () => Promise<string>;
}

/** Two programs of Debian's packages that measure one figure: one answers, the other asks and counts. */
export interface MeasuringTool {
  /** Port that the server listens on, inside namespaces only. */
  readonly port: number;
  /** Never goes into the background. `folder` is for what it reads and writes. */
  server(folder: string): Argv;
  /** Files that the server reads from that folder: name to content. */
  files?(folder: string): Readonly<Record<string, string>>;
  /** The figure, in the metric's unit, from what the client wrote, once or more often; throws if there is none. */
  measure(ends: Ends, seconds: number): Promise<number>;
}

/** Seconds after which a connection that does not come about is given up. */
const connectSeconds = 3;

/** More requests than ab can complete in the longest time that is asked for. */
const manyRequests = 1_000_000;

export const measuringTools: Readonly<Record<TrafficMetric, MeasuringTool>> = {
  stream: streams(1),
  parallel: streams(4),
  /** 14 bytes there and back, the least that sockperf sends, on one connection. */
  requests: {
    port: 7070,
    server: () => ["sockperf", "server", "--tcp", "-i", "0.0.0.0", "-p", "7070"],
    measure: async ({ client, address }, seconds) =>
      parseSockperf(
        await client([
          "sockperf",
          ...["ping-pong", "--tcp", "-i", address, "-p", "7070"],
          ...["-t", String(seconds), "--msg-size", "14"],
        ]),
      ),
  },
  /** One connection after another, each for one HTTP request without content; the server closes it. */
  connects: {
    port: 7080,
    server: (folder) => ["nginx", "-p", folder, "-c", `${folder}/nginx.conf`],
    files: (folder) => ({ "nginx.conf": nginxConfig(folder) }),
    measure: async ({ client, address }, seconds) =>
      parseAb(
        await client([
          "ab",
          ...["-q", "-c", "1", "-t", String(seconds), "-n", String(manyRequests)],
          ...["-s", String(connectSeconds), `http://${address}:7080/`],
        ]),
      ),
  },
  datagramsSmall: datagrams({ payload: 64, firstRate: 16_000 }),
  datagramsFull: datagrams({ payload: 1422, firstRate: 16_000 }),
};

/** At most one packet in a thousand lost on the way, in half a second at each rate. */
const lossBound = 0.001;
const trialSeconds = 0.5;
/** With which iperf3 tells its server the client's port. */
const openingDatagrams = 1;

/** So many TCP connections; what their receiver counted together. */
function streams(count: number): MeasuringTool {
  return {
    port: 5201,
    server: () => ["iperf3", "--server", "--one-off"],
    async measure({ client, address }, seconds) {
      const bps = parseIperf(
        await client([
          "iperf3",
          ...["--client", address, "--time", String(seconds), "--json"],
          ...(count > 1 ? ["--parallel", String(count)] : []),
          ...["--connect-timeout", String(connectSeconds * 1000)],
        ]),
      );
      if (bps === undefined) throw new Error("iperf3 reported no received bytes");
      return bps / 1e6;
    },
  };
}

/** `payload` in bytes; 1422 fill the 1450 that a tunnel leaves of IPv4's packets. */
function datagrams({ payload, firstRate }: { payload: number; firstRate: number }): MeasuringTool {
  return {
    port: 5202,
    server: () => ["iperf3", "--server", "--one-off", "--port", "5202"],
    async measure({ client, address, serverSnmp }) {
      let hasWorked = false;
      const trial = async (rate: number): Promise<Trial> => {
        try {
          const before = parseDelivered(await serverSnmp());
          const said = await client(datagramClient(address, payload, Math.round(rate)));
          hasWorked = true;
          const delivered = parseDelivered(await serverSnmp()) - before - openingDatagrams;
          const { sent, sentRate } = parseIperfDatagrams(said);
          return { sentRate, loss: Math.max(0, 1 - delivered / sent) };
        } catch (error) {
          // iperf3 gives up where its own TCP connection has no room beside the datagrams
          if (hasWorked) return { sentRate: rate, loss: 1 };
          throw error;
        }
      };
      return await lossFreeRate(trial, {
        ...{ firstRate, lossBound },
        ...{ attempts: 3, strides: 6, halvings: 4 },
      });
    },
  };
}

function datagramClient(address: string, payload: number, rate: number): Argv {
  return [
    "iperf3",
    ...["--client", address, "--port", "5202", "--udp", "--length", String(payload), "--json"],
    ...["--bitrate", String(rate * payload * 8), "--blockcount", String(rate * trialSeconds)],
    // as much as the kernel gives without being told otherwise, at both ends
    ...["--window", "208K", "--connect-timeout", String(connectSeconds * 1000)],
  ];
}

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
