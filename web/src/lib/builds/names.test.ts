import { describe, expect, test } from 'vitest';
import { buildName, firstLine, pipelineHref, pipelineKey, pipelineKeys } from './names';

describe('names', () => {
  test('a build is called by its pipeline and number', () => {
    const build = { pipeline: 'shop-ci', pipeline_name: null, number: 4211, label: '20260213.1' };
    expect(buildName(build)).toBe('shop-ci #4211');
    expect(buildName({ ...build, number: null })).toBe('shop-ci 20260213.1');
    expect(buildName({ ...build, number: null, label: null, pipeline: null })).toBe(
      'Unnamed pipeline',
    );
  });
  test('have no codes of emoji, unless they are nothing else', () => {
    const build = { pipeline: 'deploy', number: 7, label: null };
    expect(buildName({ ...build, pipeline_name: ':rocket: Deploy' })).toBe('Deploy #7');
    expect(buildName({ ...build, pipeline_name: ':rocket:' })).toBe(':rocket: #7');
  });
  test('a message is its first line', () => {
    expect(firstLine('Retry payment once\n\nBecause')).toBe('Retry payment once');
    expect(firstLine(null)).toBe('');
  });
});

describe('keys', () => {
  const web = { source_id: 'one', source: 'contoso', project: 'Web', pipeline: 'ci' };
  test('tell pipelines of two sources apart that are called the same', () => {
    expect(pipelineKey({ ...web, source_id: 'two' })).not.toBe(pipelineKey(web));
  });
  test('of a list are never the same, also where folders hold pipelines of one name', () => {
    expect(pipelineKeys([web, web, web])).toHaveLength(3);
    expect(new Set(pipelineKeys([web, web, web])).size).toBe(3);
    expect(pipelineKeys([web])).toEqual([pipelineKey(web)]);
  });
});

describe('addresses', () => {
  test('the builds of a pipeline are told from those of its namesake elsewhere', () => {
    expect(pipelineHref({ source: 'acme', project: null, pipeline: 'web' })).toBe(
      '/builds?pipeline=web&source=acme',
    );
  });
});
