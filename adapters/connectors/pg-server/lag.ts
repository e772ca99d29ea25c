/**
 * How far a replica is behind, measured on the replica: the primary's `pg_stat_replication` forgets a
 * replica that has died (Kilo-Org/cloud#4887).
 *
 * None of the usual answers is true alone. `now() - pg_last_xact_replay_timestamp()` grows while the
 * primary has nothing to say, and through every bulk load, which commits once. "All that was received
 * is replayed" says 0 for ever once nothing is received any more. So the replica is asked where the
 * stream ends and how far it has come, and what was asked before tells when the stream ended there.
 *
 * @module
 */

/**
 * Gives `[server, standby?, now, heard, overdue?, end, replayed, committed]`; instants in milliseconds,
 * places in bytes.
 *
 * - server: when it was started, to the microsecond: no two of those behind one address share it.
 * - heard: when the primary last said anything, `null` while nobody listens. Who may not read all
 *   statistics sees of a receiver only that it is there; that is taken for now.
 * - overdue: on a quiet line the receiver asks for a sign of life after half of `wal_receiver_timeout`
 *   and hangs up after all of it; what is older than half, and a second for the answer, is overdue.
 * - end: `latest_end_lsn` is where the stream ends by the primary's own word: beyond what was received
 *   where the network is the bottleneck.
 * - replayed: looked at after the end, and 20 ms later if it is not there: something is always under way
 *   (for 0.4 ms in the median under load, 10 ms at most, `reference/postgres.md` 4).
 * - committed: when the last commit that was replayed was made, on the primary's clock.
 */
export const LAG = `select json_build_array(
    extract(epoch from pg_postmaster_start_time()),
    standby,
    extract(epoch from clock_timestamp()) * 1000,
    case when listening then extract(epoch from heard) * 1000 end,
    patience > interval '0' and clock_timestamp() - heard > patience / 2 + interval '1 second',
    stream_end - '0/0'::pg_lsn,
    case
      when pg_last_wal_replay_lsn() >= stream_end or pg_sleep(0.02) is not null
        then pg_last_wal_replay_lsn() - '0/0'::pg_lsn
    end,
    extract(epoch from pg_last_xact_replay_timestamp()) * 1000
  )::text
  from (
    select pg_is_in_recovery() as standby,
      pid is not null and coalesce(status, 'streaming') = 'streaming' as listening,
      greatest(pg_last_wal_receive_lsn(), latest_end_lsn) as stream_end,
      coalesce(last_msg_receipt_time, clock_timestamp()) as heard,
      current_setting('wal_receiver_timeout')::interval as patience
    from (select 1) as one left join pg_stat_wal_receiver on true
    offset 0
  ) as seen`;

/** At that instant the stream ended there. */
interface Mark {
  readonly at: number;
  readonly end: number;
}

/** Most marks not reached yet; beyond, every second one goes. */
const MAX_MARKS = 32;

/** Most servers remembered behind one address. */
const MAX_SERVERS = 16;

/** The lags of all servers that answer at one address: usually one, at a load balancer's several. */
export class Lags {
  readonly #byServer = new Map<unknown, Lag>();

  /** The lag told by {@link LAG}; `undefined` on a primary and where nothing can be said. */
  read([server, ...told]: readonly unknown[]): number | undefined {
    let lag = this.#byServer.get(server);
    if (lag === undefined) {
      const [oldest] = this.#byServer.keys();
      if (this.#byServer.size === MAX_SERVERS) this.#byServer.delete(oldest);
      lag = new Lag();
      this.#byServer.set(server, lag);
    }
    return lag.read(told);
  }
}

/** What is known of one server's lag. */
export class Lag {
  /** The last mark that was reached. */
  #reached: Mark | undefined;
  /** Those ahead, oldest first. */
  #ahead: Mark[] = [];

  /** What came of {@link LAG}, without the server. */
  read(values: readonly unknown[]): number | undefined {
    const [standby, now, heard, overdue, end, replayed, committed] = values;
    if (standby !== true || typeof now !== "number") return undefined;
    if (typeof replayed === "number") {
      this.#advance(replayed);
      if (typeof heard === "number" && typeof end === "number") {
        const isAllThere = this.#mark({ at: heard, end }, replayed);
        if (isAllThere && overdue !== true) return 0;
      }
    }
    const since = Math.max(
      this.#reachedAt(replayed) ?? -Infinity,
      typeof committed === "number" ? committed : -Infinity,
    );
    // The primary's clock may be ahead.
    return since === -Infinity ? undefined : Math.max(0, now - since);
  }

  #advance(replayed: number): void {
    for (let next = this.#ahead[0]; next !== undefined; next = this.#ahead[0]) {
      if (next.end > replayed) return;
      this.#reached = next;
      this.#ahead.shift();
    }
  }

  /** Whether the new mark is reached already. Those ahead of it are then of a stream that is no more. */
  #mark(mark: Mark, replayed: number): boolean {
    if (mark.end <= replayed) {
      this.#reached = mark;
      this.#ahead = [];
      return true;
    }
    this.#ahead.push(mark);
    if (this.#ahead.length > MAX_MARKS) this.#ahead = this.#ahead.filter((_, i) => i % 2 === 0);
    return false;
  }

  /**
   * When the stream ended where the replica is now: between two marks in proportion, as PostgreSQL's own
   * `replay_lag` does it. What was missing then is the least that is missing.
   */
  #reachedAt(replayed: unknown): number | undefined {
    const [last, next] = [this.#reached, this.#ahead[0]];
    if (last === undefined || next === undefined || typeof replayed !== "number") return last?.at;
    const share = Math.max(0, (replayed - last.end) / (next.end - last.end));
    return last.at + share * (next.at - last.at);
  }
}
