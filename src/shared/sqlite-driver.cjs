'use strict';

/**
 * SQLite's driver, in the release that this Node can use; `import Database from '#sqlite'`. See docs/decisions/0001.
 *
 * - 13 asks for Node-API 10, which Node has since 22.14; an older Node would not refuse it but crash. It brings binaries.
 * - 12 is for the others, and for computers that 13 has no binary for. Compiled for Node 24.19 or newer it ends the process
 *   when a statement is collected as garbage.
 */
const asksForNodeApi = 10;

function newest() {
  try {
    const Database = require('better-sqlite3-13');
    new Database(':memory:').close(); // The binary is loaded by the first database only.
    return Database;
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND' || error.code === 'ERR_DLOPEN_FAILED') return null;
    throw error;
  }
}

module.exports = (Number(process.versions.napi) >= asksForNodeApi && newest()) || require('better-sqlite3');
