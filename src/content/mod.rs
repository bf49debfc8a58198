//! One file to one document: front matter, outline, links, Markdown tree with spans. Knows no theme and no HTML.
