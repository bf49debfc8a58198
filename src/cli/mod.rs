//! Arguments, terminal, environment, exit codes.
