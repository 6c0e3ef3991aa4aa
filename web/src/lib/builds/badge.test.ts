import { expect, test } from 'vitest';
import { badgeHref, badgeMarkdown } from './badge';

const of = {
  source: 'contoso',
  project: 'Web',
  pipeline: 'team/shop (ci)',
  pipeline_name: 'team/shop [ci]',
};

test('a badge is of one pipeline, whatever it is called', () => {
  expect(badgeHref(of)).toBe('/badges/team%2Fshop%20%28ci%29.svg?source=contoso&project=Web');
  expect(badgeHref({ ...of, source: null, project: null, pipeline: 'shop' })).toBe(
    '/badges/shop.svg',
  );
  expect(badgeHref({ ...of, pipeline: null })).toBeNull();
});

test('its Markdown has no letter that ends it early', () => {
  expect(badgeMarkdown(of, 'https://creel.test')).toBe(
    '[![team/shop \\[ci\\]](https://creel.test/badges/team%2Fshop%20%28ci%29.svg?source=contoso&project=Web)]' +
      '(https://creel.test/builds?pipeline=team%2Fshop+%28ci%29&project=Web&source=contoso)',
  );
});
