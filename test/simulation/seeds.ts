/** How many seeds are usually tried. */
const USUAL = 200;

/** How many seeds the tests try: fewer where KAMADO_SIMULATION_SEEDS says so. */
export const SEEDS = Number(process.env.KAMADO_SIMULATION_SEEDS ?? USUAL);

/** For `skip:` of what takes long and is the same everywhere. */
export const skipWithFewSeeds: string | false = SEEDS < USUAL ? `only ${SEEDS} seeds are asked for` : false;
