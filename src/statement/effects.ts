/**
 * What built-in functions do besides giving a value: the ones for which a `SELECT` is not a read.
 *
 * @module
 */

import type { Dialect } from "../model/statement.ts";
import type { Finding } from "./finding.ts";

const SEQUENCE = write("advances a sequence");
const SEQUENCE_MEMORY = session("reads what its connection remembers of a sequence");
const LARGE_OBJECT = write("works on large objects");
const RUNS_TEXT = write("runs a text as SQL, which may write");
const ELSEWHERE = write("runs statements on another server");
const ACTS = write("acts on the server, or is not known not to");
const INDEX = write("changes an index");
const LOCK_IN_TRANSACTION = write("takes a lock that counts on one server only");
const LOCK_ON_CONNECTION = session("takes a lock on its connection", true);
const LOCK_LET_GO = session("lets go a lock of its connection");
const ON_CONNECTION = session("changes something of its connection", true);
const MEMORY = session("reads what its connection remembers");

const POSTGRES: ReadonlyMap<string, Finding> = new Map([
  ...each(SEQUENCE, "nextval setval"),
  ...each(SEQUENCE_MEMORY, "currval lastval"),
  ...each(LARGE_OBJECT, "loread lowrite"),
  ...each(
    RUNS_TEXT,
    "query_to_xml query_to_xmlschema query_to_xml_and_xmlschema ts_stat ts_rewrite connectby " +
      "crosstab crosstab2 crosstab3 crosstab4 crosstabn xpath_table",
  ),
  ...each(
    INDEX,
    "brin_summarize_new_values brin_summarize_range brin_desummarize_range gin_clean_pending_list",
  ),
  ...each(write("takes a transaction number"), "txid_current pg_current_xact_id"),
  ...each(MEMORY, "cursor_to_xml cursor_to_xmlschema pg_listening_channels pg_my_temp_schema"),
  ...each(
    ON_CONNECTION,
    "setseed set_config dblink_connect dblink_connect_u dblink_open " +
      "pg_replication_origin_session_setup pg_create_logical_replication_slot " +
      "pg_create_physical_replication_slot pg_copy_logical_replication_slot " +
      "pg_copy_physical_replication_slot",
  ),
  ...each(LOCK_ON_CONNECTION, "pg_advisory_lock pg_advisory_lock_shared"),
  ...each(LOCK_ON_CONNECTION, "pg_try_advisory_lock pg_try_advisory_lock_shared"),
  ...each(LOCK_IN_TRANSACTION, "pg_advisory_xact_lock pg_advisory_xact_lock_shared"),
  ...each(LOCK_IN_TRANSACTION, "pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared"),
  ...each(LOCK_LET_GO, "pg_advisory_unlock pg_advisory_unlock_shared pg_advisory_unlock_all"),
]);

/**
 * The `pg_` functions that only look: PostgreSQL 18's catalog, each tried on a real standby
 * (`test/statement/standby.test.ts`). One that is not here may act on the server, also one that a
 * later version brings.
 */
const LOOKING =
  /^pg_(?:(?:get|stat_get|stat_have|ls|read|size|control|timezone|index|indexam|partition|show_all|is|has|encoding|snapshot|lsn|identify|input|relation|tablespace|available|blocking|safe_snapshot|prepared|extension_update|hba_file|ident_file|settings_get|stat_statements|column|last_wal|last_xact|sequence|buffercache_(?:pages|summary|usage))(?:_\w+|s)?|\w+_is_visible|\w+_size|typeof|backend_pid|basetype|char_to_encoding|client_encoding|collation_for|collation_actual_version|database_collation_actual_version|conf_load_time|config|postmaster_start_time|current_snapshot|current_xact_id_if_assigned|visible_in_snapshot|describe_object|jit_available|numa_available|lock_status|wal_lsn_diff|split_walfile_name|options_to_table|filenode_relation|sleep|sleep_for|sleep_until|trigger_depth|xact_status|xact_commit_timestamp|xact_commit_timestamp_origin|current_logfile|notification_queue_usage|cursor|stat_file|freespace|stat_statements)$/;

const MYSQL: ReadonlyMap<string, Finding> = new Map([
  ...each(LOCK_ON_CONNECTION, "get_lock"),
  ...each(LOCK_LET_GO, "release_lock release_all_locks"),
  ...each(LOCK_IN_TRANSACTION, "is_free_lock is_used_lock"),
  ...each(MEMORY, "last_insert_id found_rows row_count lastval"),
  ...each(SEQUENCE, "nextval setval"),
]);

const MYSQL_ACTING =
  /^(?:group_replication_|asynchronous_connection_failover_|keyring_key_|version_tokens_|service_|audit_log_|set_firewall_|mysql_firewall_)/;

/** What calling a built-in function does besides giving a value; `undefined` when nothing is known. */
export function effectOf(name: string, dialect: Dialect): Finding | undefined {
  if (dialect === "mysql") {
    const folded = name.toLowerCase();
    return MYSQL.get(folded) ?? (MYSQL_ACTING.test(folded) ? ACTS : undefined);
  }
  const known = POSTGRES.get(name);
  if (known !== undefined) return known;
  if (name.startsWith("pg_")) {
    return LOOKING.test(name) && !name.endsWith("_reset") ? undefined : ACTS;
  }
  if (name.startsWith("lo_")) return LARGE_OBJECT;
  if (name.startsWith("dblink") || name.startsWith("postgres_fdw_")) return ELSEWHERE;
  return name.startsWith("binary_upgrade_") ? ACTS : undefined;
}

function each(finding: Finding, names: string): [string, Finding][] {
  return names.split(" ").map((name) => [name, finding]);
}

function write(because: string): Finding {
  return { intent: "write", leavesState: false, because };
}

function session(because: string, leavesState = false): Finding {
  return { intent: "session", leavesState, because };
}
