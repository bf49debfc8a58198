// What a page says to machines: its canonical address, Open Graph and Twitter tags, JSON-LD of the type that its kind
// asks for. Redirects and the page for missing addresses are not indexed and owe nothing.
import { KINDS, fileOf, isArticle, pages, site, verdict } from './site.js';

const { dir, base } = site();
const { complain, end } = verdict('structured');
const list = (value) => (value === undefined ? [] : [value].flat());
const types = (node) => list(node['@type']);

/** Every object of the page's JSON-LD that has a type, whatever it is nested in. */
function typed(value) {
  if (Array.isArray(value)) return value.flatMap(typed);
  if (value === null || typeof value !== 'object') return [];
  return [...(value['@type'] ? [value] : []), ...Object.values(value).flatMap(typed)];
}

const judged = pages(dir, base).filter((page) => !page.redirect && page.path !== '/404.html');
if (!judged.some(isArticle)) complain('(site)', 'no articles', 'nothing to judge');
for (const page of judged) {
  const { $, path, url } = page;
  const wrong = (rule, excerpt) => complain(path, rule, excerpt);
  const meta = (name) => $(`meta[property="${name}"], meta[name="${name}"]`).map((_, tag) => $(tag).attr('content')).get();
  const one = (name) => {
    const values = meta(name);
    if (values.length !== 1 || !values[0]) wrong(name, `expected once and not empty, found ${JSON.stringify(values)}`);
    return values[0] ?? '';
  };
  // An address that belongs to this site must be one that exists.
  const mustExist = (rule, address) => {
    if (!/^https?:\/\//.test(address ?? '')) wrong(rule, `not absolute: ${address}`);
    else if (address.startsWith(base) && !fileOf(dir, base, address)) wrong(rule, `no such file: ${address}`);
  };

  if (!$('html').attr('lang')) wrong('lang', 'the page does not say its language');
  if ($('head title').length !== 1 || !$('head title').text().trim()) wrong('title', 'expected one title');
  const canonical = $('link[rel=canonical]').map((_, tag) => $(tag).attr('href')).get();
  if (canonical.length !== 1 || canonical[0] !== url) wrong('canonical', `expected ${url}, found ${canonical}`);
  // A list may have nothing to say of itself; saying the same as every other page would be worse.
  const described = isArticle(page) || path === '/' || KINDS.page(page) || KINDS.author(page);
  for (const name of ['description', 'og:description']) if (described || meta(name).length) one(name);
  one('og:title');
  one('og:site_name');
  if (one('og:url') !== url) wrong('og:url', `expected ${url}`);
  if (one('og:type') !== (isArticle(page) ? 'article' : meta('og:type')[0])) wrong('og:type', `an article, not ${meta('og:type')}`);
  one('twitter:card');
  for (const name of ['og:image', 'twitter:image']) for (const address of meta(name)) mustExist(name, address);
  for (const tag of $('link[rel=alternate][href]').get()) mustExist('alternate', new URL($(tag).attr('href'), url).href);

  const nodes = $('script[type="application/ld+json"]').get().flatMap((script) => {
    try {
      const data = JSON.parse($(script).text());
      for (const part of list(data)) if (!/^https?:\/\/schema\.org\/?$/.test(part['@context'])) wrong('JSON-LD', `no @context of schema.org: ${$(script).text()}`);
      return typed(data);
    } catch (error) {
      wrong('JSON-LD', `${error.message}: ${$(script).text()}`);
      return [];
    }
  });
  const need = (...wanted) => {
    const node = nodes.find((candidate) => types(candidate).some((type) => wanted.includes(type)));
    if (!node) wrong('JSON-LD', `no ${wanted.join(' or ')} among ${nodes.flatMap(types).join(', ') || 'nothing'}`);
    return node;
  };

  if (path === '/') need('WebSite', 'Blog');
  if (isArticle(page)) {
    const article = need('Article', 'BlogPosting', 'NewsArticle') ?? {};
    if (!article.headline) wrong('headline', 'missing');
    for (const name of ['datePublished', 'dateModified']) {
      const date = article[name];
      if ((name === 'datePublished' || date) && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(date)) wrong(name, `not a time with its zone: ${date}`);
    }
    const authors = list(article.author);
    if (!authors.length || authors.some((author) => !author.name)) wrong('author', `no name: ${JSON.stringify(article.author)}`);
    for (const author of authors) if (author.url) mustExist('author url', author.url);
    for (const image of list(article.image)) mustExist('image', image.url ?? image);
    if (meta('og:image').length && !list(article.image).length) wrong('image', 'in Open Graph but not in JSON-LD');
    const where = article.mainEntityOfPage?.['@id'] ?? article.mainEntityOfPage ?? article.url;
    if (where !== url) wrong('mainEntityOfPage', `expected ${url}, found ${JSON.stringify(where)}`);
    one('article:published_time');
  }
  if (/^\/authors\/[^/]+\/$/.test(path)) {
    const person = need('Person') ?? {};
    if (!person.name) wrong('Person', 'no name');
    if (person.url) mustExist('Person url', person.url);
  }
  if (isArticle(page) || /^\/(authors|categories|tags|series)\/[^/]+\/$/.test(path)) {
    const steps = list(need('BreadcrumbList')?.itemListElement);
    if (!steps.length) wrong('BreadcrumbList', 'empty');
    steps.forEach((step, index) => {
      const address = step.item?.['@id'] ?? step.item;
      if (step.position !== index + 1) wrong('BreadcrumbList', `position ${step.position} in place ${index + 1}`);
      if (!(step.name ?? step.item?.name)) wrong('BreadcrumbList', `step ${index + 1} has no name`);
      // Only the last step, the page itself, may leave its address out.
      if (address || index + 1 < steps.length) mustExist('BreadcrumbList', address);
    });
  }
}
end(`${judged.length} pages`);
