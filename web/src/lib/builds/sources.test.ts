import { expect, test } from 'vitest';
import { sourceOptions, sourceValue } from './sources';

type Named = Parameters<typeof sourceValue>[0];
const source = (id: string, name: string | null, more: Partial<Named> = {}): Named => ({
  id,
  name,
  provider: 'azure_devops',
  base_url: null,
  ...more,
});

test('a name of its own picks a source', () => {
  expect(sourceOptions([source('1', 'contoso'), source('2', 'fabrikam')])).toEqual([
    { value: 'contoso', label: 'contoso (Azure DevOps)' },
    { value: 'fabrikam', label: 'fabrikam (Azure DevOps)' },
  ]);
});

test('two of one name are picked by id, and told apart by provider', () => {
  const both = [source('1', 'contoso'), source('2', 'contoso', { provider: 'buildkite' })];
  expect(sourceOptions(both)).toEqual([
    { value: '1', label: 'contoso (Azure DevOps)' },
    { value: '2', label: 'contoso (Buildkite)' },
  ]);
});

test('two collections of one name are told apart by their servers, else by their ids', () => {
  const on = (id: string, base_url: string | null) => source(id, 'DefaultCollection', { base_url });
  expect(
    sourceOptions([
      on('1', 'https://tfs.example/DefaultCollection/'),
      on('2', 'https://ado.example:8443/DefaultCollection/'),
      on('3', null),
    ]).map(({ label }) => label),
  ).toEqual([
    'DefaultCollection (tfs.example)',
    'DefaultCollection (ado.example:8443)',
    'DefaultCollection (3)',
  ]);
});

test('a source without a name goes by its id', () => {
  expect(sourceOptions([source('1', null)])).toEqual([{ value: '1', label: '1 (Azure DevOps)' }]);
});
