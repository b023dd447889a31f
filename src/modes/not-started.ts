const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such program (a file in this folder is called by ./name), or none such as its first line names',
  EACCES: 'it is a folder, or may not be executed: chmod +x',
  ENOTDIR: 'a part of its path is no folder',
  ENOEXEC: 'it is no program of this system',
  E2BIG: 'its arguments and its environment are too long',
};

/** What to show for a command that could not be started: the system's word, and what it means. */
export function notStartedBecause(code: string): string {
  const reason = REASONS[code];
  return `it could not be started: ${code}${reason === undefined ? '' : `, ${reason}`}`;
}
