/** Frames in ten thousand: nftables counts whole numbers. */
const parts = 10_000;

/** A script for nft(8) that makes the link of a port lose frames in both directions; 0 undoes it. */
export function formatLossTable(port: string, percent: number): string {
  const table = tableName(port);
  const reset = `table bridge ${table} {}\ndelete table bridge ${table}\n`;
  const lost = Math.round((percent / 100) * parts);
  if (lost === 0) return reset;
  const some = lost >= parts ? "" : `numgen random mod ${parts} < ${lost} `;
  const rule = (side: string) => `    ${side} "${port}" ${some}drop comment "${lost}"`;
  return `${reset}table bridge ${table} {
  chain forward {
    type filter hook forward priority 0; policy accept;
${rule("iifname")}
${rule("oifname")}
  }
}
`;
}

/** The share in percent that a port's link loses, read from `nft list ruleset`. */
export function parseLoss(ruleset: string, port: string): number {
  const at = ruleset.indexOf(`table bridge ${tableName(port)} {`);
  const lost = at < 0 ? undefined : /drop comment "(\d+)"/.exec(ruleset.slice(at))?.[1];
  return (Number(lost ?? 0) / parts) * 100;
}

function tableName(port: string): string {
  return `loss_${port.replaceAll("-", "_")}`;
}
