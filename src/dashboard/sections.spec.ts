import { allViews } from '../capabilities.js';
import { describe, expect, it } from '@jest/globals';
import { sectionsOf } from './sections.js';

describe('the sections that a view is in', () => {
  it.each(allViews.map(({ name }) => name))('are known for the view %s', (view) => {
    expect(sectionsOf([view]).length).toBeGreaterThan(0);
  });

  it('are told once, however many views changed', () => {
    const sections = sectionsOf(['runs', 'alarms', 'snapshots', 'checkup-status']);
    expect(new Set(sections).size).toBe(sections.length);
    expect(sections).toEqual(expect.arrayContaining(['status', 'jobs', 'alarms', 'checkups']));
  });

  it('are none for a view no one knows', () => {
    expect(sectionsOf(['weather'])).toEqual([]);
  });
});
