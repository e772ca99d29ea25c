/**
 * How far a replica is behind, measured on the replica: the primary's `pg_stat_replication` forgets a
 * replica that has died (Kilo-Org/cloud#4887).
 *
 * Neither of the two usual answers is true alone. `now() - pg_last_xact_replay_timestamp()` grows
 * while the primary has nothing to say. "All that was received is replayed" says 0 for ever once
 * nothing is received any more.
 *
 * @module
 */

/**
 * Gives `[standby?, now, had, overdue?, replayed]`, instants in milliseconds: when it last had
 * everything (`null`: it has not, or nobody tells it), and when the last commit it replayed was made.
 *
 * - What is to be replayed is read first, and compared again 20 ms later if need be: under load
 *   something is always under way (replayed after 0.4 ms in the median, 10 ms at most,
 *   `reference/postgres.md` 4), and during a bulk load the last commit is minutes old without any lag.
 * - `latest_end_lsn` is where the primary's WAL ends by its own word: ahead of what was received where
 *   the network is the bottleneck.
 * - Who may not read all statistics sees of a receiver only that it is there; that is taken for life.
 * - On a quiet line the receiver asks for a sign of life after half of `wal_receiver_timeout` and hangs
 *   up after all of it: what was heard last before that, and a second for the answer, is overdue.
 */
export const LAG = `select json_build_array(
    standby,
    extract(epoch from clock_timestamp()) * 1000,
    case
      when not receiving then null
      when pg_last_wal_replay_lsn() >= due then extract(epoch from heard) * 1000
      when pg_sleep(0.02) is not null and pg_last_wal_replay_lsn() >= due
        then extract(epoch from heard) * 1000
    end,
    patience > interval '0' and clock_timestamp() - heard > patience / 2 + interval '1 second',
    extract(epoch from pg_last_xact_replay_timestamp()) * 1000
  )::text
  from (
    select pg_is_in_recovery() as standby,
      pid is not null and coalesce(status, 'streaming') = 'streaming' as receiving,
      greatest(pg_last_wal_receive_lsn(), latest_end_lsn) as due,
      coalesce(last_msg_receipt_time, clock_timestamp()) as heard,
      current_setting('wal_receiver_timeout')::interval as patience
    from (select 1) as one left join pg_stat_wal_receiver on true
    offset 0
  ) as seen`;

/**
 * What one connection knows of its server's lag. Kept per connection and not per endpoint: behind one
 * address there may be several replicas.
 */
export class Lag {
  /** The latest instant, on the server's clock, at which the replica certainly had everything. */
  #hadAllAt = -Infinity;

  /**
   * The lag told by {@link LAG}; `undefined` on a primary and where nothing can be said. What is missing
   * was committed after the replica last had everything, and after the last commit that it replayed:
   * the later of the two is the closest that can be told from here.
   */
  read([standby, now, had, overdue, replayed]: readonly unknown[]): number | undefined {
    if (standby !== true || typeof now !== "number") return undefined;
    if (typeof had === "number") {
      this.#hadAllAt = Math.max(this.#hadAllAt, had);
      if (overdue !== true) return 0;
    }
    const since = typeof replayed === "number"
      ? Math.max(this.#hadAllAt, replayed)
      : this.#hadAllAt;
    // The commit's time is of the primary's clock, which may be ahead.
    return since === -Infinity ? undefined : Math.max(0, now - since);
  }
}
