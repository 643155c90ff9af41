use std::net::TcpListener;
use std::sync::Arc;

use orders::App;
use orders::clock::SystemClock;
use orders::payments::SimulatedPayments;
use orders::server::serve;

fn main() -> std::io::Result<()> {
    let address = std::env::var("ORDERS_BIND").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(&address)?;
    println!("listening on http://{}", listener.local_addr()?);
    let app = App::new(
        Arc::new(SystemClock),
        Arc::new(SimulatedPayments::default()),
    );
    serve(&listener, &Arc::new(app))
}
