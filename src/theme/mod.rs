//! A theme: its manifest, compiled templates, styles, static files and words.
