// Installs and builds what is missing in a checkout; a published package has nothing to build.
import './require-node.cjs';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './build-lock.mjs';

/** The folder of package.json. */
export const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)));

const SOURCE_FOLDERS = ['src', 'lab', 'tools', 'test', 'bench'];

/**
 * Makes `node_modules` and `dist` what package-lock.json and the sources say. Says on standard error what it does, and
 * nothing where there is nothing to do. Several processes may do this at once: one works, the others wait.
 */
export async function ensureBuilt(root = projectRoot) {
  if (!existsSync(join(root, 'tsconfig.json'))) return;
  // What was built is so as of what was installed: both are known by one stamp, and no lock file is read.
  if (isBuilt(root)) return;
  await withLock(join(root, '.cache', 'build.lock'), async () => {
    if (!isInstalled(root)) await install(root);
    if (!isBuilt(root)) await build(root);
  });
}

/** Whether npm's own record of what it installed names every package of package-lock.json in its version. */
function isInstalled(root) {
  if (!existsSync(join(root, 'package-lock.json'))) return true;
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  const wanted = packagesOf(join(root, 'package-lock.json'));
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || optional === true || installed[path]?.version === version,
  );
}

function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? {};
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}

async function install(root) {
  say('Installing the dependencies …');
  const args = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  // Started by npm, the same npm; else the one on PATH, which is a script of the shell on Windows.
  const [program, ...before] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm'];
  await run(program, [...before, ...args], { cwd: root, shell: process.platform === 'win32' && program === 'npm' });
}

async function build(root) {
  say('Building …');
  const stamp = sourceStamp(root);
  const output = join(root, 'dist');
  const tsc = [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.json'];
  await run(process.execPath, tsc, { cwd: root });
  const sources = sourcesOf(root);
  if (!sources.every((source) => existsSync(join(output, outputOf(source))))) {
    // What was built before is noted in there, and isn't built again though it's gone.
    rmSync(join(output, '.tsbuildinfo'), { force: true });
    await run(process.execPath, tsc, { cwd: root });
  }
  removeOrphans(output, new Set(sources.map(outputOf)));
  writeFileSync(stampPath(root), stamp);
}

function isBuilt(root) {
  const path = stampPath(root);
  if (!existsSync(path) || !existsSync(join(root, 'dist', 'src'))) return false;
  return readFileSync(path, 'utf8') === sourceStamp(root);
}

function stampPath(root) {
  return join(root, 'dist', '.build-stamp');
}

/** The files besides the sources that say what is installed and how it is built. */
const others = ['tsconfig.json', 'package.json', 'package-lock.json', 'node_modules/.package-lock.json'];

/** Returns a stamp that changes with a source: of names, sizes and times, which are read faster than contents. */
function sourceStamp(root) {
  const hash = createHash('sha256');
  for (const path of [...sourcesOf(root), ...others]) {
    const found = statSync(join(root, path), { throwIfNoEntry: false });
    hash.update(`${path} ${found?.size} ${found?.mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/** The source files, as paths from the root: 'src/cli/main.ts'. */
export function sourcesOf(root) {
  return SOURCE_FOLDERS.filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => filesBelow(root, folder))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .sort();
}

/** Returns the path of what a source is built to, from `dist`. */
export function outputOf(source) {
  return source.replace(/\.ts$/, '.js');
}

/** Removes what was built of sources that are gone: a test that was renamed would run twice. */
function removeOrphans(output, known) {
  for (const folder of SOURCE_FOLDERS.filter((name) => existsSync(join(output, name)))) {
    for (const path of filesBelow(output, folder)) {
      if (/\.js(?:\.map)?$/.test(path) && !known.has(path.replace(/\.map$/, ''))) rmSync(join(output, path));
    }
  }
}

function filesBelow(root, folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return filesBelow(root, path);
    return entry.isFile() ? [path] : [];
  });
}

/** Runs a program; what it prints goes to standard error, since standard output is the caller's. */
function run(program, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 2, 2] });
    child.once('error', (error) => reject(new Error(`${program} cannot be started: ${error.message}`)));
    child.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${[program, ...args].join(' ')} failed, see above.`));
    });
  });
}

function say(line) {
  process.stderr.write(`${line}\n`);
}
