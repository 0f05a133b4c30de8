import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What `npm run lint` says of one place. */
export interface Finding {
  readonly rule: string;
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

interface Report {
  readonly diagnostics: readonly {
    readonly code: string;
    readonly filename: string;
    readonly message: string;
    readonly labels: readonly { readonly span: { readonly line: number } }[];
  }[];
}

/**
 * Lints these files as `npm run lint` would if they were in the repository: its command, its configuration, its rules.
 *
 * @param folder - empty; the files (path → text) are written into it
 */
export const linted = async (
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<readonly Finding[]> => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly scripts: { readonly lint: string };
  };
  const [command = '', ...flags] = scripts.lint.split(' ');
  for (const path of ['.oxlintrc.json', 'tsconfig.json', 'package.json', 'test/architecture'])
    cpSync(join(root, path), join(folder, path), { recursive: true });
  // Without it oxlint finds no type checker, and says nothing of it.
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const program = join(root, 'node_modules', command, 'bin', command);
  const report = await new Promise<string>((resolve, reject) => {
    execFile(
      process.execPath,
      [program, ...flags, '--format', 'json'],
      { cwd: folder, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        // It ends with 1 where it found something: then its report is the answer.
        if (error !== null && error.code !== 1) reject(new Error(`${error.message}\n${stdout}${stderr}`));
        else resolve(stdout);
      },
    );
  });
  return (JSON.parse(report) as Report).diagnostics.map(({ code, filename, message, labels }) => ({
    rule: code,
    file: filename,
    line: labels[0]?.span.line ?? 0,
    message,
  }));
};
