import { describe, expect, it } from '@jest/globals';
import { exclusionFault } from './exclusion-faults.js';

const faultOf = (pattern: string, paths: readonly string[] = ['/home']) =>
  exclusionFault(pattern, { paths, isWindows: false });

describe('an exclusion that cannot be meant', () => {
  it.each([
    ['fm:*/node_modules', 'write "node_modules"'],
    ['~/Downloads', 'use an absolute path'],
    ['./anna/x', 'write "anna/x"'],
  ])('F19: %s is refused, with what to write', (pattern, instead) => {
    expect(faultOf(pattern)).toContain(instead);
  });

  it.each([
    ['sh:home/*/.cache', 'write "home/*/.cache"'],
    ['pp:/home/anna', 'write "/home/anna"'],
    ['re:\\.tmp$', 'regular expressions are not supported'],
    ['- *.tmp', 'write "*.tmp"'],
    ['+ /keep', 'write "/keep"'],
    ['!keep.txt', 'excluded files cannot be included again'],
    ['*.{tmp,bak}', 'each as a separate item'],
    ['*.tmp ', 'write "*.tmp"'],
    [' cache', 'write "cache"'],
    ['a\nb', 'each as a separate item'],
    ['anna\\Downloads', 'write "anna/Downloads"'],
    ['~', 'use an absolute path'],
    ['~anna/x', 'use an absolute path'],
    ['$HOME/x', 'use an absolute path'],
    ['%TEMP%', 'use an absolute path'],
    ['anna/../ben', '".."'],
    ['anna//x', 'write "anna/x"'],
    ['/var/cache', 'is outside of all paths (/home)'],
    ['/home', 'remove it from "paths"'],
    ['/home/', 'remove it from "paths"'],
    ['C:\\Data\\x', 'backslash'],
  ])('F19 kind: %j is refused', (pattern, instead) => {
    expect(faultOf(pattern)).toContain(instead);
  });

  it.each([
    ['/home/*/.cache', ['/home']],
    ['/home/anna/Downloads', ['/home']],
    ['/home/*/.cache', ['/home/anna', '/home/ben']],
    ['/home/**/node_modules', ['/home/anna']],
    ['/var/cache', ['/home', '/var/']],
    ['/etc/x', ['/']],
    ['/cache', ['/srv/records']],
    ['/reports/2024', ['/srv/records']],
    ['/var/cache', ['${data}/x']],
    ['/srv/a/x', ['/srv/a', '/srv/b']],
    ['.local/share/Trash', ['/home']],
    ['#recycle', ['/volume1']],
    ['@eaDir/', ['/volume1']],
    ['[2024] report', ['/home']],
    ['{1F0B}', ['/home']],
    ['*', ['/home']],
    ['a - b', ['/home']],
    ['12:30.log', ['/home']],
    ['reports/**/old', ['/home']],
  ])('F19 kind: %s with %j is taken', (pattern, paths) => {
    expect(faultOf(pattern, paths)).toBeNull();
  });

  it('F19 kind: on Windows a backslash is between folders', () => {
    const windows = (pattern: string) => exclusionFault(pattern, { paths: ['C:\\Data'], isWindows: true });
    expect(windows('C:\\Data\\*\\cache')).toBeNull();
    expect(windows('D:\\Other\\x')).toContain('is outside of all paths (C:\\Data)');
  });
});
