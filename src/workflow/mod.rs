//! One verb a file: sequences the layers below, decides nothing.
