import { userInfo } from 'node:os';

/**
 * The user that this process runs as: the name, or where the system has none, as in containers run with a bare number, that
 * number.
 * @param nameOf throws where there is no name.
 */
export function userName(nameOf: () => string = () => userInfo().username): string {
  try {
    return nameOf();
  } catch (error) {
    const id = process.getuid?.();
    if (id === undefined) throw error;
    return String(id);
  }
}
