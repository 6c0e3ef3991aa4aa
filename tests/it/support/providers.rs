//! Both make-believe providers on loopback: their REST side, with a clock that tests set.

use std::net::SocketAddr;
use std::sync::Arc;

use creel::simulator::rest::{self, Archive, Rest, Settings};

/// Answers until it is dropped. What was asked of it, and what is to go wrong: [`Providers::rest`].
pub struct Providers {
    pub rest: Arc<Rest>,
    pub address: SocketAddr,
    /// Ends what it runs when it goes.
    _runtime: tokio::runtime::Runtime,
}

impl Providers {
    pub fn start(settings: Settings, archive: Archive) -> Self {
        let rest = Rest::new(settings, archive);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener =
            runtime.block_on(tokio::net::TcpListener::bind(("127.0.0.1", 0))).expect("a free port");
        let address = listener.local_addr().expect("an address");
        runtime.spawn(rest::serve(listener, Arc::clone(&rest)));
        Self { rest, address, _runtime: runtime }
    }

    /// Base address of `contoso`.
    pub fn azure(&self) -> String {
        format!("http://{}/contoso", self.address)
    }

    /// Base address of what is Buildkite's.
    pub fn buildkite(&self) -> String {
        format!("http://{}/v2", self.address)
    }
}
