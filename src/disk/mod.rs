//! Folders on disk: reads one into memory and lays one out, never following a symlink. A tool for the edges above.
