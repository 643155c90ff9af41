//! The application: `Application::build(settings)` is what `main`, the rehearsal and the tests all start.
