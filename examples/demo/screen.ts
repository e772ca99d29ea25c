/**
 * The terminal: redraws a picture in place, and leaves the cursor as it was.
 *
 * @module
 */

import process from "node:process";
import { draw, type Frame, type Picture } from "./table.ts";

const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const CLEAR_BELOW = "\x1b[J";
const CLEAR_ALL = "\x1b[2J\x1b[H";
/** Without line wrap a line that is a column too wide cannot spoil the counting of lines. */
const NO_WRAP = "\x1b[?7l";
const WRAP = "\x1b[?7h";

/** A live picture on a terminal. */
export interface Screen {
  readonly show: (picture: Picture) => void;
  /** Leaves the last picture standing and gives the terminal back. */
  readonly close: () => void;
}

/** Where pictures go: a terminal's stream. */
export type Terminal = Pick<NodeJS.WriteStream, "write" | "columns" | "rows" | "on" | "off">;

/** Takes over a terminal until `close`; also when the process ends some other way. */
export function openScreen(terminal: Terminal, colour: boolean): Screen {
  let height = 0;
  let resized = false;
  let open = true;
  const onResize = (): boolean => resized = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    terminal.off("resize", onResize);
    process.off("exit", close);
    terminal.write(`${WRAP}${SHOW_CURSOR}`);
  };
  terminal.on("resize", onResize);
  process.on("exit", close);
  terminal.write(`${HIDE_CURSOR}${NO_WRAP}`);
  return {
    show(picture) {
      if (!open) return;
      // The last row stays free: a newline written there would scroll everything up.
      const frame: Frame = {
        columns: Math.max(1, (terminal.columns || 80) - 1),
        rows: Math.max(1, (terminal.rows || 24) - 1),
        colour,
      };
      const lines = draw(picture, frame);
      // After a resize the terminal has reflowed the old lines; nobody knows how many there are.
      const back = resized ? CLEAR_ALL : height > 0 ? `\x1b[${height}A\r` : "";
      terminal.write(`${back}${CLEAR_BELOW}${lines.join("\n")}\n`);
      height = lines.length;
      resized = false;
    },
    close,
  };
}
