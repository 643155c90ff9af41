//! The web door: JSON API, webhooks, health. The only room besides the stand-in that knows actix-web.
