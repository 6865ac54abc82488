import { describe, expect, it } from 'vitest';
import { QUEUE_EXIT, SINK_EXIT, SYNC_EXIT } from '../../apps/cli/src/exit.ts';
import { Metrics } from '../../apps/cli/src/serve/metrics.ts';
import { STATES } from '../../apps/cli/src/serve/status.ts';
import { codeBlocks, tableRows } from '../docs/markdown.ts';
import { page } from '../docs/pages.ts';
import { read, yaml } from './files.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
}

interface RuleFile {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
}

const [file] = yaml<RuleFile>('deploy/prometheus/rules.yaml') as readonly [RuleFile];
const rules = file.groups.flatMap((group) => group.rules);
const runbook = page('docs/runbook.md').text;

it('the Prometheus operator gets the same rules', () => {
  const [, rule] = yaml<{ kind: string; spec: RuleFile }>('deploy/kubernetes/prometheus.yaml');
  expect(rule?.kind).toBe('PrometheusRule');
  expect(rule?.spec).toEqual(file);
});

it('the runbook has every rule as it is, and no other', () => {
  const shown = codeBlocks(runbook).filter(({ language }) => language === 'promql');
  const written = shown.map(({ text }) => text.trim().replaceAll(/\s+/g, ' '));
  expect(written.sort()).toEqual(rules.map(({ expr }) => expr.replaceAll(/\s+/g, ' ')).sort());
});

it.each(rules)('$alert leads to a heading of the runbook', ({ annotations }) => {
  const [path, anchor] = annotations.runbook_url.split('#');
  expect(path).toBe('docs/runbook.md');
  const headings = [...runbook.matchAll(/^### (.+)$/gm)].map(([, title = '']) => title);
  expect(headings.map((title) => title.toLowerCase())).toContain(anchor);
});

it('every rule is tried in rules.test.yaml', () => {
  const tried = read('deploy/prometheus/rules.test.yaml');
  for (const { alert } of rules) expect(tried).toContain(alert);
});

const PAGES = ['docs/operations.md', 'docs/deployment.md', 'docs/runbook.md'];
/** Names of other things that look like it. */
const NO_METRIC = new Set(['tdp_sync_dag', 'tdp_sync_job', 'tdp_sync_documents']);

it('every metric that a rule or a page names is one that there is', () => {
  const known = new Metrics().registry.getMetricsAsArray().map(({ name }) => name);
  const texts = [...rules.map(({ expr }) => expr), ...PAGES.map((path) => page(path).text)];
  const named = texts.flatMap((text) => [...text.matchAll(/\btdp_sync_[a-z_]+[a-z]\b(?!-)/g)]);
  const metrics = named.map(([name]) => name.replace(/_(bucket|sum|count)$/, ''));
  expect(metrics.length).toBeGreaterThan(40);
  const foreign = metrics.filter((name) => !known.includes(name) && !NO_METRIC.has(name));
  expect(foreign).toEqual([]);
});

it('labels of rules are labels of their metrics', () => {
  const labels = new Map(
    new Metrics().registry
      .getMetricsAsArray()
      .map((metric) => [metric.name, (metric as unknown as { labelNames: string[] }).labelNames]),
  );
  for (const { alert, expr, annotations } of rules) {
    const [name = ''] = /tdp_sync_\w+/.exec(expr) ?? [];
    const used = [...annotations.summary.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label);
    const asked = [...expr.matchAll(/tdp_sync_\w+\{(\w+)=/g)].map(([, label]) => label);
    expect(labels.get(name) ?? [], alert).toEqual(expect.arrayContaining([...used, ...asked]));
  }
});

it('every error code has a line in the runbook, with its heading in errors.md', () => {
  const section = runbook.slice(runbook.indexOf('## By error code'));
  const lines = tableRows(section).map(([cell = '']) => /^\[`([A-Z_]+)`\]\((.+)\)$/.exec(cell));
  const codes = lines.flatMap((match) => (match === null ? [] : [match[1]]));
  const documented = [...page('docs/errors.md').text.matchAll(/^## ([A-Z_]+)$/gm)];
  expect(codes).toEqual(documented.map(([, code]) => code));
  expect([...codes].sort()).toEqual(
    Object.keys({ ...SYNC_EXIT, ...SINK_EXIT, ...QUEUE_EXIT }).sort(),
  );
});

describe('the Grafana dashboard', () => {
  interface Panel {
    readonly id: number;
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly w: number };
    readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
  }
  const dashboard: { readonly panels: readonly Panel[]; readonly templating: object } = JSON.parse(
    read('deploy/grafana/tdp-sync.json'),
  );
  const metrics = new Map(
    new Metrics().registry
      .getMetricsAsArray()
      .map((metric) => [metric.name, (metric as unknown as { labelNames: string[] }).labelNames]),
  );
  const queries = dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr, legendFormat }) => ({ title, expr, legendFormat })),
  );

  it.each(queries)('$title: $expr', ({ expr, legendFormat }) => {
    const asked = [...expr.matchAll(/(tdp_sync_\w+?)(?:_bucket)?(?:\{([^}]*)\})?(?![\w{])/g)];
    expect(asked.length).toBeGreaterThan(0);
    for (const [, name = '', labels = ''] of asked) {
      expect([...metrics.keys()]).toContain(name);
      const named = [...labels.matchAll(/(\w+)=/g)].map(([, label]) => label);
      expect(metrics.get(name)).toEqual(expect.arrayContaining(named));
    }
    const by = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', '));
    const known = new Set(asked.flatMap(([, name = '']) => metrics.get(name) ?? []));
    for (const label of by) expect([...known, 'le']).toContain(label);
    const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label ?? '');
    for (const label of shown) expect(by.length > 0 ? by : [...known]).toContain(label);
  });

  it('names states that there are, and fits its grid', () => {
    const states = queries.flatMap(({ expr }) => [...expr.matchAll(/state=~"([^"]+)"/g)]);
    expect(states.length).toBeGreaterThan(0);
    for (const [, list = ''] of states)
      expect(STATES).toEqual(expect.arrayContaining(list.split('|')));
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    for (const { gridPos } of dashboard.panels) expect(gridPos.x + gridPos.w).toBeLessThan(25);
  });
});
