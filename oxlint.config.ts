/**
 * The lint rules. Most of them are DESIGN's laws and floors; `test/house/lint.test.ts` breaks each
 * one on purpose and expects to be told.
 */

import type { OxlintConfig, OxlintOverride } from "oxlint";

const STAGES = "statement,route,balance,admit,judge,retry,health,failover,observe";

type ImportPattern = { group?: string[]; regex?: string; message: string };

/** The imports one folder may not make. The last override that matches a file wins. */
function forbidImports(files: string[], ...patterns: ImportPattern[]): OxlintOverride {
  return { files, rules: { "no-restricted-imports": ["error", { patterns }] } };
}

/** Globals forbidden in a place, each with its reason. */
function forbidGlobals(
  ...names: readonly (readonly [string, string])[]
): ["error", ...{ name: string; message: string }[]] {
  return ["error", ...names.map(([name, message]) => ({ name, message }))];
}

const NO_PACKAGE: ImportPattern = {
  regex: "^[^.]",
  message: "The core imports no package and no runtime (DESIGN, law 3).",
};
const NOTHING_OUTSIDE_SRC: ImportPattern = {
  regex: "^\\.\\./\\.\\.",
  message: "The core imports nothing outside src/ (DESIGN, law 3).",
};

/** Every `../` but floor 0. In the core `../x` is always `src/x`, because its folders are flat. */
const ALL_BUT_FLOOR_0: string[] = [
  "../*",
  "../*/**",
  "!../model",
  "!../model/**",
  "!../time",
  "!../time/**",
  "!../ports.ts",
  "!../errors.ts",
];

const CLOCK = "Time is an argument, timers come from ports.Clock (DESIGN, laws 2 and 3).";
const CHANCE = "Chance comes from ports.Random (DESIGN, law 2).";
const RUNTIME = "Only adapters touch a runtime (DESIGN, law 3).";
const AWAITS = "Only src/drive awaits (DESIGN, law 3).";

const AMBIENT: readonly (readonly [string, string])[] = [
  ["Date", CLOCK],
  ["performance", CLOCK],
  ["setTimeout", CLOCK],
  ["setInterval", CLOCK],
  ["setImmediate", CLOCK],
  ["clearTimeout", CLOCK],
  ["clearInterval", CLOCK],
  ["crypto", CHANCE],
  ["queueMicrotask", RUNTIME],
  ["process", RUNTIME],
  ["Buffer", RUNTIME],
  ["Deno", RUNTIME],
  ["Bun", RUNTIME],
  ["globalThis", RUNTIME],
  ["self", RUNTIME],
  ["window", RUNTIME],
  ["global", RUNTIME],
  ["navigator", RUNTIME],
  ["fetch", RUNTIME],
];

const config: OxlintConfig = {
  plugins: ["typescript", "import", "oxc", "unicorn", "vitest"],
  options: { typeAware: true, denyWarnings: true, reportUnusedDisableDirectives: "error" },
  categories: { correctness: "error" },
  ignorePatterns: ["dist/**", ".tmp/**"],
  rules: {
    "eqeqeq": "error",
    "no-var": "error",
    "prefer-const": "error",
    "max-lines": ["error", { max: 300 }],
    "import/no-default-export": "error",
    "unicorn/filename-case": ["error", { case: "kebabCase" }],
    "typescript/no-explicit-any": "error",
    "typescript/no-namespace": "error",
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/only-throw-error": "error",
    "typescript/switch-exhaustiveness-check": "error",
    // Also closes the one hole in the floors: `import("…").Type` is not seen by no-restricted-imports.
    "typescript/consistent-type-imports": "error",
    "vitest/no-focused-tests": "error",
    "vitest/expect-expect": ["error", {
      assertFunctionNames: ["expect", "expectTypeOf", "fc.assert"],
    }],
    // A property over many inputs expects different things of different ones.
    "vitest/no-conditional-expect": "off",
    // An array made at its final length is what a ring buffer wants.
    "unicorn/no-new-array": "off",
  },
  overrides: [
    // Tools, Workers and routes take their module's default export.
    {
      files: [
        "*.config.ts",
        "test/workerd/*-worker.ts",
        "test/matrix/runtimes/workers-entry.ts",
        "bench/edge/edge-worker.ts",
        "bench/drivers/drivers-worker.ts",
        "examples/workers/worker.ts",
        "examples/vercel-edge/api/*.ts",
      ],
      rules: { "import/no-default-export": "off" },
    },
    // All that is shipped.
    {
      files: ["./mod.ts", "src/**/*.ts", "adapters/**/*.ts"],
      rules: {
        "no-console": "error",
        "max-params": ["error", { max: 4 }],
        "import/no-cycle": ["error", { ignoreTypes: true }],
        "typescript/no-non-null-assertion": "error",
        "typescript/no-unsafe-argument": "error",
        "typescript/no-unsafe-assignment": "error",
        "typescript/no-unsafe-call": "error",
        "typescript/no-unsafe-member-access": "error",
        "typescript/no-unsafe-return": "error",
      },
    },
    // The one place whose work is to write there.
    { files: ["adapters/alerts/console.ts"], rules: { "no-console": "off" } },
    // The core.
    {
      files: ["./mod.ts", "src/**/*.ts"],
      rules: {
        "no-restricted-globals": forbidGlobals(...AMBIENT),
        "no-restricted-properties": [
          "error",
          { object: "Math", property: "random", message: CHANCE },
          { object: "AbortSignal", property: "timeout", message: CLOCK },
        ],
      },
    },
    // Floors 0 to 2 are pure: no async function, no promise made (a port may name one as a type).
    {
      files: [`src/{model,time,cluster,${STAGES}}/**/*.ts`, "src/{ports,errors}.ts"],
      rules: {
        "oxc/no-async-await": "error",
        "no-restricted-globals": forbidGlobals(
          ...AMBIENT,
          ["Promise", AWAITS],
          ["AbortController", AWAITS],
        ),
      },
    },
    forbidImports(["src/{model,time}/**/*.ts"], NO_PACKAGE, {
      group: ALL_BUT_FLOOR_0,
      message: "Floor 0 imports only floor 0 (DESIGN, floors).",
    }),
    forbidImports([`src/{${STAGES}}/**/*.ts`], NO_PACKAGE, {
      group: ALL_BUT_FLOOR_0,
      message: "Stages never import each other: they meet in cluster/ and drive/ (DESIGN, floors).",
    }),
    forbidImports(["src/cluster/**/*.ts"], NO_PACKAGE, NOTHING_OUTSIDE_SRC, {
      group: [
        "../*.ts",
        "../{drive,options}",
        "../{drive,options}/**",
        "!../ports.ts",
        "!../errors.ts",
      ],
      message: "Floor 2 imports floors 0 and 1 only (DESIGN, floors).",
    }),
    forbidImports(["src/drive/**/*.ts"], NO_PACKAGE, NOTHING_OUTSIDE_SRC, {
      group: ["../*.ts", "../options", "../options/**", "!../ports.ts", "!../errors.ts"],
      message: "Floor 3 imports nothing of floor 4; a noun both need belongs in model/ (DESIGN).",
    }),
    forbidImports(["src/options/**/*.ts"], NO_PACKAGE, NOTHING_OUTSIDE_SRC),
    // Floor 4 is the one place that may choose a default runtime.
    forbidImports(["src/*.ts"], NO_PACKAGE, {
      regex: "^\\.\\./(?:[^a]|adapters/(?:[^r]|runtimes/(?:[^h]|h[^e])))",
      message: "Outside src/, floor 4 may import adapters/runtimes/here.ts only (DESIGN, law 8).",
    }),
    forbidImports(["src/{ports,errors}.ts"], NO_PACKAGE, {
      group: [
        "../**",
        "./*",
        "./*/**",
        "!./model",
        "!./model/**",
        "!./time",
        "!./time/**",
        "!./errors.ts",
      ],
      message: "Floor 0 imports only floor 0 (DESIGN, floors).",
    }),
    forbidImports(["./mod.ts"], NO_PACKAGE, {
      group: ["./*", "./*/**", "!./src", "!./src/**"],
      message: "mod.ts lists the names of src/; an adapter is an entry of its own.",
    }),
    // Law 8: an adapter needs the core's nouns, and nothing of another adapter.
    forbidImports(
      ["adapters/{alerts,connectors,runtimes}/**/*.ts"],
      {
        group: [
          "**/src/*",
          "**/src/*/**",
          "!**/src/model",
          "!**/src/model/**",
          "!**/src/time",
          "!**/src/time/**",
          "!**/src/ports.ts",
          "!**/src/errors.ts",
        ],
        message: "An adapter imports only floor 0 of the core (DESIGN, law 8).",
      },
      { group: ["../mod.ts", "**/../mod.ts"], message: "An adapter imports src/'s floor 0." },
      {
        regex: "^\\.\\./(?:[a-oq-rt-z]|s[a-df-z]|p[a-fh-z]|pg/)",
        message:
          "An adapter imports no other adapter (DESIGN, law 8); what connectors to PostgreSQL share is in pg-server/, and those by HTTP in sent-once/.",
      },
    ),
    // A store carries out what cluster/ reckons: it is where the machine runs.
    forbidImports(
      ["adapters/stores/**/*.ts"],
      {
        group: [
          "**/src/*",
          "**/src/*/**",
          "!**/src/model",
          "!**/src/model/**",
          "!**/src/cluster",
          "!**/src/cluster/**",
          "!**/src/ports.ts",
          "!**/src/errors.ts",
        ],
        message: "A store imports floor 0 and the machine in cluster/ (DESIGN, law 8).",
      },
      {
        group: ["../mod.ts", "**/../mod.ts"],
        message: "A store imports src/'s floor 0 and cluster/.",
      },
      {
        regex: "^\\.\\./(?:[abd-z]|c[a-df-z])",
        message: "A store imports no other store; what compare-and-set stores share is in cell/.",
      },
    ),
    // A Worker and its coordinator are put together here: the machine, its stores, its runtime, and a holdfast.
    forbidImports(
      ["adapters/cloudflare/**/*.ts"],
      NO_PACKAGE,
      {
        group: [
          "**/src/*",
          "**/src/*/**",
          "!**/src/model",
          "!**/src/model/**",
          "!**/src/cluster",
          "!**/src/cluster/**",
          "!**/src/ports.ts",
          "!**/src/errors.ts",
          "!**/src/holdfast.ts",
          "!**/src/lending.ts",
          "!**/src/options",
          "!**/src/options/types.ts",
          "!**/src/options/resolve.ts",
        ],
        message:
          "The Cloudflare entry imports floor 0, the machine, createHoldfastOn and the options.",
      },
      {
        regex: "^\\.\\./(?:[a-qt-z]|r[^u]|s[^t]|stores/(?:[abe-vx-z]|c[^e]|d[^u]|w[^o]))",
        message: "The Cloudflare entry imports adapters/runtimes, its two stores and stores/cell.",
      },
    ),
    forbidImports(["examples/**/*.ts"], {
      group: ["**/src/**"],
      message: "An example uses what a user can: mod.ts and the adapters' mods.",
    }),
  ],
};

export default config;
