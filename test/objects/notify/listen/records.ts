/** Events as services write them. */

export interface Written {
  readonly key: string;
  readonly name?: string;
  readonly etag?: string;
  readonly time?: string;
  readonly bucket?: string;
  readonly request?: string;
  readonly versionId?: string;
  readonly source?: string;
  readonly rule?: string;
  readonly sequencer?: string;
}

/** The body of a request with one event, as Ceph 16 writes it. */
export function eventBody(...events: Written[]): string {
  return JSON.stringify({
    Records: events.map((event) => ({
      eventVersion: "2.2",
      eventSource: event.source ?? "ceph:s3",
      eventTime: event.time ?? "2026-11-21T14:34:48.323990Z",
      eventName: event.name ?? "ObjectCreated:Put",
      responseElements: { "x-amz-request-id": event.request ?? "r1", "x-amz-id-2": "z" },
      s3: {
        configurationId: event.rule ?? "a",
        bucket: { name: event.bucket ?? "b", arn: "arn:aws:s3:::b" },
        object: {
          key: event.key,
          size: 5,
          eTag: event.etag ?? "e1",
          versionId: event.versionId ?? "",
          sequencer: event.sequencer ?? "01",
        },
      },
    })),
  });
}
