/**
 * How the evidence of a fleet is judged: plain numbers, so that they can travel with a call.
 *
 * @module
 */

/** The rules, complete. */
export interface ClusterRules {
  /** Share of those that use an endpoint who must find it down before it is down for everyone. @default {0.5} */
  readonly quorumRatio: number;
  /**
   * How long those who do not report at once are heard before a large fleet's evidence is reckoned up. Where the
   * whole fleet can report within that time it is counted instead. @default {1000}, ours
   */
  readonly hearingMs: number;
  /** How long an accusation counts that is not repeated. @default {30000}: three quiet syncs */
  readonly evidenceMs: number;
  /** The first pause after opening for everyone; doubles with every failed trial. @default {1000} */
  readonly cooldownMs: number;
  /** The longest. @default {30000} */
  readonly maxCooldownMs: number;
  /** A claimed trial without a result for so long is lost. @default {10000}, ours: ten times a probe's timeout */
  readonly trialTimeoutMs: number;
  /** Until an endpoint that came back gets all of its share; 0: at once. @default {10000} */
  readonly rampMs: number;
  /** Most that may be out for everyone, as a share of all. @default {0.5} */
  readonly maxEjectedRatio: number;
  /** Fewer well ones than this share, and nobody more is taken out: what is left would be pushed over. @default {0.5} (Envoy) */
  readonly panicRatio: number;
  /** Between two syncs of an isolate when nothing is the matter. @default {10000} (DESIGN) */
  readonly quietSyncMs: number;
  /** And when something is. @default {1000} */
  readonly busySyncMs: number;
  /**
   * Syncs a second that the fleet as a whole is paced to. @default {200}: a fifth of a Durable Object's soft
   * limit of 1,000 requests a second
   */
  readonly syncsPerSecond: number;
}

/** The defaults, with sources in {@link ClusterRules}. */
export const CLUSTER_DEFAULTS: ClusterRules = {
  quorumRatio: 0.5,
  hearingMs: 1_000,
  evidenceMs: 30_000,
  cooldownMs: 1_000,
  maxCooldownMs: 30_000,
  trialTimeoutMs: 10_000,
  rampMs: 10_000,
  maxEjectedRatio: 0.5,
  panicRatio: 0.5,
  quietSyncMs: 10_000,
  busySyncMs: 1_000,
  syncsPerSecond: 200,
};
