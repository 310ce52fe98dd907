import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './package.adapter.js';
import { dutiesOf, roles } from './duties.js';

describe('the duties of a role', () => {
  it('are all of them on a machine that works alone', () => {
    expect(dutiesOf({ role: 'standalone' })).toEqual({ runsBackups: true, runsCheckups: true, sharesWork: false });
  });

  it('are none of the servers on a hub, which shares its work with other hubs', () => {
    expect(dutiesOf({ role: 'hub' })).toEqual({ runsBackups: false, runsCheckups: false, sharesWork: true });
  });

  it.each(roles)('are asked of the table: no other file compares a role with "%s"', (role) => {
    const files = readdirSync(join(packageRoot, 'src'), { recursive: true, encoding: 'utf8' })
      .map((file) => file.replaceAll('\\', '/'))
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'));
    const comparing = files.filter((file) =>
      new RegExp(`[!=]==? '${role}'|'${role}' [!=]==?|case '${role}'`).test(
        readFileSync(join(packageRoot, 'src', file), 'utf8'),
      ),
    );
    expect(files.length).toBeGreaterThan(100);
    expect(comparing).toEqual([]);
  });
});
