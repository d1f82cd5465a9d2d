/**
 * The password of a broker, which need not stand in a command line.
 *
 * @module
 */

/** The address with `password` where it names a user alone; else as it is. */
export function withPassword(address: string, password: string | undefined): string {
  const url = URL.parse(address);
  if (url === null || url.username === "" || url.password !== "" || !password) return address;
  url.password = encodeURIComponent(password);
  return url.href;
}
