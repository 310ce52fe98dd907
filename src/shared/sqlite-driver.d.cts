// Both releases have the types of 12, as far as they are used here.
import Database = require('better-sqlite3');
export = Database;
