// Refuses words that make texts and comments read as translated. In code it reads comments and quoted texts, in tests
// only comments, elsewhere every line. A line that needs one of the words is listed in `allowed`. Run by `npm run lint`.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What is refused, and what to write instead. */
export const dialect = [
  [/\bnobody\b/i, '"no one", or what is missing: "no recent result"'],
  [/\bsomebody\b/i, '"someone", or the role: "another process"'],
  [/\b(?:who|what)soever\b/i, '"anyone", "any"'],
  [/\bwhoever\b/i, '"anyone who", or the role: "the owner"'],
  [/(?<![-.\w])anew\b/i, '"again", "recreated", "rebuilt"'],
  [/\bmend(?:s|ed|ing)?\b/i, '"fix"'],
  [/\bof (?:its|their|his|her) own accord\b/i, '"automatically", "by itself"'],
  [/\b(?:is|are) told apart\b/i, '"is distinguished"'],
  [/\btells? apart\b/i, '"distinguishes"'],
  [/\bgoes on standing\b|\bgoes on counting\b/i, '"stays", "continues"'],
  [/\bis no known\b/i, '"unknown"'],
  [/\bof before\b(?! \w+ing)/i, '"from before", "previous"'],
  [/\bwhereof\b|\bthereby\b|\bthereof\b/i, 'a relative clause'],
  [/\bread aloud\b/i, '"announced"'],
];

/** Texts that are not ours to change, by the file and a part of the line. */
export const allowed = [
  { file: 'test/tools/plain-english.mjs', text: '' },
  { file: 'plugins/sdk/files/open-folder.ts', text: 'root for `nobody`' },
  { file: 'test/tools/postgres-programs.mjs', text: '`postgres` or else `nobody`' },
];

const folders = ['src', 'plugins', 'templates', 'migrations', 'test', 'docs', 'README.md', 'CONTRIBUTING.md'];
const skipped = /^docs\/(?:decisions|changes)\/|^test\/fixtures\/events\/|\.(?:png|svg|json|ico|woff2?)$/;

/**
 * The part of a line that people read.
 * @param {string} file
 * @param {string} line
 */
function prose(file, line) {
  if (!/\.[cm]?[jt]s$/.test(file)) return line;
  const comment = /^\s*(?:\/\*|\*|\/\/).*|\s\/\/ .*|\/\*\*? .*/.exec(line)?.[0] ?? '';
  const isTest = /\.(?:spec|contract)\.ts$|^test\//.test(file);
  const quoted = isTest ? [] : (line.match(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`/g) ?? []);
  return [comment, ...quoted].join('\n');
}

/**
 * The lines of a text with a refused word, each with what to write instead.
 * @param {string} file
 * @param {string} text
 */
export function dialectIn(file, text) {
  return text.split('\n').flatMap((line, index) => {
    const isAllowed = allowed.some((exception) => exception.file === file && line.includes(exception.text));
    if (isAllowed || /^\s*```/.test(line)) return [];
    const read = prose(file, line);
    return dialect
      .map(([pattern, instead]) => ({ word: pattern.exec(read)?.[0], instead }))
      .filter(({ word }) => word !== undefined)
      .map(({ word, instead }) => `${file}:${index + 1}: "${word}": write ${instead}`);
  });
}

function main() {
  const listed = execFileSync('git', ['ls-files', '--', ...folders], { encoding: 'utf8' }).split('\n');
  const files = listed.filter((file) => file !== '' && !skipped.test(file) && existsSync(file));
  const found = files.flatMap((file) => dialectIn(file, readFileSync(file, 'utf8')));
  for (const line of found) console.error(line);
  if (found.length > 0) console.error(`${found.length} words to replace; see test/tools/plain-english.mjs`);
  process.exitCode = found.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
