import { expect, it } from 'vitest';
import { ExitCode } from '../../apps/cli/src/exit-code.ts';
import { read, serveDefaults } from './files.ts';

/** The last value of each setting of a unit. */
function settings(name: string): Readonly<Record<string, string>> {
  const lines = read(`deploy/systemd/${name}`).matchAll(/^([A-Za-z]+)=(.*)$/gm);
  return Object.fromEntries([...lines].map(([, key = '', value = '']) => [key, value]));
}

const service = settings('tdp-sync.service');
const run = settings('tdp-sync-run.service');

it('a stop may take as long as serve takes for it', async () => {
  const { drain } = await serveDefaults();
  expect(Number(service['TimeoutStopSec']) * 1000).toBeGreaterThan(drain + 10_000);
});

it('exit codes are taken for what they mean', () => {
  const { config, access, someFilesFailed, terminated } = ExitCode;
  expect(service['RestartPreventExitStatus']).toBe(`${config} ${access}`);
  expect(service['SuccessExitStatus']).toBe(`${terminated}`);
  expect(run['SuccessExitStatus']).toBe(`${someFilesFailed} ${terminated}`);
});

it('both units are hardened alike, and V8 may compile', () => {
  const hardening = (unit: Readonly<Record<string, string>>) =>
    Object.entries(unit).filter(([key]) =>
      /^(Protect|Private|Restrict|NoNew|SystemCall|Capab|Lock|State|User)/.test(key),
    );
  expect(hardening(run)).toEqual(hardening(service));
  expect(hardening(run).length).toBeGreaterThan(20);
  expect(service).toMatchObject({
    ProtectSystem: 'strict',
    NoNewPrivileges: 'yes',
    StateDirectory: 'tdp-sync',
  });
  for (const unit of [service, run]) expect(unit).not.toHaveProperty('MemoryDenyWriteExecute');
});

it('SIGHUP reloads', () => {
  expect(service['ExecReload']).toBe('/bin/kill -HUP $MAINPID');
});
