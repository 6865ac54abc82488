import { type EmulatorRequest, type EmulatorResponse, refusal } from '../messages.ts';
import type { Token, Tokens } from './tokens.ts';

function bearer(request: EmulatorRequest): string | undefined {
  return /^Bearer (.+)$/i.exec(request.headers['authorization'] ?? '')?.[1];
}

/** The token of a request, or the refusal of it. */
export function authenticate(
  request: EmulatorRequest,
  tokens: Tokens,
  org: string,
): { readonly token: Token } | { readonly refused: EmulatorResponse } {
  const token = tokens.check(request.headers['ts-auth-token'] ?? bearer(request));
  if (token === undefined) return { refused: refusal(401, 'Invalid token') };
  const slug = request.headers['x-org-slug'];
  if (slug === undefined) return { refused: refusal(400, 'Missing x-org-slug header') };
  if (slug !== org)
    return { refused: refusal(403, `User is not a member of organization ${slug}`) };
  return { token };
}
