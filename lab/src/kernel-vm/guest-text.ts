/** ASCII's "end of transmission": after it a guest sends no more on a port. */
export const endMark = "\u0004";

/** What comes on one port of the guest. */
export interface GuestText {
  take(text: string): void;
  /** Whether the last thing that came was the mark. */
  isAtEnd(): boolean;
}

/** Hands text on as it comes; a mark with more text behind it was the command's own. */
export function guestText(onText: (text: string) => void): GuestText {
  let held = "";
  return {
    take(text) {
      const all = held + text;
      held = all.endsWith(endMark) ? endMark : "";
      const ready = all.slice(0, all.length - held.length);
      if (ready !== "") onText(ready);
    },
    isAtEnd: () => held !== "",
  };
}
