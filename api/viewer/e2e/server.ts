// The real program with its synthetic city, on a free port, in a folder of its own.

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Running {
  url: string;
  /** Opens people and the rest of the synthetic city. */
  key: string;
  stop(): Promise<void>;
}

export async function startServer(program: string, people: number): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'chengma-browser-'));
  const child = spawn(program, ['demo', '--dir', join(folder, 'city'), '--addr', '127.0.0.1:0', '--people', String(people)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = async () => {
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  };
  let said = '';
  try {
    const [url, key] = await new Promise<[string, string]>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the server did not start in three minutes:\n${said}`)), 180_000);
      const hear = (chunk: Buffer) => {
        said += chunk.toString();
        const serving = /serving (http:\S+)/.exec(said)?.[1];
        const key = /the key (\S+) opens/.exec(said)?.[1];
        if (serving && key) {
          clearTimeout(timer);
          resolve([serving, key]);
        }
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.on('error', reject);
      child.on('exit', (code) => {
        clearTimeout(timer);
        reject(new Error(`the server ended with status ${code}:\n${said}`));
      });
    });
    return { url, key, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Asks the process to end, and ends it where it does not. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGINT');
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await gone;
  clearTimeout(timer);
}
