import { describe, expect, it } from '@jest/globals';
import { backupJobDefinitionSchema } from '../backups/job.js';
import { noColour } from './style.js';
import { placesOf, welcome } from './welcome.js';

const reading = { now: Date.parse('2026-11-22T08:00:00Z'), timeZone: 'UTC', paint: noColour };
const started = {
  url: 'http://127.0.0.1:8321',
  configFile: '/srv/wardround.yaml',
  dataFolder: '/srv/data',
  places: ['/srv/data/backups/local', '/mnt/backups'],
  problems: [],
  jobs: [
    {
      site: 'main',
      server: 'here',
      name: 'records',
      title: 'Records',
      status: 'unknown' as const,
      state: 'waiting',
      because: 'first-run-to-come',
      since: null,
      nextPlanned: '2026-11-23T02:00:00Z',
      running: null,
      lastRun: null,
      lastSuccess: null,
    },
  ],
};

describe('what is said at the start', () => {
  it('is where the board, the data and the backups are, and what happens next', () => {
    expect(welcome(started, reading)).toEqual([
      'Wardround is running.',
      '',
      '  Board          http://127.0.0.1:8321',
      '  Configuration  /srv/wardround.yaml',
      '  Data           /srv/data',
      '  Backups        /srv/data/backups/local',
      '                 /mnt/backups',
      '',
      'Next backups',
      '  records  immediately, because it has never succeeded; then 2026-11-23 02:00 (in 18 h)',
      '',
      'Stop with Ctrl-C. In another window: npx wardround status, npx wardround --help',
    ]);
  });

  it('warns of a configuration that was refused', () => {
    const problems = [{ line: 1, column: 1, path: '', message: 'x', advice: '' }];
    expect(welcome({ ...started, problems }, reading).join('\n')).toContain('the previous one stays in effect');
  });

  it('names each folder of the jobs once', () => {
    const job = backupJobDefinitionSchema.parse({
      name: 'a',
      sources: [{ name: 's', plugin: 'folder' }],
      localCopy: { path: '${data}/local' },
      copies: [
        { name: 'b', parameters: { path: '/mnt/b' } },
        { name: 'c', plugin: 'tape' },
      ],
    });
    expect(placesOf([job, job], '/srv/data')).toEqual(['/srv/data/local', '/mnt/b']);
  });
});
