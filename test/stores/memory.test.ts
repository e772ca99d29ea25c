import { memoryStore } from "../../adapters/stores/memory/mod.ts";
import { VirtualClock } from "../virtual.ts";
import { contractTests } from "./contract-tests.ts";

contractTests("memoryStore()", {
  leases: true,
  ground: () => {
    const store = memoryStore();
    return { open: () => store };
  },
});

contractTests("memoryStore() in virtual time", {
  leases: true,
  ground: () => {
    const clock = new VirtualClock();
    const store = memoryStore({ clock });
    return { open: () => store, pass: (ms) => clock.advance(ms) };
  },
});
