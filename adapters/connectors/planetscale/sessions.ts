/**
 * Sessions that are set up already. A request over HTTP has no line to keep, so every statement would begin
 * with `use @replica` again: twice the way for each read.
 *
 * A session is a value that travels with each statement. What is kept is the value as it was right after its
 * setup, so nothing that a statement did to it goes on to the next one; and one has it at a time, because the
 * API refuses one session in two requests at once.
 *
 * @module
 */

/** More than this are not kept (ours). */
const MAX_KEPT = 16;
/** And not for longer: ps-http-sim forgets a session after 10 s, PlanetScale tells no number. */
const MAX_AGE_MS = 5_000;

interface Kept {
  readonly session: unknown;
  readonly since: number;
}

/** The sessions of one connector. */
export class Sessions {
  readonly #now: () => number;
  readonly #kept: Kept[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The one used last; `undefined`: set one up. */
  take(): unknown {
    const kept = this.#kept.pop();
    if (kept === undefined) return undefined;
    if (this.#now() - kept.since <= MAX_AGE_MS) return kept.session;
    // All others are older.
    this.#kept.length = 0;
    return undefined;
  }

  /** Gives one back, as it was after its setup. */
  give(session: unknown): void {
    if (this.#kept.length === MAX_KEPT) this.#kept.shift();
    this.#kept.push({ session, since: this.#now() });
  }
}

/** Whether a text leaves nothing behind on a server that ties state to a session's name (a variable, a lock). */
export function leavesNothing(text: string): boolean {
  return /^\s*(?:select|with|show|explain)\b/i.test(text) &&
    !/(?<!@)@(?!@)|:=|lock|into\b/i.test(text);
}
