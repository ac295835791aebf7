/** A file of Linux' source, and what is written in it in place of what stands there, once. */
export interface SourceChange {
  /** Below the source's folder. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/**
 * What user-mode Linux lacks on newer machines.
 *
 * A process's extended state: what is longer than the 2696 bytes that Linux 6.1 has for it is cut off when it is
 * read, and the machine's kernel takes a whole one or none (`xstateregs_set`), which is 11,008 bytes where the
 * processor has AMX. Nobody in the guest has the tiles, so their part is always empty.
 */
export const umlSourceChanges: readonly SourceChange[] = [
  {
    file: "arch/x86/um/os-Linux/registers.c",
    from: `		iov.iov_base = fp_regs;
		iov.iov_len = FP_SIZE * sizeof(unsigned long);
		if (ptrace(PTRACE_SETREGSET, pid, NT_X86_XSTATE, &iov) < 0)
`,
    to: `		static char whole[16384] __attribute__((aligned(64)));

		__builtin_memcpy(whole, fp_regs, FP_SIZE * sizeof(unsigned long));
		iov.iov_base = whole;
		iov.iov_len = sizeof(whole);
		if (ptrace(PTRACE_SETREGSET, pid, NT_X86_XSTATE, &iov) < 0)
`,
  },
];

/** The text with the change in it; undefined where what it is for does not stand there once. */
export function changedSource(text: string, { from, to }: SourceChange): string | undefined {
  const parts = text.split(from);
  return parts.length === 2 ? parts.join(to) : undefined;
}
