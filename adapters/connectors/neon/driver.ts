/**
 * The part of `@neondatabase/serverless` that is used: its PostgreSQL client, for one connection over a WebSocket.
 * Loaded when the first transaction begins: who has none needs no package.
 *
 * @module
 */

import { clientFailure } from "../pg-server/failure.ts";

/** What a client is made with. All that it would look up in the environment is given. */
export interface ClientSettings {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly application_name: string;
  readonly options?: string;
  readonly ssl: false;
}

/** What it resolves a statement with; a script with an array of these. */
export interface DriverResult {
  readonly command: string | null;
  readonly rowCount: number | null;
  readonly rows: readonly (readonly unknown[])[];
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
}

/** One statement for it. */
export interface DriverQuery {
  readonly text: string;
  readonly values?: (string | null)[];
  readonly rowMode: "array";
  readonly types: { readonly getTypeParser: () => (text: string) => string };
}

/** As much of its client as is used. */
export interface DriverClient {
  /** Settings of this one client; those of the class would be for all. */
  readonly neonConfig: {
    webSocketConstructor: unknown;
    wsProxy: unknown;
    pipelineConnect: "password" | false;
  };
  readonly connection: {
    on(event: "readyForQuery", listener: (message: { readonly status?: string }) => void): void;
  };
  readonly processID: number | null;
  readonly secretKey: number | null;
  _handleAuthSASLContinue(message: unknown): Promise<void>;
  on(event: "error" | "notice", listener: (told: unknown) => void): void;
  connect(): Promise<void>;
  query(query: DriverQuery): Promise<DriverResult | readonly DriverResult[]>;
}

/** The class of its clients. */
export type DriverClass = new (settings: ClientSettings) => DriverClient;

/** Loads it. Rejects with a `Failure`. */
export async function loadDriver(): Promise<DriverClass> {
  try {
    const { Client } = await import("@neondatabase/serverless");
    // Its own types do not mention all that there is.
    return Client as unknown as DriverClass;
  } catch {
    const message =
      "Transactions and scripts need the package @neondatabase/serverless, which cannot be loaded: install it";
    throw clientFailure(message, "DRIVER_MISSING", "connecting", "broken");
  }
}
