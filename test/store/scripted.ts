/** Small servers and folders that tests script. */
import { type Environment, environmentOf } from "../../src/store/environment.ts";

/** A request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly headers: Headers;
  readonly body: string;
}

export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly seen: SeenRequest[];
}

/** Serves `answer` on a free port of this machine. */
export function scriptedServer(
  answer: (request: SeenRequest) => Response | Promise<Response>,
  tls?: { readonly cert: string; readonly key: string },
): ScriptedServer {
  const seen: SeenRequest[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, ...tls },
    async (request) => {
      const url = new URL(request.url);
      const one = {
        method: request.method,
        path: url.pathname + url.search,
        host: url.host,
        headers: request.headers,
        body: await request.text(),
      };
      seen.push(one);
      return await answer(one);
    },
  );
  return {
    url: `${tls ? "https" : "http"}://${tls ? "localhost" : "127.0.0.1"}:${server.addr.port}`,
    port: server.addr.port,
    seen,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** The XML of an S3 error. */
export function s3Error(
  status: number,
  code: string,
  message = "",
  more: { headers?: Record<string, string>; xml?: string } = {},
): Response {
  const xml = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message>` +
    `${more.xml ?? ""}<RequestId>r1</RequestId></Error>`;
  return new Response(xml, {
    status,
    headers: { "content-type": "application/xml", ...more.headers },
  });
}

/** The XML of an answer that went well. */
export function xml(body: string, headers: Record<string, string> = {}): Response {
  return new Response(`<?xml version="1.0"?>${body}`, {
    headers: { "content-type": "application/xml", ...headers },
  });
}

export interface AwsHome extends AsyncDisposable {
  readonly path: string;
  environment(variables?: Record<string, string>): Environment;
}

/** A home folder with `~/.aws/config` and `~/.aws/credentials`. */
export async function awsHome(config = "", credentials = ""): Promise<AwsHome> {
  const path = await Deno.makeTempDir({ prefix: "dipper-home-" });
  await Deno.mkdir(`${path}/.aws`);
  if (config !== "") await Deno.writeTextFile(`${path}/.aws/config`, config);
  if (credentials !== "") await Deno.writeTextFile(`${path}/.aws/credentials`, credentials);
  return {
    path,
    environment: (variables = {}) =>
      environmentOf({ AWS_EC2_METADATA_DISABLED: "true", ...variables }, path),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** What `work` throws; an assertion error of its own when it does not. */
export async function thrownBy(work: () => unknown): Promise<Error> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Error) return error;
    throw new Error(`threw no Error: ${error}`);
  }
  throw new Error("nothing was thrown");
}
