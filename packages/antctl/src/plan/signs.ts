/** How changes are marked, as in a diff. */
export const signs = { add: "+", modify: "~", remove: "-" } as const;

/** "+3 ~1" of a list of signs; "the same" of none. */
export function countText(all: readonly string[]): string {
  const count = (sign: string): number => all.filter((one) => one === sign).length;
  const text = ["+", "~", "-"].flatMap((sign) => (count(sign) > 0 ? `${sign}${count(sign)}` : []));
  return text.join(" ") || "the same";
}
