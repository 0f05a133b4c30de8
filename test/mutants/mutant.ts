/** An edit that breaks a promise, and must turn the simulation or a named test red. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** Absent: the simulation must find it. */
  readonly test?: string;
}
