/** A subcommand's module: `src/NAME.ts`, which `subcommands.ts` loads when it is asked for, and not before. */
export interface Subcommand {
  /**
   * Runs it, and takes care of its own options, with `--help` among them.
   *
   * @param args what follows the subcommand's name
   * @returns the exit code: 0; 1 for a finding or a failure; 2 for wrong usage
   */
  run(args: string[]): number | Promise<number>
}
