/** What programs need to find their way about a computer, and nothing that could be a secret of Wardround's. */
const allowed = new Set([
  ...['PATH', 'HOME', 'LANG', 'LANGUAGE', 'TZ', 'TMPDIR', 'TEMP', 'TMP'],
  // Certificates that the clinic trusts besides the usual ones.
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
  // Windows starts hardly any program without these.
  ...['SYSTEMROOT', 'SYSTEMDRIVE', 'WINDIR', 'COMSPEC', 'PATHEXT', 'USERPROFILE', 'HOMEDRIVE', 'HOMEPATH'],
  ...['APPDATA', 'LOCALAPPDATA', 'PROGRAMDATA', 'ALLUSERSPROFILE', 'PROGRAMFILES', 'PROGRAMFILES(X86)', 'PROGRAMW6432'],
  ...['COMMONPROGRAMFILES', 'NUMBER_OF_PROCESSORS', 'PROCESSOR_ARCHITECTURE', 'OS'],
]);

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The part of an environment that plugins, and the programs that they and Wardround start, may see. Wardround's own has
 * passwords in it; what a definition names by `${env:NAME}` reaches a plugin as a parameter instead. `NODE_OPTIONS` is not
 * passed on: it can load code and change limits.
 */
export function plainEnvironment(environment: Environment): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && isAllowed(name)) plain[name] = value;
  }
  return plain;
}

/** Windows writes the same name in more than one way, such as `Path`. */
function isAllowed(name: string): boolean {
  const upper = name.toUpperCase();
  return allowed.has(upper) || upper.startsWith('LC_');
}
