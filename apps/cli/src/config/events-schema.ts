import { z } from 'zod';

const LOOPBACK = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/]|$)/i;

/** The section `serve.events:` of the config. `token` is checked as the other tokens of `serve` are. */
export function eventsConfig<Token extends z.ZodType>(
  token: Token,
): z.ZodPrefault<
  z.ZodObject<
    {
      token: z.ZodOptional<Token>;
      queue: z.ZodOptional<z.ZodURL>;
      region: z.ZodOptional<z.ZodString>;
    },
    z.core.$strict
  >
> {
  return z
    .strictObject({
      token: token
        .optional()
        .describe(
          'Who sends it may post events to `POST /tdp-events`, such as an API destination of EventBridge; at least 16 characters, best as `${TDP_SYNC_EVENTS_TOKEN}`. Default: nobody may.',
        ),
      queue: z
        .url({
          protocol: /^https?$/,
          error:
            'expected the address of an SQS queue, such as https://sqs.eu-central-1.amazonaws.com/123456789012/tdp-events',
          abort: true,
        })
        .refine((url) => url.startsWith('https:') || LOOPBACK.test(url), {
          error: 'expected an https:// address',
        })
        .optional()
        .describe(
          "Address of an Amazon SQS queue to which EventBridge delivers TDP's events; wants the package `@aws-sdk/client-sqs` beside tdp-sync. Messages are deleted once they are taken. Default: none.",
        ),
      region: z
        .string()
        .min(1)
        .optional()
        .describe("The queue's region. Default: as its address says, else `AWS_REGION`."),
    })
    .prefault({});
}
