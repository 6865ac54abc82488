import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, it } from 'vitest';
import { page, pages, ROOT } from './pages.ts';

/** What GitHub makes of the headings of a page. */
function anchors(text: string): readonly string[] {
  return [...text.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.+)$/gm)].map(
    ([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
  );
}

it.each(pages)('every link of $path leads somewhere', ({ path, text }) => {
  const broken = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [to = '', anchor] = link.split('#');
      const target = to === '' ? path : normalize(join(dirname(path), to));
      if (!existsSync(ROOT + target)) return true;
      return anchor !== undefined && !anchors(readFileSync(ROOT + target, 'utf8')).includes(anchor);
    });
  expect(broken).toEqual([]);
});

it.each(['AGENTS.md', 'CONTRIBUTING.md'])('every path in %s is there', (path) => {
  const named = [...page(path).text.matchAll(/`([\w@.-]+\/[\w@./-]*|[\w-]+\.(?:md|json|ts))`/g)]
    .map(([, name = '']) => name)
    .filter((name) => !name.startsWith('@') && !name.startsWith('../'));
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !existsSync(ROOT + name))).toEqual([]);
});

it('AGENTS.md is short enough to be read', () => {
  expect(page('AGENTS.md').text.split('\n').length).toBeLessThan(60);
});
