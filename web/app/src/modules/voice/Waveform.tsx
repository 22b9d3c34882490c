import { classes } from "../../ui/classes";

export interface WaveformProps {
  /** 0 to 255. */
  levels: readonly number[];
  /** 0 to 1: what has been heard. */
  played: number;
  heard: string;
  unheard: string;
}

const BAR = 2;
const STEP = 3;
const HEIGHT = 32;
const LEAST = 3;

/** A bar for each level. Decoration: the slider over it says where one is. */
export function Waveform({ levels, played, heard, unheard }: WaveformProps) {
  return (
    <svg
      aria-hidden
      viewBox={`0 0 ${levels.length * STEP - 1} ${HEIGHT}`}
      preserveAspectRatio="none"
      className="h-8 w-full"
    >
      {levels.map((level, at) => {
        const height = Math.max(LEAST, (level / 255) * HEIGHT);
        const x = at * STEP;
        return (
          <rect
            key={x}
            x={x}
            y={(HEIGHT - height) / 2}
            width={BAR}
            height={height}
            rx={1}
            className={classes("fill-current", at < played * levels.length ? heard : unheard)}
          />
        );
      })}
    </svg>
  );
}
