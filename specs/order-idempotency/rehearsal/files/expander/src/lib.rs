//! The order service: shops send orders, we charge for them and keep them.
//!
//! `App::handle` is the whole service as a function from request to response. `server` puts it on a socket.

pub mod admin;
pub mod app;
pub mod clock;
pub mod http;
pub mod idempotency;
pub mod json;
pub mod metrics;
pub mod orders;
pub mod payments;
pub mod server;

pub use app::App;
