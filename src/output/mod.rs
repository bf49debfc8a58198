//! Pages and assets as files with paths.
