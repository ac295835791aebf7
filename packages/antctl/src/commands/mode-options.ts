import { trafficModes, tunnelTypes, type withOptions } from "@antrea/api";
import { oneOf, text, value, wholeNumber } from "@antrea/command";

export const trafficMode = oneOf(trafficModes);

/** The options by which commands name settings that all Nodes share, beside the mode. */
export const sharedOptions = {
  tunnelType: value("What tunnels are made of", oneOf(tunnelTypes)),
  tunnelPort: value("UDP port of the tunnel; 0 for the protocol's own", wholeNumber(0, 65535)),
  mtu: value("MTU of Pods; 0 for what the link leaves", wholeNumber(0, 65535), {
    placeholder: "BYTES",
  }),
  transportInterface: text(
    'The interface between Nodes; "" for the one that has the Node\'s address',
    { placeholder: "NAME" },
  ),
} as const;

/** Options of `antrea-agent.conf`, by their names there. */
export type AskedOptions = Parameters<typeof withOptions>[1];

/** What of the shared settings was asked for. */
export function askedOptions({
  mode,
  tunnelType,
  tunnelPort,
  mtu,
  transportInterface,
}: {
  readonly mode: string | undefined;
  readonly tunnelType: string | undefined;
  readonly tunnelPort: number | undefined;
  readonly mtu: number | undefined;
  readonly transportInterface: string | undefined;
}): AskedOptions {
  const asked: Readonly<Record<string, string | number | undefined>> = {
    ...{ trafficEncapMode: mode, tunnelType, tunnelPort, defaultMTU: mtu },
    transportInterface,
  };
  return Object.fromEntries(
    Object.entries(asked).filter((one): one is [string, string | number] => one[1] !== undefined),
  );
}
