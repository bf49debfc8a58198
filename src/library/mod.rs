//! Documents to the immutable library: posts, pages, authors, terms, order, links, permalinks.
