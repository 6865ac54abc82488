/** What the command's exit status says. `docs/operations.md` lists them. */
export const ExitCode = {
  complete: 0,
  unexpected: 1,
  config: 2,
  access: 3,
  source: 4,
  sink: 5,
  someFilesFailed: 6,
  different: 7,
  interrupted: 130,
  terminated: 143,
} as const;
