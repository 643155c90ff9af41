//! The sandbox: runs one untrusted command under hard limits, or refuses. The only room that knows hakoniwa.
