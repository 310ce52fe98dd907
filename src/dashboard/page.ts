import type { Permission } from '../access/permissions.js';
import type { Principal } from '../access/principal.js';
import type { Ward } from '../ward/ward.js';
import type { Here } from './humanise.js';

/** What a part of a page is made from. */
export interface AskedSection {
  readonly principal: Principal;
  /** Of the address, not checked yet. */
  readonly query: unknown;
  readonly rows: Ward;
  readonly here: Here;
}

/** One kind of page of the board: a folder with its controller, its models and its sections. */
export interface Page {
  /** What anyone who fetches one of its sections must be allowed. */
  readonly needs: Permission;
  /** By name: the parts that a page fetches when it hears that they have changed, as HTML. */
  readonly sections: Readonly<Record<string, (asked: AskedSection) => string | Promise<string>>>;
}

/** The injection token of all pages that have sections. */
export const PAGES = Symbol('Pages');
