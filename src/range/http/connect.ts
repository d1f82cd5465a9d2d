/**
 * New connections for HTTP/1.1.
 *
 * @module
 */

/**
 * Connects to the host of `url`, by TLS where its scheme says so: a certificate that is not trusted is told
 * of now, and not with the first byte.
 *
 * @param certificates PEM certificates to trust besides the system's
 */
export async function connectTo(url: URL, certificates: readonly string[]): Promise<Deno.Conn> {
  const { protocol, hostname: bracketed, port } = url;
  const hostname = bracketed.replace(/^\[|\]$/g, "");
  if (protocol === "http:") return await Deno.connect({ hostname, port: Number(port || 80) });
  const conn = await Deno.connectTls({
    hostname,
    port: Number(port || 443),
    caCerts: [...certificates],
    alpnProtocols: ["http/1.1"],
  });
  try {
    await conn.handshake();
    return conn;
  } catch (error) {
    conn.close();
    throw error;
  }
}
