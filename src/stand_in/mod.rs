//! The stand-in: a GitHub-compatible server (REST, webhooks, git over smart HTTP) for rehearsals, the demo and tests. The
//! service cannot tell it from GitHub; only the base URL differs.
