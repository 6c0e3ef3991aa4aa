//! Work that is done beside the writer, so that no sender waits for it.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// A thread that does a step now and then. It ends when this is dropped, after the step it is in.
pub(super) struct Aside {
    name: &'static str,
    stop: Option<Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Aside {
    /// Do `step` again and again, with a pause before each.
    pub fn start(
        name: &'static str,
        pause: Duration,
        mut step: impl FnMut() + Send + 'static,
    ) -> Self {
        let (stop, stopped) = channel::<()>();
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(pause) {
                step();
            }
        });
        // The journal works without: it is a help, not a part.
        let thread = thread.map_err(|error| {
            tracing::warn!(%error, "The system gives no thread to the journal's {name}");
        });
        Self { name, stop: Some(stop), thread: thread.ok() }
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("The journal's {} ended in a panic", self.name);
        }
    }
}
