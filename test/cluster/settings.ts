/**
 * The configuration of every node.
 *
 * @module
 */

/** A configuration as `postgresql.conf` has it. */
export type Settings = Readonly<Record<string, string>>;

/**
 * Fast to start, small, and durable against killed processes (though not against a power cut, which
 * no test makes).
 */
export const BASE_SETTINGS: Settings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  // A standby refuses to start with less than its primary had: one explicit number for all.
  max_connections: "100",
  max_wal_senders: "10",
  max_replication_slots: "10",
  max_worker_processes: "8",
  max_logical_replication_workers: "0",
  shared_buffers: "16MB",
  // The default, "worker", starts three more processes a node.
  io_method: "sync",
  // The default leaves files in /dev/shm when a server is SIGKILLed.
  dynamic_shared_memory_type: "mmap",
  fsync: "off",
  full_page_writes: "off",
  min_wal_size: "4MB",
  max_wal_size: "64MB",
  wal_keep_size: "32MB",
  // A dead replica's slot must not fill the temporary folder.
  max_slot_wal_keep_size: "512MB",
  wal_retrieve_retry_interval: "100ms",
  // A frozen peer counts as gone after this; the default of a minute outlasts most tests.
  wal_sender_timeout: "10s",
  wal_receiver_timeout: "10s",
  timezone: "UTC",
};

function quoted(value: string): string {
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

/** Settings as the lines of a configuration file. */
export function render(settings: Settings): string {
  return Object.entries(settings).map(([key, value]) => `${key} = ${quoted(value)}\n`).join("");
}

/** Replaces settings in the text of a configuration file, whatever was said there before. */
export function replaceIn(text: string, settings: Settings): string {
  const kept = text.split("\n").filter((line) => {
    const key = line.split("=")[0]?.trim() ?? "";
    return line.trim() !== "" && !(key in settings);
  });
  return `${kept.join("\n")}\n${render(settings)}`;
}

/** A libpq connection string: `{ host: "a b" }` → `host='a b'`. */
export function conninfo(parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts)
    .map(([key, value]) => `${key}='${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`)
    .join(" ");
}
