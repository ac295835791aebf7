/** Which traffic mode this network should have: by what was measured, what agents say, and what it costs. */
import {
  compareModes,
  type FigureComparison,
  type FigureValue,
  modeFigures,
  roundsNeeded,
  smallestDifference,
} from "./mode-comparison.ts";
import { type ModeNetwork, type NetworkSeen, subnetsOf } from "./mode-network.ts";
import { type ComparedMode, nameOf } from "./modes.ts";
import { formatRatio } from "./summary.ts";

export interface Recommendation {
  readonly mode: ComparedMode;
  /** Whether a measured difference speaks for it; else it is the one that asks least of the network. */
  readonly isMeasured: boolean;
  /** One sentence. */
  readonly headline: string;
  /** Sentences, with the figures. */
  readonly reasons: readonly string[];
  /** What the mode asks of the network, and takes from packets; sentences. */
  readonly costs: readonly string[];
}

/**
 * One figure of several that differs may be chance; a mode that is faster shows it in more than one.
 * No guard against others on the machine: what disturbs a visit disturbs all of its figures.
 */
const gainsNeeded = 2;

/** What can be compared, from the mode that asks least of the network to the one that asks most. */
const dearer = ["hybrid", "noEncap"] as const satisfies readonly ComparedMode[];

/**
 * A mode is preferred to one that asks less of the network only if it is measurably better, and
 * nowhere worse; and never by figures of a machine that others used, which differ for other reasons.
 */
export function recommendMode(
  values: readonly FigureValue[],
  network: NetworkSeen,
  isMachineDisturbed: boolean,
): Recommendation {
  let mode: ComparedMode = "tunnel";
  const reasons: string[] = [];
  for (const candidate of dearer) {
    const obstacle = obstacleTo(candidate, values, network[candidate]);
    if (obstacle) {
      reasons.push(obstacle);
      continue;
    }
    const comparisons = compareModes(values, candidate, mode).filter(
      ({ figure }) => modeFigures[figure].isWeighed,
    );
    reasons.push(...verdictOf(candidate, mode, comparisons));
    if (isPreferred(comparisons) && !isMachineDisturbed) mode = candidate;
  }
  const isMeasured = mode !== "tunnel";
  return {
    mode,
    isMeasured,
    headline: isMeasured
      ? `Choose ${nameOf(mode)}: it is measurably better here than what asks less of the network.`
      : `Stay with encap: ${isMachineDisturbed ? disturbed : whyEncap(values, network)}.`,
    reasons: [...aboutSubnets(network), ...aboutRoutes(network), ...reasons],
    costs: costsOf(mode, network),
  };
}

/** Why a mode cannot be had or compared at all. */
function obstacleTo(
  mode: ComparedMode,
  values: readonly FigureValue[],
  network: ModeNetwork | undefined,
): string | undefined {
  const [first] = network?.missing ?? [];
  if (first !== undefined)
    return `${nameOf(mode)} does not work on this network as it is (${first}).`;
  if (network && network.paths.none > 0)
    return `${nameOf(mode)} leaves ${network.paths.none} of the ways between Nodes without a path.`;
  if (!values.some((one) => one.mode === mode))
    return `${nameOf(mode)} could not be measured, so nothing speaks for it.`;
  return undefined;
}

const gainsOf = (comparisons: readonly FigureComparison[]) =>
  comparisons.filter(({ difference }) => difference === "better");
const lossesOf = (comparisons: readonly FigureComparison[]) =>
  comparisons.filter(({ difference }) => difference === "worse");

function isPreferred(comparisons: readonly FigureComparison[]): boolean {
  return gainsOf(comparisons).length >= gainsNeeded && lossesOf(comparisons).length === 0;
}

function verdictOf(
  mode: ComparedMode,
  base: ComparedMode,
  comparisons: readonly FigureComparison[],
): readonly string[] {
  const pair = `${nameOf(mode)} against ${nameOf(base)}`;
  const measured = comparisons.filter(({ difference }) => difference !== "not measured");
  if (measured.length === 0) return [`${pair}: no round has both, so nothing can be compared.`];
  if (measured.every(({ difference }) => difference === "too few rounds"))
    return [
      `${pair}: ${list(measured)}; but fewer than ${roundsNeeded} rounds cannot tell a difference from chance.`,
    ];
  const gains = gainsOf(measured);
  const losses = lossesOf(measured);
  const rest = measured.filter((one) => !gains.includes(one) && !losses.includes(one));
  const said = [
    ...(gains.length > 0 ? [`better ${list(gains)}`] : []),
    ...(losses.length > 0 ? [`worse ${list(losses)}`] : []),
    ...(rest.length > 0 ? [`no measurable difference ${list(rest)}`] : []),
  ].join("; ");
  return [`${pair}: ${said}.${judgement(gains.length, losses.length)}`];
}

function judgement(gains: number, losses: number): string {
  if (gains > 0 && losses > 0) return " What is gained and what is lost is yours to weigh.";
  if (gains > 0 && gains < gainsNeeded) return " One figure alone may be chance.";
  return "";
}

/** "in request/response (1.12 × (1.08–1.15)), TCP stream (…)" */
function list(comparisons: readonly FigureComparison[]): string {
  const texts = comparisons.map(({ figure, ratio }) =>
    ratio ? `${modeFigures[figure].title} ${formatRatio(ratio)}` : modeFigures[figure].title,
  );
  return `in ${texts.join(", ")}`;
}

const disturbed =
  "others used the machine, so what differs here may be their doing; measure again when it is quiet";

function whyEncap(values: readonly FigureValue[], network: NetworkSeen): string {
  if (!values.some(({ mode }) => mode === "tunnel"))
    return "it could not be measured, so there is nothing to compare with";
  const usable = dearer.filter((mode) => !obstacleTo(mode, values, network[mode]));
  if (usable.length === 0) return "no other mode can be had here";
  const all = usable.flatMap((mode) => compareModes(values, mode, "tunnel"));
  const weighed = all.filter(({ figure }) => modeFigures[figure].isWeighed);
  const known = weighed.filter(({ difference }) => difference !== "not measured");
  if (known.every(({ difference }) => difference === "too few rounds"))
    return `fewer than ${roundsNeeded} rounds say nothing for sure, and it asks nothing of the network`;
  if (known.some(({ difference }) => difference === "better"))
    return "no other mode is measurably better in more than one figure and worse in none";
  return `the modes do not differ measurably here (by ${(smallestDifference * 100).toFixed(0)} % or more, in rounds that agree), and it asks nothing of the network`;
}

function aboutSubnets(network: NetworkSeen): readonly string[] {
  const subnets = subnetsOf(network);
  if (!subnets) return [];
  const { neighbours, apart } = subnets;
  if (apart === 0)
    return [
      "All Nodes are in one subnet: hybrid sends everything without a tunnel, as noEncap does.",
    ];
  if (neighbours === 0)
    return ["No two Nodes share a subnet: hybrid sends everything by tunnel, as encap does."];
  return [
    `${neighbours} of ${neighbours + apart} ways between Nodes stay in a subnet: on these hybrid goes without a tunnel.`,
  ];
}

function aboutRoutes({ noEncap }: NetworkSeen): readonly string[] {
  return noEncap && noEncap.missing.length === 0
    ? ["Nodes reach each other's Pod CIDRs without a tunnel: antctl check routes misses none."]
    : [];
}

function costsOf(mode: ComparedMode, network: NetworkSeen): readonly string[] {
  const seen = network[mode];
  return [...mtuCost(seen), ...(mode === "tunnel" ? encapCosts : directCosts(mode, network))];
}

const encapCosts = ["No routes to keep: Nodes that reach each other are enough."];

function mtuCost(seen: ModeNetwork | undefined): readonly string[] {
  const { podMtu, transportMtu } = seen ?? {};
  if (podMtu === undefined || transportMtu === undefined) return [];
  const lost = transportMtu - podMtu;
  return lost === 0
    ? [`Packets of Pods have all ${transportMtu} bytes of the link.`]
    : [
        `Packets of Pods have ${podMtu} of the link's ${transportMtu} bytes; ${lost} are kept for a tunnel's headers.`,
      ];
}

function directCosts(mode: ComparedMode, network: NetworkSeen): readonly string[] {
  const clear =
    "Traffic without a tunnel is in clear on the link, with addresses of Pods, which link layer and firewalls must let pass.";
  if (mode === "hybrid")
    return [
      clear,
      "Where they do not pass, packets are lost; with pathSelection: measured, or mode auto, they take the tunnel.",
      "No routes to keep in the network: to another subnet there is the tunnel.",
      "perPeerMTU: true gives Pods the whole MTU on direct paths.",
    ];
  const routes = network.noEncap?.routesOfNetwork ?? [];
  return [
    clear,
    routes.length === 0
      ? "No routes to keep in the network as long as all Nodes are in one subnet; the first Node elsewhere needs one for each Pod CIDR."
      : `${routes.length} routes to keep in the network, one for each Pod CIDR (${routes.join(", ")}), and one more before each new Node.`,
  ];
}
