//! The hands: each worker is one loop with a `step` that tests can call by hand.

pub mod clerk;
pub mod processor;

use std::time::Duration;

use tokio::sync::watch;

use self::processor::Processor;
use crate::hub::Hub;

/// How often the processor looks for work nobody told it of (repetitions).
const LOOK_AROUND: Duration = Duration::from_millis(500);

/// Pause after a step that failed: the disk may be full, and a loop without rest helps nobody.
const FAILED_PAUSE: Duration = Duration::from_secs(1);

/// How often the door's counts are written down.
const CLERK_PAUSE: Duration = Duration::from_secs(1);

/// Run all workers until told to stop; each finishes its step.
pub async fn run(hub: Hub, stop: watch::Receiver<bool>) {
    tokio::join!(run_processor(hub.clone(), stop.clone()), run_clerk(hub, stop));
}

async fn run_processor(hub: Hub, mut stop: watch::Receiver<bool>) {
    let processor = Processor::of(&hub);
    let parked = processor.clone();
    match tokio::task::spawn_blocking(move || parked.queue_parked()).await {
        Ok(Ok(0)) => {}
        Ok(Ok(queued)) => {
            tracing::info!(queued, "Reading parked events again with a newer decoder");
        }
        Ok(Err(error)) => tracing::warn!(%error, "Could not queue parked events"),
        Err(error) => tracing::error!(%error, "The processor failed"),
    }
    while !*stop.borrow() {
        // Before the step: what arrives during it must not be slept over.
        let seen = hub.journal().last();
        let step = processor.clone();
        let outcome = tokio::task::spawn_blocking(move || step.step()).await;
        let pause = match outcome {
            Ok(Ok(progress)) if progress.idle() => LOOK_AROUND,
            Ok(Ok(_)) => continue,
            Ok(Err(error)) => {
                tracing::error!(%error, "Could not write the books; trying again");
                metrics::counter!("creel_processor_failures_total").increment(1);
                FAILED_PAUSE
            }
            Err(error) => {
                tracing::error!(%error, "The processor failed; trying again");
                FAILED_PAUSE
            }
        };
        tokio::select! {
            () = hub.journal().wait_for_more(seen), if pause == LOOK_AROUND => {}
            () = hub.nudged(), if pause == LOOK_AROUND => {}
            () = tokio::time::sleep(pause) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}

async fn run_clerk(hub: Hub, mut stop: watch::Receiver<bool>) {
    loop {
        let stopping = *stop.borrow();
        let step = hub.clone();
        match tokio::task::spawn_blocking(move || clerk::step(&step)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "Could not write down what the door counted"),
            Err(error) => tracing::error!(%error, "The clerk failed"),
        }
        if stopping {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(CLERK_PAUSE) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}
