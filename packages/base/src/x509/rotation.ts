/** What a TLS server shows, and whom its clients have to trust. All in PEM. */
export interface ServingCertificate {
  readonly cert: string;
  readonly key: string;
  /** Authorities, the newest last; several while one takes over from another. */
  readonly authorities: string;
}

/** A certificate of a server with its key. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
  readonly notAfterMs: number;
}

/** Who signs servers' certificates. */
export interface Authority {
  readonly cert: string;
  readonly notAfterMs: number;
  issue(nowMs: number, forMs: number): Promise<Issued>;
}

/** How long things last, in milliseconds. */
export interface CertificateTerms {
  readonly authorityMs: number;
  readonly serverMs: number;
  /** What is left of a server's certificate when it is replaced. */
  readonly renewMs: number;
  /** How long a new authority is told of before it signs, so that clients have heard of it. */
  readonly announceMs: number;
}

const day = 24 * 3600_000;

/** A server's certificate lasts a year and is replaced 90 days before its end, as Antrea's is. */
export const defaultTerms: CertificateTerms = {
  authorityMs: 3650 * day,
  serverMs: 365 * day,
  renewMs: 90 * day,
  announceMs: day,
};

/**
 * Certificates begin so long before they are made, in milliseconds: clocks of clients may be so much
 * behind, and ours may be set back by so much.
 */
export const skewMs = 3600_000;

/**
 * Which certificate to show now, for ever: each in its time, and none by an authority that has not been
 * told of for a while. What was made in a future that a clock set back has taken away is made anew. Pure
 * but for what makes the keys; asked often enough (once an hour), nobody who knows the last authorities
 * ever meets a certificate that he cannot check.
 */
export function certificateRotation(
  makeAuthority: (nowMs: number, forMs: number) => Promise<Authority>,
  terms: CertificateTerms = defaultTerms,
): { current(nowMs: number): Promise<ServingCertificate> } {
  let known: readonly { readonly authority: Authority; readonly sinceMs: number }[] = [];
  let shown:
    | { readonly by: Authority; readonly issued: Issued; readonly sinceMs: number }
    | undefined;

  return {
    async current(nowMs) {
      const hasBegun = ({ sinceMs }: { readonly sinceMs: number }) => sinceMs - skewMs <= nowMs;
      known = known.filter((one) => one.authority.notAfterMs > nowMs && hasBegun(one));
      const newest = known.at(-1)?.authority;
      if (!newest || newest.notAfterMs - nowMs < terms.serverMs)
        known = [
          ...known,
          { authority: await makeAuthority(nowMs, terms.authorityMs), sinceMs: nowMs },
        ];
      const heardOf = known.findLast(({ sinceMs }) => nowMs - sinceMs >= terms.announceMs);
      const by = (heardOf ?? known[0])?.authority;
      const isGood =
        shown &&
        shown.by === by &&
        hasBegun(shown) &&
        shown.issued.notAfterMs - nowMs >= terms.renewMs;
      if (by && !isGood)
        shown = { by, issued: await by.issue(nowMs, terms.serverMs), sinceMs: nowMs };
      const { cert = "", key = "" } = shown?.issued ?? {};
      return { cert, key, authorities: known.map(({ authority }) => authority.cert).join("") };
    },
  };
}
