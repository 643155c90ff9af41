//! Git, by the git program: first commits, pushes, fetching a delivered commit, what changed. A tool for the edges above.
